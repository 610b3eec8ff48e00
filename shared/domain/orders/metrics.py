"""Counts of closed shipments, by which owners are billed and measured."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.order import Channel


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over shipments; `sms_parts` are the parts that SMS texts are charged as."""

    orders: int = 0
    emails: int = 0
    emails_succeeded: int = 0
    sms_parts: int = 0
    sms_succeeded: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)))


def counts_of(rows: Iterable[ClosedShipment]) -> Counts:
    """Count one shipment, given as itself or as its pages."""
    return sum(map(counts_in, rows), Counts(orders=1))


def counts_in(row: ClosedShipment) -> Counts:
    """Count what was sent of one shipment, or of one of its pages."""
    emails = [n for n in row.notifications if n.channel is Channel.EMAIL]
    return Counts(
        emails=len(emails),
        emails_succeeded=sum(n.is_success for n in emails),
        sms_parts=sum(size.parts for size in row.sms_sizes.values()),
        sms_succeeded=sum(n.is_success for n in row.notifications if n.channel is Channel.SMS),
    )
