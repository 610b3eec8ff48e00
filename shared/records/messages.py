"""The bodies of the messages on our queues.

A message carries ids and, to save reads, the state with its ETag as the sender knew it. Nothing relies on the
state: an old ETag is refused by the write it guards, and what is missing is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.ids import ItemId, parse_id
from shared.domain.orders.notification import Outcome, results_of
from shared.domain.orders.order import Channel, OrderRequest
from shared.domain.orders.shipment import AgendaKey
from shared.records import codec, queues
from shared.records.agenda_entry import AgendaEntry, due_at
from shared.records.failures import (
    FAILED,
    Failures,
    failures_in,
    failures_member,
    members_of,
    without_failures,
)
from shared.records.forms import INSTANT, Form
from shared.records.shipment_rows import StoredShipment, copied_members, copied_shipment
from shared.runtime.errors import PermanentError

MAX_INLINE_BYTES = 48 * 1024  # what is larger goes by reference; far below the 256 KB a message may have


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at this shipment now, or ask its condition; `entry` is its agenda row at the time of the message.

    `page` is the page of a large order to look at, 0 the order itself.
    """

    entry: AgendaEntry
    page: int = 0


@dataclass(frozen=True, slots=True)
class SendWork:
    """Send the unsent notifications of one channel of a shipment; `stored` None means read it.

    `attempt` counts from 1: one more than what the message says of its failures.
    `waited` means that the work was put off because the provider was full, and comes back in its turn.
    `bulk` means that the work is on the queue for bulk, and so are its copies.
    `not_made` holds, by the token of a claim, the slots of calls that were not made. The row may count
    them all the same, because a write failed.
    """

    item: ItemId
    attempt: int
    stored: StoredShipment | None
    waited: bool = False
    bulk: bool = False
    not_made: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeNews:
    """News about one notification that could not be recorded when it came."""

    notification: ItemId
    channel: Channel
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class FeedNews:
    """A shipment that reached its end; `closed` None means read it from the row."""

    item: ItemId
    owner: str
    agenda: AgendaKey
    closed: ClosedShipment | None


def dump_wake(wake: Wake) -> bytes:
    """Return the body of a wake."""
    return orjson.dumps(_ENTRY.dump(wake.entry) | {"page": wake.page})


def load_wake(body: bytes) -> Wake:
    """Read a wake; PermanentError when it is none."""
    value = _members(body)
    try:
        return Wake(_ENTRY.load(value), int(value["page"]))
    except (KeyError, TypeError, ValueError) as error:
        raise PermanentError("not a wake message") from error


def dump_send_work(work: SendWork) -> bytes:
    """Return the body of send work, with the stored order inline where it fits.

    Queues are widely readable, links are secrets, and fields are about one person: an order with attachments
    or fields goes by reference, and no sender needs the condition endpoint.
    """
    value: dict[str, Any] = {"id": str(work.item), "waited": work.waited}
    if work.bulk:
        value["bulk"] = True
    if work.attempt > 1:
        value[FAILED] = failures_member(Failures(work.attempt - 1))
    if work.not_made:
        value["notMade"] = work.not_made
    if work.stored is not None and not _has_secrets(work.stored.order):
        body = orjson.dumps(value | copied_members(work.stored))
        if len(body) <= MAX_INLINE_BYTES:
            return body
    return orjson.dumps(value)


def _has_secrets(order: OrderRequest) -> bool:
    return order.has_fields or (order.email is not None and bool(order.email.attachments))


def load_send_work(body: bytes) -> SendWork:
    """Read send work; PermanentError when it is none."""
    value = _members(body)
    try:
        item = _row(value["id"])
        stored = copied_shipment(item, value) if "etag" in value else None
        attempt = failures_in(value).times + 1
        not_made = {
            str(token): [int(slot) for slot in slots] for token, slots in value.get("notMade", {}).items()
        }
        waited, bulk = value.get("waited") is True, value.get("bulk") is True
        return SendWork(item, attempt, stored, waited, bulk, not_made)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PermanentError("not a send message") from error


def dump_outcome(news: OutcomeNews) -> bytes:
    """Return the body of news for the delivery-reports queue."""
    return orjson.dumps(
        {
            "kind": "outcome",
            "id": str(news.notification),
            "channel": news.channel.value,
            "result": news.outcome.result.value,
            "at": news.outcome.at.isoformat(),
            "reference": news.outcome.reference,
        }
    )


def load_outcome(value: dict[str, Any]) -> OutcomeNews:
    """Read news from its JSON members; PermanentError when they are none."""
    try:
        notification = parse_id(str(value["id"]))
        channel = Channel(value["channel"])
        at = datetime.fromisoformat(value["at"])
        outcome = Outcome(results_of(channel)(value["result"]), at, value.get("reference"))
    except (KeyError, TypeError, ValueError) as error:
        raise PermanentError("not an outcome message") from error
    if notification is None or not notification.is_notification:
        raise PermanentError("an outcome message without a notification id")
    return OutcomeNews(notification, channel, outcome)


def dump_sms_report(reference: str, outcome: Outcome) -> bytes:
    """Return the body of a gateway's delivery report."""
    return orjson.dumps(
        {"kind": "sms", "reference": reference, "result": outcome.result.value, "at": outcome.at.isoformat()}
    )


def dump_feed_news(news: FeedNews) -> bytes:
    """Return the body of a feed message, with the entry inline where it fits."""
    value = {
        "id": str(news.item),
        "owner": news.owner,
        "agenda": (news.agenda.shard, news.agenda.row_key),
        "entry": None if news.closed is None else codec.CLOSED.dump(news.closed),
    }
    body = orjson.dumps(value)
    return body if len(body) <= MAX_INLINE_BYTES else orjson.dumps(value | {"entry": None})


def load_feed_news(body: bytes) -> FeedNews:
    """Read a feed message; PermanentError when it is none."""
    value = _members(body)
    try:
        entry = value["entry"]
        closed = None if entry is None else codec.CLOSED.load(entry)
        agenda = AgendaKey(*value["agenda"])
        return FeedNews(_shipment(value["id"]), value["owner"], agenda, closed)
    except (KeyError, TypeError, ValueError) as error:
        raise PermanentError("not a feed message") from error


def renewed(queue: str, body: bytes) -> bytes:
    """Return the body of a message as new: without failures and without what its handler can read.

    A provider's event and an unreadable body stay as they are.
    """
    try:
        match queue:
            case queues.ORDERS | queues.ORDERS_BULK | queues.CONDITIONS:
                return dump_wake(load_wake(body))
            case queues.EMAIL_SEND | queues.EMAIL_SEND_BULK | queues.SMS_SEND | queues.SMS_SEND_BULK:
                work = load_send_work(body)
                return dump_send_work(replace(work, attempt=1, stored=None, waited=False))
            case queues.STATUS_FEED:
                return dump_feed_news(replace(load_feed_news(body), closed=None))
            case _:
                value = _members(body)
                return orjson.dumps(without_failures(value)) if FAILED in value else body
    except PermanentError:
        return body


def agenda_due_at(body: bytes) -> datetime | None:
    """Return when the agenda row that a message names is due; None when it names none."""
    try:
        return due_at(AgendaKey(*_members(body)["agenda"]))
    except (PermanentError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _members(body: bytes) -> dict[str, Any]:
    value = members_of(body)
    if value is None:
        raise PermanentError("the message is not a JSON object")
    return value


def _row(text: Any) -> ItemId:
    item = parse_id(str(text))
    if item is None or not (item.is_shipment or item.is_page):
        raise ValueError("not the id of an order or page")
    return item


def _shipment(text: Any) -> ItemId:
    item = parse_id(str(text))
    if item is None or not item.is_shipment:
        raise ValueError("not a shipment id")
    return item


_ENTRY = Form(
    AgendaEntry,
    {
        "item": ("id", (str, _shipment)),
        "key": ("agenda", codec.AGENDA_KEY),
        "visits": ("visits", (int, int)),
        "deadline": ("deadline", INSTANT),
        "written_at": ("writtenAt", (float, float)),
        "owner": "owner",
    },
)
