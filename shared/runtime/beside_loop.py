"""Runs work that takes long to compute on a thread beside the event loop, so that other requests go on.

One thread works for requests and one for answers. More would compute no faster, because only one thread runs
Python at a time, and each would make the event loop wait for its turn once more.

The event loop gives its turn away often: whenever it waits, compresses, hashes or encrypts. To get it back it
waits for what Python calls the switch interval. The usual 5 ms, some twenty times in the answer to one
request, are a tenth of a second, so it is shorter here. That costs nothing while no second thread works.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_TURN_SECONDS = 0.001


class SideThread:
    """A thread that does one piece of work after the other."""

    def __init__(self, name: str) -> None:
        sys.setswitchinterval(_TURN_SECONDS)  # of the whole process
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run[T](self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises.

        It starts when earlier work has ended, and never if its caller has given up by then. It must call
        Python code every few milliseconds: a single call of the interpreter that takes longer stops the event
        loop, too.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


REQUESTS = SideThread("requests")
ANSWERS = SideThread("answers")
