"""Turns for work that takes much memory and time: of one owner one after the other, and of all a few at once.

So much work of one owner delays that of another owner by no more than one piece of it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from shared.runtime.errors import UnavailableError

AT_ONCE = 2
WAIT_SECONDS = 60.0


@dataclass(slots=True)
class Turn:
    """One turn, which is waited for only when work turns out to need it."""

    _owner: asyncio.Lock
    _all: asyncio.Semaphore
    _held: AsyncExitStack
    _taken: bool = False

    async def take(self) -> None:
        """Wait for the turn, unless it is taken already; UnavailableError when it does not come in time."""
        if self._taken:
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._held.enter_async_context(self._owner)
                await self._held.enter_async_context(self._all)
        except TimeoutError:
            raise UnavailableError("there was no turn for so much work") from None
        self._taken = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """The turns of one kind of work in this process."""

    _all: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _owners: WeakValueDictionary[str, asyncio.Lock] = field(init=False, default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def of(self, owner: str) -> AsyncIterator[Turn]:
        """Yield a turn of this owner; it is given back at the end, if it was taken."""
        async with AsyncExitStack() as held:
            yield Turn(self._owners.setdefault(owner, asyncio.Lock()), self._all, held)
