"""Fetches the pinned Azurite once, into `.devstack/azurite`."""

from pathlib import Path

from devstack.npm.packages import Packages
from devstack.project import TABLE_EMULATOR

AZURITE = Packages("Azurite", Path(__file__).parent, TABLE_EMULATOR)
PROGRAMS = AZURITE.modules / "azurite" / "dist" / "src"
TABLE_PROGRAM = PROGRAMS / "table" / "main.js"


def install_azurite() -> None:
    """Install Azurite unless this version is there; DevstackError when it cannot be fetched."""
    AZURITE.install()
