"""Runs a program that cannot watch its parent itself, such as Node.js, and ends it when the parent ends.

`python -m devstack.leash PROGRAM ARGUMENT…`. On Linux this process becomes the program; elsewhere it stays
between the two and watches. The program is ended by SIGINT, because at SIGTERM Azurite does not write its
tables down.
"""

import os
import signal
import subprocess
import sys
from typing import NoReturn

from devstack.process_life import die_with_parent


def main(command: list[str]) -> NoReturn:
    """Become the command, or run it and end with its exit code."""
    die_with_parent(signal.SIGINT)
    if sys.platform == "linux":
        os.execvp(command[0], command)  # noqa: S606 -- the command is the supervisor's own
    else:
        with subprocess.Popen(command) as program:
            signal.signal(signal.SIGTERM, lambda *_: program.terminate())
            signal.signal(signal.SIGINT, lambda *_: program.send_signal(signal.SIGINT))
            sys.exit(program.wait())


if __name__ == "__main__":
    main(sys.argv[1:])
