"""Lets large requests take turns before they are read: reading one takes ten times the memory of its body.

Those that wait hold their bodies only, and these have limits, too.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.runtime.errors import TooManyRequestsError, UnavailableError
from shared.services.placing.look_up_chain import QUICK_RECIPIENTS
from shared.services.turns import Turns

OWNER_BYTES = 32_000_000  # of bodies that wait or have a turn: more than the largest one
ALL_BYTES = 3 * OWNER_BYTES
_SMALL_BYTES = 32_000  # has not too many recipients
_LONG_BYTES = 4_000_000  # of texts and fields, with however few recipients
_COME_AGAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeRequests:
    """The turns of requests in this process."""

    _turns: Turns = field(init=False, default_factory=Turns)
    _bytes: Counter[str] = field(init=False, default_factory=Counter)

    @asynccontextmanager
    async def turn(self, owner: str, body: bytes) -> AsyncIterator[None]:
        """Hold a turn, which a small request needs not: from before it is read until it is placed or refused.

        TooManyRequestsError: too much of this owner waits already. UnavailableError: too much of all owners
        does, or there was no turn for a minute.
        """
        if not is_large(body):
            yield
            return
        self._check_room(owner, len(body))
        self._bytes[owner] += len(body)
        try:
            async with self._turns.of(owner) as turn:
                await turn.take()
                yield
        finally:
            self._bytes[owner] -= len(body)
            if not self._bytes[owner]:
                del self._bytes[owner]

    def _check_room(self, owner: str, size: int) -> None:
        if self._bytes[owner] and self._bytes[owner] + size > OWNER_BYTES:
            raise TooManyRequestsError("too many large requests of one owner wait", _COME_AGAIN_SECONDS)
        if self._bytes and self._bytes.total() + size > ALL_BYTES:
            raise UnavailableError("too many large requests wait")


def is_large(body: bytes) -> bool:
    """Whether a body has so many recipients, or such long texts, that it is worth waiting for a turn."""
    if len(body) <= _SMALL_BYTES:
        return False
    return len(body) > _LONG_BYTES or body.count(b"{") > QUICK_RECIPIENTS
