"""Places, follows and cancels orders and reads the feed, with a client made from the OpenAPI document.

Prints what it saw as JSON. The test of the clients checks this program with strict types and runs it.
"""

import json
import os
import time
from datetime import UTC, datetime
from uuid import UUID

from notifications_client import AuthenticatedClient
from notifications_client.api.version_2 import cancel_chain, place_order, read_feed, read_shipment
from notifications_client.models import (
    ChainCancellationAnswer,
    ChainReceiptAnswer,
    ChannelSchema,
    EmailSettings,
    FeedEntryAnswer,
    OrderChain,
    RecipientPerson,
    ReminderAfterDays,
    ShipmentAnswer,
    ShipmentStatus,
    SmsSettings,
    ToPerson,
)

SECONDS = 60


def order(idempotency_id: str) -> OrderChain:
    """Return an order for a person, with a text for each channel."""
    person = RecipientPerson(
        national_identity_number=os.environ["PERSON"],
        channel_schema=ChannelSchema.EMAILPREFERRED,
        email_settings=EmailSettings(subject="A letter", body="Log in to read it."),
        sms_settings=SmsSettings(body="You have a letter."),
    )
    return OrderChain(idempotency_id=idempotency_id, recipient=ToPerson(recipient_person=person))


def place(client: AuthenticatedClient, wanted: OrderChain) -> ChainReceiptAnswer:
    """Place an order."""
    receipt = place_order.sync(client=client, body=wanted)
    assert isinstance(receipt, ChainReceiptAnswer), receipt
    return receipt


def follow(client: AuthenticatedClient, shipment_id: UUID) -> ShipmentAnswer:
    """Ask for a shipment until it has ended."""
    deadline = time.monotonic() + SECONDS
    while True:
        shipment = read_shipment.sync(shipment_id, client=client)
        assert isinstance(shipment, ShipmentAnswer), shipment
        if shipment.status is ShipmentStatus.ORDER_COMPLETED or time.monotonic() > deadline:
            return shipment
        time.sleep(0.1)


def ended(client: AuthenticatedClient, shipment_id: UUID) -> FeedEntryAnswer:
    """Read the feed from its beginning until it has a shipment."""
    after, deadline = 0, time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        entries = read_feed.sync(client=client, seq=after)
        assert isinstance(entries, list), entries
        for entry in entries:
            after = entry.sequence_number
            if entry.shipment_id == shipment_id:
                return entry
        time.sleep(0.1)
    raise TimeoutError(f"{shipment_id} is not in the feed")


def main() -> None:
    """Do all that, and print what was seen."""
    with AuthenticatedClient(base_url=os.environ["API"], token=os.environ["TOKEN"]) as client:
        main_id = place(client, order("python-now")).notification.shipment_id
        shipment, entry = follow(client, main_id), ended(client, main_id)
        later = order("python-later")
        later.requested_send_time = datetime(2035, 5, 2, 7, tzinfo=UTC)
        later.reminders = [ReminderAfterDays(delay_days=7, recipient=later.recipient)]
        chain = cancel_chain.sync(place(client, later).notification_order_id, client=client)
        assert isinstance(chain, ChainCancellationAnswer), chain
    seen = {
        "status": shipment.status,
        "results": [recipient.status for recipient in shipment.recipients],
        "feed": entry.status,
        "cancelled": [each.cancelled for each in chain.shipments],
    }
    print(json.dumps(seen))  # noqa: T201


main()
