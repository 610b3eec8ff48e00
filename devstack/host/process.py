"""Logging of a host process, and the stacks of one that seems stuck."""

import faulthandler
import logging
import signal
import sys

from devstack.host.errors import SettingError

_OWN_LOGGERS = ("devstack", "functions", "shared", "function_app")


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
