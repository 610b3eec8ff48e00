"""Bounds the memory that large things under way take together."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ByteBudget:
    """A number of bytes for the whole process; an amount above it counts as all of it.

    An owner that holds some gets more only while a third of all stays free for others.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._held: Counter[str] = Counter()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def held(self, amount: int, *, owner: str, patience: float) -> AsyncIterator[bool]:
        """Hold bytes while the context lasts; yields False when there was no room for `patience` seconds."""
        amount = min(amount, self._total)
        if not await self._taken(amount, owner, patience):
            yield False
            return
        try:
            yield True
        finally:
            async with self._changed:
                self._free += amount
                self._held[owner] -= amount
                if not self._held[owner]:
                    del self._held[owner]
                self._changed.notify_all()

    async def _taken(self, amount: int, owner: str, patience: float) -> bool:
        try:
            async with asyncio.timeout(patience), self._changed:
                await self._changed.wait_for(lambda: self._has_room(amount, owner))
                self._free -= amount
                self._held[owner] += amount
        except TimeoutError:
            return False
        return True

    def _has_room(self, amount: int, owner: str) -> bool:
        kept_for_others = self._total // 3 if self._held[owner] else 0
        return self._free - amount >= kept_for_others
