"""Name servers that never answer, for this program and all that it starts.

A host name of an attacker leads to a name server of the attacker. Here the file that names the machine's
own servers is covered, in a mount namespace of this program alone, by one that names an address where nobody
listens. Everything that the local cloud needs is called by its address.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_MARK = "NEIGHBOURS_NAMES"
_SILENT = "nameserver 127.255.255.254\n"
_UNSHARE = ("unshare", "--map-root-user", "--mount")


def silence_names(module: str) -> bool:
    """Begin `module` again with its arguments where no name server answers; return whether that is so.

    False: this machine does not allow it, and names are looked up at its own servers.
    """
    if _MARK in os.environ:
        return os.environ[_MARK] == "silent"
    if not _is_possible():
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write(_SILENT)
    os.environ[_MARK] = "silent"
    # the file is gone from its folder afterwards, and stays mounted
    script = 'mount --bind "$0" /etc/resolv.conf && rm -f "$0" && exec "$@"'
    again = (sys.executable, "-m", module, *sys.argv[1:])
    return bool(os.execvp(_UNSHARE[0], (*_UNSHARE, "sh", "-c", script, file.name, *again)))


def _is_possible() -> bool:
    if shutil.which(_UNSHARE[0]) is None or not Path("/etc/resolv.conf").exists():
        return False
    trial = (*_UNSHARE, "mount", "--bind", "/dev/null", "/etc/resolv.conf")
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0
