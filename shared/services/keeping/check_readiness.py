"""Checks whether storage and Service Bus, which every order needs, can be used now."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from shared.ports.queues import QueueSender
from shared.ports.tables import TableStore
from shared.records import queues
from shared.storage.keys import ORDERS

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReadiness:
    """Reads a row that does not exist, and makes sure of a connection to a queue, for `seconds` at most."""

    store: TableStore
    sender: QueueSender
    seconds: float = 2.0

    async def __call__(self) -> dict[str, bool]:
        """Return by name whether each can be used; takes no longer than `seconds`."""
        storage, service_bus = await asyncio.gather(
            self._passes("storage", self.store.get(ORDERS, "health", "health", ("Status",))),
            self._passes("service bus", self.sender.check(queues.ORDERS, deadline=self.seconds)),
        )
        return {"storage": storage, "serviceBus": service_bus}

    async def _passes(self, name: str, probe: Awaitable[object]) -> bool:
        try:
            await within(self.seconds, probe)
        except Exception as error:  # noqa: BLE001  every failure means the same here
            _log.warning("not ready: %s: %s", name, error)
            return False
        return True


async def within[T](seconds: float, work: Awaitable[T]) -> T:
    """Await work for some seconds; TimeoutError, and the work is cancelled, when they are over."""
    async with asyncio.timeout(seconds):
        return await work
