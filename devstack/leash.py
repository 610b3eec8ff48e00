"""Runs a program that cannot watch its parent itself, such as Node.js, and ends it when the parent ends.

`python -m devstack.leash PROGRAM ARGUMENT…`. On Linux the kernel sends the signal and this process becomes
the program; elsewhere it stays between the two and watches.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_CHECK_SECONDS = 1.0


def main(command: list[str]) -> int:
    """Run the command; returns its exit code where it does not take this process over."""
    parent = os.getppid()
    if sys.platform != "linux":
        return _watch(command, parent)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:  # else it ended before the kernel was asked
        os.execvp(command[0], command)  # noqa: S606 -- the command is the supervisor's own
    return 0


def _watch(command: list[str], parent: int) -> int:
    with subprocess.Popen(command) as program:
        signal.signal(signal.SIGTERM, lambda *_: program.terminate())
        while (code := program.poll()) is None:
            if os.getppid() != parent:
                program.terminate()
            time.sleep(_CHECK_SECONDS)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
