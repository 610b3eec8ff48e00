"""Bounds the memory that large things under way take together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ByteBudget:
    """A number of bytes for the whole process; an amount above it counts as all of it."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def held(self, amount: int, *, patience: float) -> AsyncIterator[bool]:
        """Hold bytes while the context lasts; yields False when there was no room for `patience` seconds."""
        amount = min(amount, self._total)
        if not await self._taken(amount, patience):
            yield False
            return
        try:
            yield True
        finally:
            async with self._changed:
                self._free += amount
                self._changed.notify_all()

    async def _taken(self, amount: int, patience: float) -> bool:
        try:
            async with asyncio.timeout(patience), self._changed:
                await self._changed.wait_for(lambda: self._free >= amount)
                self._free -= amount
        except TimeoutError:
            return False
        return True
