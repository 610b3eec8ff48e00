"""How orders and their state are written into rows and messages: compact JSON, compressed when that pays.

The state is small and rewritten with every change, so its keys are short.
"""

import zlib
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson

from shared.domain.orders.condition import ConditionOutcome, ConditionRecord
from shared.domain.orders.ended_shipment import ClosedShipment, SmsSize
from shared.domain.orders.notification import Notification, results_of
from shared.domain.orders.order import (
    Attachment,
    Channel,
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, Claim, ShipmentState
from shared.records.event_codec import dump_events, load_events
from shared.records.forms import AS_IS, INSTANT, Form, Json, Way, by, enum, instant, many

_COMPRESS_FROM_BYTES = 2048
_ZLIB_MARK = b"z"
_PLAIN_MARK = b"j"


def pack(value: object) -> bytes:
    """Return JSON as bytes with a leading mark: `j` plain, `z` zlib-compressed."""
    data = orjson.dumps(value)
    return _PLAIN_MARK + data if len(data) < _COMPRESS_FROM_BYTES else _ZLIB_MARK + zlib.compress(data, 1)


def unpack(data: bytes) -> Any:
    """Read what `pack` wrote."""
    return orjson.loads(unpacked(data))


def unpacked(data: bytes) -> bytes:
    """Return the JSON in what `pack` wrote."""
    return zlib.decompress(data[1:]) if data[:1] == _ZLIB_MARK else data[1:]


def written_size(order: OrderRequest) -> int:
    """Return how many bytes an order takes as JSON."""
    return len(orjson.dumps(ORDER.dump(order)))


def recipients_to_json(recipients: Sequence[Recipient]) -> Json:
    """Return the recipients of a page as JSON members."""
    return {"to": _RECIPIENTS[0](recipients)}


def recipients_from_json(value: Json) -> tuple[Recipient, ...]:
    """Read what `recipients_to_json` wrote."""
    recipients: tuple[Recipient, ...] = _RECIPIENTS[1](value["to"])
    return recipients


def _dump_notification(item: Notification) -> list[Any]:
    channel = "e" if item.channel is Channel.EMAIL else "s"
    written = [item.slot, item.recipient, channel, item.address, item.result.value, instant(item.at)]
    return written if item.reference is None else [*written, item.reference]


def _load_notification(written: list[Any]) -> Notification:
    slot, recipient, letter, address, result, at, *reference = written
    channel = Channel.EMAIL if letter == "e" else Channel.SMS
    at = datetime.fromisoformat(at)
    return Notification(slot, recipient, channel, address, results_of(channel)(result), at, *reference)


_NOTIFICATIONS = many((_dump_notification, _load_notification))
AGENDA_KEY: Way = (attrgetter("shard", "row_key"), lambda written: AgendaKey(*written))
_SIZE: Way = (astuple, lambda written: SmsSize(*written))
_RECIPIENTS = many(
    Form(
        Recipient,
        {
            "email_address": "email",
            "mobile_number": "mobile",
            "organization_number": "org",
            "national_identity_number": "nin",
            "external_identity": "urn",
            "fields": "fields",
        },
    ).way
)
_EMAIL = Form(
    EmailTemplate,
    {
        "from_address": "from",
        "subject": "subject",
        "body": "body",
        "content_type": ("contentType", enum(EmailContentType)),
        "attachments": (
            "attachments",
            many(Form(Attachment, {"filename": "name", "mime_type": "mimeType", "sas_url": "url"}).way),
        ),
    },
)
ORDER = Form(
    OrderRequest,
    {
        "type": ("type", enum(OrderType)),
        "requested_send_at": ("at", INSTANT),
        "channel_schema": ("channel", enum(ChannelSchema)),
        "recipients": ("to", _RECIPIENTS),
        "senders_reference": "ref",
        "condition_endpoint": "condition",
        "email": ("email", _EMAIL.way),
        "sms": ("sms", Form(SmsTemplate, {"sender": "from", "body": "body"}).way),
        "sending_time_policy": ("policy", enum(SendingTimePolicy)),
        "ignore_reservation": "ignoreReservation",
        "use_stale_contact_information": "stale",
        "resource_id": "resource",
        "resource_action": "action",
        "time_to_live_seconds": "ttl",
        "dialog_id": "dialog",
        "transmission_id": "transmission",
    },
)
_CLAIM = Form(
    Claim,
    {
        "token": "t",
        "attempt": "n",
        "until": ("u", INSTANT),
        "first_sent_at": ("f", INSTANT),
        "calls": ("c", by(int, AS_IS)),
    },
)
_CONDITION = Form(
    ConditionRecord,
    {
        "outcome": ("o", enum(ConditionOutcome)),
        "reason": "r",
        "attempts": "n",
        "asked_at": ("t", INSTANT),
        "again_at": ("a", INSTANT),
    },
)
STATE = Form(
    ShipmentState,
    {
        "status": ("s", enum(OrderStatus)),
        "changed_at": ("t", INSTANT),
        "agenda": ("a", AGENDA_KEY),
        "notifications": ("n", _NOTIFICATIONS),
        "claims": ("c", by(Channel, _CLAIM.way)),
        "forwarded_at": ("f", INSTANT),
        "waits": ("w", by(Channel, INSTANT)),
        "condition": ("o", _CONDITION.way),
        "lookups_failed": "lf",
        "look_up_at": ("l", INSTANT),
        "names": ("k", by(int, AS_IS)),
        "pages": "p",
        "pages_done": "pd",
        "events": ("e", (dump_events, load_events)),
    },
)
CLOSED = Form(
    ClosedShipment,
    {
        "shipment_id": "id",
        "type": ("type", enum(OrderType)),
        "status": ("s", enum(OrderStatus)),
        "closed_at": ("t", INSTANT),
        "senders_reference": "ref",
        "notifications": ("n", _NOTIFICATIONS),
        "pages": "p",
        "on_pages": "c",
        "requested_send_at": ("at", INSTANT),
        "resource_id": "resource",
        "dialog_id": "dialog",
        "transmission_id": "transmission",
        "sms_template": ("sms", _SIZE),
        "sms_texts": ("texts", many(_SIZE)),
    },
)
