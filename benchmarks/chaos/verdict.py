"""What became of the orders of a run, and whether a recipient or an owner saw anything that must not be."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from benchmarks.chaos.causes import Undelivered, by_recipient, first_entries, undelivered
from benchmarks.chaos.evidence import Entry, Evidence
from benchmarks.chaos.orders import Kind, Order, order_mark

_MOST_SMS = 2
_CANCELLED = "Order_Cancelled"
_STOPPED = "Order_SendConditionNotMet"
COMPLETED = "Order_Completed"
_LIMITS = {  # channel and time of the limits that can be set
    "EMAIL_LIMIT_PER_MINUTE": ("email", timedelta(minutes=1)),
    "SMS_LIMIT_PER_SECOND": ("sms", timedelta(seconds=1)),
}


@dataclass(frozen=True, slots=True)
class Faults:
    """What must not happen, each with the marks or numbers of those it happened to."""

    shipments_open: Sequence[str] = ()
    unknown_entries: Sequence[str] = ()
    entries_doubled: Sequence[str] = ()
    feed_gaps: Sequence[str] = ()
    recipients_missing: Sequence[str] = ()
    delivered_but_never_sent: Sequence[str] = ()
    emails_doubled: Sequence[str] = ()
    sms_doubled_though_answered: Sequence[str] = ()
    sms_more_than_twice: Sequence[str] = ()
    cancelled_but_sent: Sequence[str] = ()
    cancels_forgotten: Sequence[str] = ()
    sent_against_condition: Sequence[str] = ()
    ended_wrongly: Sequence[str] = ()
    expired_without_cause: Sequence[str] = ()
    failed_without_cause: Sequence[str] = ()
    limits_exceeded: Sequence[str] = ()
    webhook_gaps: Sequence[str] = ()
    webhook_missed: Sequence[str] = ()
    webhook_signatures: Sequence[str] = ()

    def found(self) -> dict[str, Sequence[str]]:
        """Return the faults that did happen, by name."""
        named = {each.name.replace("_", " "): getattr(self, each.name) for each in fields(self)}
        return {name: those for name, those in named.items() if those}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of a run.

    `doubts` say how the answers were lost after which SMS were sent again. `causes` are those of the expired
    messages, `failures` those of messages closed as failed because nobody knew whether they were sent.
    """

    placed: int
    refused: int
    accepted: int
    closed: int
    messages: int
    delivered: int
    cancelled: int
    stopped_by_condition: int
    answers_lost: int
    reports_lost: int
    sms_doubled: int
    doubts: Mapping[str, int]
    webhook_calls: int
    webhook_repeats: int
    expired: int
    causes: Mapping[str, int]
    failures: Mapping[str, int]
    endings: Mapping[str, int]
    faults: Faults

    @property
    def is_clean(self) -> bool:
        """Whether every loss is accounted for, nothing was doubled, forgotten or sent against its order."""
        return not self.faults.found() and sum(self.causes.values()) == self.expired


def judge(evidence: Evidence) -> Verdict:
    """Compare what callers, owners and recipients saw with what was done to the local cloud."""
    entries = first_entries(evidence.entries)
    missed = list(undelivered(evidence))
    expired = [each for each in missed if each.is_expired]
    endings = Counter(ending.status for entry in entries for ending in entry.endings)
    statuses = Counter(entry.status for entry in entries)
    sms = [copies for copies in by_recipient(evidence.messages).values() if copies[0].channel == "sms"]
    return Verdict(
        placed=len(evidence.orders),
        refused=len(evidence.refused),
        accepted=len(evidence.shipments),
        closed=sum(entry.shipment in evidence.shipments for entry in entries),
        messages=len(evidence.messages),
        delivered=sum(count for status, count in endings.items() if status.endswith("_Delivered")),
        cancelled=statuses[_CANCELLED],
        stopped_by_condition=statuses[_STOPPED],
        answers_lost=len(evidence.losses.answers),
        reports_lost=len(evidence.losses.reports),
        sms_doubled=sum(len(copies) - 1 for copies in sms),
        doubts=Counter(
            evidence.losses.answers[copy.id]
            for copies in sms
            for copy in copies[:-1]
            if copy.id in evidence.losses.answers
        ),
        webhook_calls=len(evidence.told or ()),
        webhook_repeats=len(evidence.told or ()) - len({*(evidence.told or ())}),
        expired=len(expired),
        causes=Counter(each.cause for each in expired if each.cause is not None),
        failures=Counter(each.cause for each in missed if not each.is_expired and each.cause is not None),
        endings=endings,
        faults=_faults(evidence, missed),
    )


def _faults(evidence: Evidence, missed: Sequence[Undelivered]) -> Faults:
    entries = list(first_entries(evidence.entries))
    sent = by_recipient(evidence.messages)
    orders = {order.mark: order for order in evidence.orders}
    unexplained = [each for each in missed if each.cause is None]
    listed = Counter(entry.shipment for entry in evidence.entries)
    refused = {order.mark for order in evidence.refused}
    return Faults(
        shipments_open=sorted(mark for id_, mark in evidence.shipments.items() if id_ not in listed),
        unknown_entries=[
            entry.mark
            for entry in entries
            if entry.shipment not in evidence.shipments and order_mark(entry.mark) not in refused
        ],
        entries_doubled=[shipment for shipment, count in listed.items() if count > 1],
        feed_gaps=[
            f"{entry.sequence} in place {place}"
            for place, entry in enumerate(evidence.entries, 1)
            if entry.sequence != place
        ],
        recipients_missing=[
            entry.mark
            for entry in entries
            if entry.status == COMPLETED and len(entry.endings) != orders[order_mark(entry.mark)].recipients
        ],
        delivered_but_never_sent=[
            f"{entry.mark} {ending.to}"
            for entry in entries
            for ending in entry.endings
            if ending.status.endswith("_Delivered") and (entry.mark, ending.to) not in sent
        ],
        emails_doubled=[
            f"{mark} {to}"
            for (mark, to), copies in sent.items()
            if copies[0].channel == "email" and len(copies) > 1
        ],
        sms_doubled_though_answered=[
            f"{mark} {to}"
            for (mark, to), copies in sent.items()
            if copies[0].channel == "sms"
            and any(copy.id not in evidence.losses.answers for copy in copies[:-1])
        ],
        sms_more_than_twice=[
            f"{mark} {to}"
            for (mark, to), copies in sent.items()
            if copies[0].channel == "sms" and len(copies) > _MOST_SMS
        ],
        **_broken_wishes(evidence, entries, orders),
        expired_without_cause=[_told(each) for each in unexplained if each.is_expired],
        failed_without_cause=[_told(each) for each in unexplained if not each.is_expired],
        limits_exceeded=list(_exceeded(evidence)),
        **_webhook(evidence),
    )


def _webhook(evidence: Evidence) -> dict[str, list[str]]:
    """Return what a webhook was not told, not in order, or not with a signature that holds."""
    if evidence.told is None:
        return {}
    first_seen = dict.fromkeys(evidence.told)
    return {
        "webhook_gaps": [
            f"{number} in place {place}" for place, number in enumerate(first_seen, 1) if number != place
        ],
        "webhook_missed": [
            str(entry.sequence) for entry in evidence.entries if entry.sequence not in first_seen
        ],
        "webhook_signatures": [f"{evidence.forged} calls"] if evidence.forged else [],
    }


def _broken_wishes(
    evidence: Evidence, entries: Sequence[Entry], orders: Mapping[str, Order]
) -> dict[str, list[str]]:
    """Return what was done against the cancel, or the condition, of an order."""
    marks_sent = {message.mark for message in evidence.messages}
    ended = {entry.mark: entry.status for entry in entries}
    may_end = {Kind.CANCELLED: {COMPLETED, _CANCELLED}, Kind.UNWANTED: {COMPLETED, _STOPPED}}
    return {
        "cancelled_but_sent": [
            mark for mark, status in ended.items() if status == _CANCELLED and mark in marks_sent
        ],
        "cancels_forgotten": sorted(
            mark for mark in evidence.cancelled if ended.get(mark, _CANCELLED) != _CANCELLED
        ),
        "sent_against_condition": [
            mark
            for mark, status in ended.items()
            if orders[order_mark(mark)].kind is Kind.UNWANTED
            and (mark in marks_sent or status != _STOPPED)
            and mark not in evidence.losses.questions
        ],
        "ended_wrongly": [
            f"{mark} {status}"
            for mark, status in ended.items()
            if status not in may_end.get(orders[order_mark(mark)].kind, {COMPLETED})
        ],
    }


def _told(each: Undelivered) -> str:
    return f"{each.mark} {each.to} {each.status}"


def _exceeded(evidence: Evidence) -> Iterable[str]:
    for name, most in evidence.limits.items():
        channel, within = _LIMITS[name]
        sent = [message.at for message in evidence.messages if message.channel == channel]
        if (count := _most_within(sent, within)) > most:
            yield f"{name} {most}: {count}"


def _most_within(instants: Sequence[datetime], within: timedelta) -> int:
    """Return how many of these instants, in order of arrival, lie within a time at most.

    Where one is earlier than the one before it the clock was set back, and counting begins anew.
    """
    most = first = 0
    for last, at in enumerate(instants):
        if last and at < instants[last - 1]:
            first = last
        while at - instants[first] >= within:
            first += 1
        most = max(most, last - first + 1)
    return most
