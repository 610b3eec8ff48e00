"""Where things are: the checkout, and what the local cloud keeps in its `.devstack` folder."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".devstack"
LOGS = HOME / "logs"
CLOUDS = HOME / "clouds"
TABLE_EMULATOR = HOME / "azurite"


def run_state_path() -> Path:
    """Return the file with the addresses of the running local cloud; DEVSTACK_STATE names another one."""
    override = os.environ.get("DEVSTACK_STATE")
    return Path(override).resolve() if override else HOME / "run.json"
