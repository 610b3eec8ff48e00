"""The app of this process: its SDKs are loaded early, and the first invocation builds it."""

import asyncio
import gc
import importlib
from contextlib import suppress
from contextvars import Context
from threading import Thread

from shared.app.settings import read_settings
from shared.app.use_cases import App, build_app
from shared.runtime.logs import configure_logging
from shared.runtime.loop_watch import LoopWatch
from shared.runtime.telemetry.meters import METERS

# New objects after which the collector looks at the young ones. Under load an order makes some thousands, and
# nearly all are freed without it; Python's own 2 000 cost a tenth of a worker's CPU.
_OBJECTS_PER_COLLECTION = 20_000
_SDKS = ("shared.storage.access.tables", "shared.runtime.http_transport", "requests", "azure.servicebus.aio")

_starting: asyncio.Task[App] | None = None
_watching: asyncio.Task[None] | None = None
_loop_watch = LoopWatch()


def load_early() -> None:
    """Load the SDKs on a thread after the import; the first invocation comes a moment later."""
    Thread(target=_load, name="early-imports", daemon=True).start()


def _load() -> None:
    for module in _SDKS:
        with suppress(ImportError):  # is raised again where the module is used
            importlib.import_module(module)
    gc.freeze()  # what is loaded stays, so the collector need not look at all of it again and again
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


async def running_app() -> App:
    """Return this process's app; the first invocation starts it, others wait. A failed start is repeated."""
    global _starting  # noqa: PLW0603  one per process, by design
    if _starting is None or (_starting.done() and (_starting.cancelled() or _starting.exception())):
        _starting = asyncio.get_running_loop().create_task(_start())
    app = await asyncio.shield(_starting)
    app.second_pulse.touch()
    return app


def tell() -> None:
    """Log what this process has counted lately; called at the end of every invocation.

    Not in the background: the Functions host drops what is logged outside of an invocation.
    """
    if _starting is None or not _starting.done() or _starting.cancelled() or _starting.exception():
        return
    METERS.tell(_starting.result().settings.metrics_interval.total_seconds())
    _loop_watch.tell()


async def _start() -> App:
    global _watching  # noqa: PLW0603  one per process, by design
    configure_logging()
    # the adapters import the SDKs, which takes up to half a second if they are not loaded yet
    await asyncio.to_thread(importlib.import_module, "shared.app.adapters")
    from shared.app.adapters import build_adapters  # noqa: PLC0415

    settings = read_settings()
    app = build_app(settings, build_adapters(settings))
    _watching = asyncio.get_running_loop().create_task(_loop_watch.run(), context=Context())
    return app
