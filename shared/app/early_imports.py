"""Loads the SDKs on a thread once the app is imported.

The platform learns the functions from the import, and the first invocation comes a moment later. Nobody waits
for the SDKs in the import, and mostly not in that invocation either.
"""

import importlib
from contextlib import suppress
from threading import Thread

TABLES = "shared.storage.access.tables"
_IN_ORDER_OF_NEED = (TABLES, "shared.runtime.http_transport", "requests", "azure.servicebus.aio")


def load_in_background() -> None:
    """Begin; whoever needs one of the modules before it is loaded waits for it as for any import."""
    Thread(target=_load, name="early-imports", daemon=True).start()


def _load() -> None:
    for module in _IN_ORDER_OF_NEED:
        with suppress(ImportError):  # fails again, and is told, where it is used
            importlib.import_module(module)
