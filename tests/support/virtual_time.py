"""Runs coroutines in virtual time: hours pass in no time, and a deadlock is an error instead of a hang."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting; waiting for nothing fails."""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())
        self._virtual_now = 0.0
        self._select = self._selector.select
        self._selector.select = self._jump

    def time(self) -> float:
        return self._virtual_now

    def _jump(self, timeout: float | None = None):
        if timeout is None:
            raise RuntimeError("every task waits and nothing will wake one")
        self._virtual_now += timeout
        return self._select(0)


def run_virtually[T](main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
