"""The folder that keeps a local cloud's state between runs, held by one local cloud at a time."""

import fcntl
from pathlib import Path
from typing import IO

from devstack.errors import DevstackError


def hold(folder: Path) -> IO[bytes]:
    """Make the folder if it is missing, and lock it until the returned file is closed.

    Two local clouds would overwrite each other's queues and tables. The kernel ends the lock with this
    process. DevstackError when another local cloud has the lock, or when the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("wb")
    except OSError as error:
        raise DevstackError(
            f"{folder} cannot keep data ({error.strerror}): choose another folder with DATA="
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise DevstackError(
            f"{folder} is used by another local cloud: end that one, or choose another folder with DATA="
        ) from None
    return lock
