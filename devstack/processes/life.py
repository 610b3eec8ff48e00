"""How a process of the local cloud ends: at a signal, with its parent, or at once."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_PARENT_CHECK_SECONDS = 1.0


def die_with_parent(last_signal: int = signal.SIGTERM) -> None:
    """Let this process, and a program that it becomes by exec, get a signal when its parent ends."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, last_signal)
        if os.getppid() != parent:  # the parent ended before the kernel was asked
            os.kill(os.getpid(), last_signal)
    else:
        threading.Thread(target=_watch_parent, args=(parent, last_signal), daemon=True).start()


def _watch_parent(parent: int, last_signal: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os.kill(os.getpid(), last_signal)


def on_stop_signals(action: Callable[[], object]) -> None:
    """Call `action` on the running loop at SIGTERM and SIGINT, in place of what was done before."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, action)


def stop_requested() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; they no longer end the process themselves."""
    stop = asyncio.Event()
    on_stop_signals(stop.set)
    return stop


def end_process(code: int) -> NoReturn:
    """End at once, without clean-up and without waiting for threads and tasks."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
