"""Runs a program that cannot watch its parent itself, such as Node.js, and ends it when the parent ends.

`python -m devstack.leash PROGRAM ARGUMENT…`. On Linux this process becomes the program; elsewhere it stays
between the two and watches.
"""

import os
import signal
import subprocess
import sys

from devstack.process_life import die_with_parent


def main(command: list[str]) -> int:
    """Run the command; returns its exit code where it does not take this process over."""
    die_with_parent()
    if sys.platform != "linux":
        with subprocess.Popen(command) as program:
            signal.signal(signal.SIGTERM, lambda *_: program.terminate())
            return program.wait()
    os.execvp(command[0], command)  # noqa: S606 -- the command is the supervisor's own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
