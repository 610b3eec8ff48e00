"""What was seen of a run, in the words of the verdict: shipments, feed entries, messages and their losses."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from benchmarks.chaos.orders import Order, mark_in, order_mark

_TRACED = 300  # entries and messages of one shipment
_DIGITS_OF_SHIPMENT = 26  # of the 32 of an id: the rest says which page or message


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a provider took it. `id` is what reports call it: operation id or gateway reference."""

    id: str
    channel: str
    mark: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """What the feed says of one recipient."""

    to: str
    status: str

    @property
    def channel(self) -> str:
        """`email` or `sms`."""
        return "sms" if self.status.startswith("SMS_") else "email"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the feed."""

    sequence: int
    shipment: str
    mark: str
    status: str
    endings: tuple[Ending, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """What was lost, message by message, by those who lost it.

    `answers` and `reports` say by id of the message how its answer, or its report, was lost. `failed_calls`
    counts by number the calls to the SMS gateway that came to nothing without the caller being able to know.
    `cut_off` counts by shipment (see `shipment_key`) how often a worker was killed that was at work on it and
    had not got as far as its call.
    `questions` are the marks of orders whose condition endpoint failed or could not be asked.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, str] = field(default_factory=dict)
    failed_calls: Counter[str] = field(default_factory=Counter)
    cut_off: Counter[str] = field(default_factory=Counter)
    questions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict needs.

    `shipments` are the marks of accepted shipments by id. `messages` are in the order in which the providers
    took them. `cancelled` are the marks of confirmed cancels. `told` are the numbers of entries that a
    webhook took, in the order in which they came, None if there was none. `forged` counts its calls with a
    wrong signature.
    """

    orders: Sequence[Order]
    shipments: Mapping[str, str]
    refused: Sequence[Order]
    cancelled: frozenset[str]
    entries: Sequence[Entry]
    messages: Sequence[Message]
    losses: Losses
    limits: Mapping[str, int] = field(default_factory=dict)
    told: Sequence[int] | None = None
    forged: int = 0


def messages_of(outbox: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Message]:
    """Return the messages of an outbox, e-mails first."""
    emails = (
        Message(each["id"], "email", mark_in(each["subject"]), key(each["to"]), _instant(each["at"]))
        for each in outbox["emails"]
    )
    sms = (
        Message(each["reference"], "sms", mark_in(each["text"]), key(each["to"]), _instant(each["at"]))
        for each in outbox["sms"]
    )
    return [*emails, *sms]


def entries_of(feed: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Return the entries of a feed."""
    return [
        Entry(
            sequence=entry["sequenceNumber"],
            shipment=entry["shipmentId"],
            mark=entry.get("sendersReference") or "",
            status=entry["status"],
            endings=tuple(Ending(key(each["destination"]), each["status"]) for each in entry["recipients"]),
        )
        for entry in feed
    ]


def key(to: str) -> str:
    """Return an address as it is compared."""
    return to.casefold()


def shipment_key(item: str) -> str:
    """Return what the ids of a shipment and of its pages and messages have in common."""
    return item.replace("-", "")[:_DIGITS_OF_SHIPMENT]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def traces(evidence: Evidence, told: Iterable[str]) -> list[dict[str, Any]]:
    """Return all that is known of the shipments with these marks, to find out what was wrong.

    A text may go on after the mark.
    """
    ids = {mark: shipment for shipment, mark in evidence.shipments.items()}
    kinds = {order.mark: order.kind.value for order in evidence.orders}
    losses = evidence.losses
    return [
        {
            "mark": mark,
            "order": kinds.get(order_mark(mark)),
            "shipment": ids.get(mark),
            "entries": [asdict(entry) for entry in evidence.entries if entry.mark == mark][:_TRACED],
            "sent": [
                {
                    "to": message.to,
                    "at": message.at.isoformat(),
                    "answer": losses.answers.get(message.id),
                    "report": losses.reports.get(message.id),
                    "failedCalls": losses.failed_calls[message.to],
                }
                for message in evidence.messages
                if message.mark == mark
            ][:_TRACED],
            "workersKilled": losses.cut_off[shipment_key(ids.get(mark, ""))],
        }
        for mark in dict.fromkeys(text.partition(" ")[0] for text in told)
    ]
