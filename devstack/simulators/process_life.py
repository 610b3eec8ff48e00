"""When a child of the local cloud must end: on SIGTERM or SIGINT, and when its parent is gone."""

import asyncio
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PARENT_CHECK_SECONDS = 1.0


async def until_told_to_stop() -> None:
    """Wait for SIGTERM, SIGINT or the death of the parent process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    while not stop.is_set() and os.getppid() == parent:
        try:
            async with asyncio.timeout(_PARENT_CHECK_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue  # nobody told us to stop; look after the parent again
