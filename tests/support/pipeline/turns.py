"""Turns in tests: one that is free, and work that holds its turn until it is let go."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from shared.services.turns import Turn


def free_turn() -> Turn:
    """Return a new turn, free to take."""
    return Turn(asyncio.Lock(), asyncio.Semaphore(), AsyncExitStack())


class Waiting:
    """Work that holds its turn until it is let go; `holders` are the owners that have one, in their order.

    `turn` returns what the work of an owner holds.
    """

    def __init__(self, turn: Callable[..., AbstractAsyncContextManager[Any]]) -> None:
        self._turn = turn
        self._go_on = asyncio.Event()
        self._asked: list[asyncio.Task[None]] = []
        self.holders: list[str] = []

    async def ask(self, owner: str, *more: Any) -> None:
        """Ask for a turn, and wait until it is there if it is free."""

        async def hold() -> None:
            async with self._turn(owner, *more):
                self.holders.append(owner)
                await self._go_on.wait()

        self._asked.append(asyncio.create_task(hold()))
        for _ in range(20):
            await asyncio.sleep(0)

    async def let_go(self) -> None:
        """Let all have their turn, one after the other, and end."""
        self._go_on.set()
        await asyncio.gather(*self._asked)
