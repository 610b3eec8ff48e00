"""How a host process behaves towards its parent and its logs."""

import ctypes
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from typing import NoReturn

from devstack.host.errors import SettingError

_PR_SET_PDEATHSIG = 1
_OWN_LOGGERS = ("devstack", "functions", "shared", "function_app")
_PARENT_CHECK_SECONDS = 1.0


def die_with_parent() -> None:
    """Have this process receive SIGTERM when the process that started it ends."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
    else:
        threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def dump_stacks_on_signal() -> None:
    """Write the stacks of all threads to stderr on SIGUSR1, for a host that seems stuck."""
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1)


def log_to_stderr(level: str | None) -> None:
    """Log to stderr: libraries from WARNING and the app and the host from INFO, or all from `level`."""
    chosen = level.upper() if level else None
    if chosen and chosen not in logging.getLevelNamesMapping():
        raise SettingError(f"LOG_LEVEL is {level!r}, expected a level such as INFO or DEBUG")
    logging.basicConfig(
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
        level=chosen or logging.WARNING,
    )
    for name in _OWN_LOGGERS:
        logging.getLogger(name).setLevel(chosen or logging.INFO)


def end_process(code: int) -> NoReturn:
    """End at once, leaving behind threads of the app that would otherwise keep the process alive."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
