"""The running invocations, so that the host can wait for them and end one that runs too long."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_log = logging.getLogger(__name__)


class Invocations:
    """Counts running invocations and enforces `functionTimeout`.

    Azure kills the whole worker process, other invocations included, when one exceeds the limit.
    `on_timeout` does the same here, so that such an app is noticed before it is deployed.
    """

    def __init__(self, timeout: float | None, on_timeout: Callable[[], None]) -> None:
        self._timeout = timeout
        self._on_timeout = on_timeout
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Count the block, settlement included, as one invocation of `function`."""
        self._count += 1
        self._idle.clear()
        limit = None
        if self._timeout is not None:
            limit = asyncio.get_running_loop().call_later(self._timeout, self._expire, function)
        try:
            yield
        finally:
            if limit is not None:
                limit.cancel()
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def drained(self, within: float) -> bool:
        """Wait until nothing runs; False if something still does after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
        except TimeoutError:
            _log.warning("%d invocations still run; the host stops without them", self._count)
            return False
        return True

    def _expire(self, function: str) -> None:
        _log.critical("%s ran longer than functionTimeout (%s s); the worker ends", function, self._timeout)
        self._on_timeout()
