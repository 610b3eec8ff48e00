"""Runs coroutines in virtual time: hours pass in no time, and a deadlock is an error instead of a hang."""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any


class JumpingSelector(selectors.SelectSelector):
    """Returns at once, and adds the time for which it was to wait to its own.

    While other threads work it really waits, for their results come when they come.
    """

    now = 0.0
    threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.threads:
            began = time.monotonic()
            events = super().select(timeout)
            self.now += time.monotonic() - began
            return events
        if timeout is None:
            raise RuntimeError("every task waits and nothing will wake one")
        self.now += timeout
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting; waiting for nothing fails."""

    def __init__(self) -> None:
        self._selector_of_time = JumpingSelector()
        super().__init__(self._selector_of_time)

    def time(self) -> float:
        return self._selector_of_time.now

    def run_in_executor[*ArgTs, ResultT](
        self, executor: Executor | None, func: Callable[[*ArgTs], ResultT], *args: *ArgTs
    ) -> asyncio.Future[ResultT]:
        self._selector_of_time.threads += 1
        work = super().run_in_executor(executor, func, *args)
        work.add_done_callback(self._thread_is_done)
        return work

    def _thread_is_done(self, _: object) -> None:
        self._selector_of_time.threads -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- named by asyncio
        self._selector_of_time.threads += 1
        await super().shutdown_default_executor(timeout)
        self._selector_of_time.threads -= 1


def run_virtually[T](main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
