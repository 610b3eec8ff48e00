"""The endpoints of webhooks in the test world, and what their owners do to set them up."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.ids import known_id
from shared.domain.orders.order import OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey
from shared.ports.webhooks import WebhookAnswer, WebhookMessage
from shared.records.messages import FeedNews
from shared.runtime.errors import TransientError
from tests.support.pipeline.surroundings import Reach
from tests.support.pipeline.world import Fault, Receiver

URL = "https://hooks.example/skd"


class Endpoint:
    """`WebhookEndpoint` of one process: its calls may get lost on their way out and back."""

    def __init__(self, process: Reach) -> None:
        self._process = process

    async def call(self, url: str, message: WebhookMessage, secrets: Sequence[str]) -> WebhookAnswer:
        try:
            fault = await self._process.reach()
            answer = _taken(self._process.world.webhooks[url], message, secrets)
            await self._process.come_back(Fault.AFTER if fault is Fault.CONFLICT_AFTER else fault)
        except TransientError:
            return WebhookAnswer(None, "ReadTimeout")
        return answer


def _taken(receiver: Receiver, message: WebhookMessage, secrets: Sequence[str]) -> WebhookAnswer:
    receiver.calls.append((message.id, message.body, tuple(secrets)))
    if receiver.status is None:
        return WebhookAnswer(None, "ReadTimeout")
    answer = WebhookAnswer(receiver.status, f"status {receiver.status}", retry_after=receiver.retry_after)
    number = orjson.loads(message.body)["data"].get("sequenceNumber")
    if answer.ok and number is not None:
        receiver.took.append(number)
    return answer


def news_of(owner: str, numbers: range, at: datetime) -> list[FeedNews]:
    """Return the news that shipments of an owner have ended, as many as there are numbers."""
    found = []
    for number in numbers:
        shipment = f"5e2eb335-ffaa-4517-81a7-{number:04x}01000000"
        item = known_id(shipment)
        closed = ClosedShipment(
            shipment, OrderType.NOTIFICATION, OrderStatus.COMPLETED, at, f"ref {number}", ()
        )
        found.append(FeedNews(item, owner, AgendaKey("00", f"gone|{item}|n"), closed))
    return found
