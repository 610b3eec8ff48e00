"""Finds out whether what every order needs can be used right now, within a second or two."""

import asyncio
import logging
from collections.abc import Awaitable

from shared.ports.queues import QueueProbe
from shared.ports.tables import TableStore
from shared.records import queues
from shared.storage.keys import ORDERS

_SECONDS = 2.0
_log = logging.getLogger(__name__)


class CheckReadiness:
    """Reads a row that does not exist, and asks the sender for a connection."""

    def __init__(self, *, store: TableStore, sender: QueueProbe) -> None:
        self._store = store
        self._sender = sender

    async def __call__(self) -> dict[str, bool]:
        """Return what was checked, and whether it can be used."""
        storage, service_bus = await asyncio.gather(
            _passes("storage", self._store.get(ORDERS, "health", "health", ("Status",))),
            _passes("service bus", self._sender.check(queues.ORDERS, deadline=_SECONDS)),
        )
        return {"storage": storage, "serviceBus": service_bus}


async def within[T](seconds: float, work: Awaitable[T]) -> T:
    """Await work for so long; TimeoutError afterwards, while the work goes on being cancelled."""
    async with asyncio.timeout(seconds):
        return await work


async def _passes(name: str, probe: Awaitable[object]) -> bool:
    try:
        await within(_SECONDS, probe)
    except Exception as error:  # noqa: BLE001  every failure means the same to who asks
        _log.warning("not ready: %s: %s", name, error)
        return False
    return True
