"""A small run as it is seen afterwards, to be changed by one thing at a time."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.chaos.evidence import Ending, Entry, Evidence, Losses, Message
from benchmarks.chaos.orders import Kind, Order
from benchmarks.orders import address

NOON = datetime(2031, 5, 5, 10, tzinfo=UTC)


@dataclass
class Seen:
    """Collects what a run leaves behind."""

    orders: list[Order] = field(default_factory=list)
    shipments: dict[str, str] = field(default_factory=dict)
    refused: list[Order] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    failed_calls: Counter[str] = field(default_factory=Counter)
    cut_off: Counter[str] = field(default_factory=Counter)
    questions: set[str] = field(default_factory=set)
    limits: dict[str, int] = field(default_factory=dict)
    told: list[int] | None = None
    forged: int = 0

    def order(self, channel: str = "email", kind: Kind = Kind.PLAIN) -> Order:
        """Accept one more order."""
        order = Order(0.0, channel, len(self.orders), kind)
        self.orders.append(order)
        self.shipments[f"id-{order.mark}"] = order.mark
        return order

    def sent(self, order: Order, times: int = 1, after: float = 0.0) -> list[str]:
        """Let the provider take its message; returns the ids of the copies."""
        ids = []
        for _ in range(times):
            ids.append(f"message-{len(self.messages)}")
            at = NOON + timedelta(seconds=after)
            to = address(order.channel, order.number)
            self.messages.append(Message(ids[-1], order.channel, order.mark, to, at))
        return ids

    def closed(self, order: Order, result: str = "Delivered", status: str = "Order_Completed") -> None:
        """Add its entry to the feed."""
        prefix = "SMS" if order.channel == "sms" else "Email"
        endings = (Ending(address(order.channel, order.number), f"{prefix}_{result}"),) if result else ()
        number = len(self.entries) + 1
        self.entries.append(Entry(number, f"id-{order.mark}", order.mark, status, endings))

    def evidence(self) -> Evidence:
        """Return everything."""
        losses = Losses(
            self.answers, self.reports, self.failed_calls, self.cut_off, frozenset(self.questions)
        )
        return Evidence(
            orders=self.orders,
            shipments=self.shipments,
            refused=self.refused,
            cancelled=frozenset(self.cancelled),
            entries=self.entries,
            messages=self.messages,
            losses=losses,
            limits=self.limits,
            told=None if self.told is None else tuple(self.told),
            forged=self.forged,
        )
