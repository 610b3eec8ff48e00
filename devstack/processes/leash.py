"""Runs a program that cannot watch its parent itself, such as Node.js, and ends it when the parent ends.

`python -m devstack.processes.leash PROGRAM ARGUMENT…`. On Linux this process becomes the program. Elsewhere
it stays as the parent of the program and watches its own parent. It ends the program with SIGINT, because
Azurite does not write its tables to the file at SIGTERM.
"""

import os
import signal
import subprocess
import sys
from typing import NoReturn

from devstack.processes.life import die_with_parent


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
