"""Which events are one, and what kind of news an outcome is."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.notification import EmailResult, Notification, Outcome, Result, SmsResult
from shared.domain.orders.order import Channel
from shared.domain.trace.events import Event, EventKind, Events, outcome_events

AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)


def reported(result: Result, at: datetime = AT) -> Event:
    return Event(EventKind.REPORTED, at, Channel.SMS, detail=result)


def test_reports_of_many_recipients_are_counted() -> None:
    events = Events().then(
        Event(EventKind.ATTEMPT, AT, Channel.SMS, count=100),
        *(reported(SmsResult.DELIVERED if n % 3 else SmsResult.FAILED, LATER) for n in range(99)),
    )
    assert [(e.kind, e.detail, e.count) for e in events.kept] == [
        (EventKind.ATTEMPT, None, 100),
        (EventKind.REPORTED, SmsResult.FAILED, 33),
        (EventKind.REPORTED, SmsResult.DELIVERED, 66),
    ]
    assert events.kept[-1].last_at == LATER


def test_reports_before_and_after_another_attempt_stay_apart() -> None:
    events = Events().then(
        reported(SmsResult.FAILED), Event(EventKind.ATTEMPT, AT, Channel.SMS), reported(SmsResult.FAILED)
    )
    assert [e.kind for e in events.kept] == [EventKind.REPORTED, EventKind.ATTEMPT, EventKind.REPORTED]


def test_a_hold_is_told_once_while_it_lasts() -> None:
    until = AT + timedelta(hours=8)
    held = [Event(EventKind.HELD, AT + timedelta(hours=n), Channel.SMS, until) for n in range(3)]
    moved = Event(EventKind.HELD, LATER, Channel.SMS, until + timedelta(days=1))
    assert [e.at for e in Events().then(*held, moved).kept] == [AT, LATER]


def test_instants_are_whole_seconds() -> None:
    (event,) = Events().then(Event(EventKind.ACCEPTED, AT.replace(microsecond=5))).kept
    assert event.at == AT


@pytest.mark.parametrize(
    ("before", "outcome", "kind"),
    [
        (EmailResult.NEW, Outcome(EmailResult.SENDING, AT, "op"), EventKind.ANSWERED),
        (EmailResult.NEW, Outcome(EmailResult.SENDING, AT), EventKind.IN_DOUBT),
        (EmailResult.NEW, Outcome(EmailResult.FAILED_INVALID_SAS_URL, AT), EventKind.ANSWERED),
        (EmailResult.SENDING, Outcome(EmailResult.SUCCEEDED, AT), EventKind.REPORTED),
        (EmailResult.SENDING, Outcome(EmailResult.DELIVERED, AT, "op"), EventKind.REPORTED),
        (EmailResult.NEW, Outcome(EmailResult.FAILED_BOUNCED, AT, "op"), EventKind.REPORTED),
        (EmailResult.SENDING, Outcome(EmailResult.FAILED_TTL, AT), EventKind.EXPIRED),
        (SmsResult.NEW, Outcome(SmsResult.ACCEPTED, AT, "ref"), EventKind.ANSWERED),
        (SmsResult.NEW, Outcome(SmsResult.SENDING, AT), EventKind.IN_DOUBT),
        (SmsResult.NEW, Outcome(SmsResult.DELIVERED, AT, "ref"), EventKind.REPORTED),
        (SmsResult.NEW, Outcome(SmsResult.FAILED_TTL, AT), EventKind.EXPIRED),
    ],
)
def test_news_of_a_notification(before: Result, outcome: Outcome, kind: EventKind) -> None:
    channel = Channel.EMAIL if isinstance(before, EmailResult) else Channel.SMS
    known = Notification(1, 0, channel, "somebody", before, AT)
    (event,) = outcome_events([(known, known.combined_with(outcome), outcome)])
    assert (event.kind, event.channel, event.detail) == (kind, channel, outcome.result)


def test_old_news_is_no_event() -> None:
    known = Notification(1, 0, Channel.SMS, "somebody", SmsResult.DELIVERED, AT)
    outcome = Outcome(SmsResult.ACCEPTED, AT, "ref")
    assert not outcome_events([(known, known.combined_with(outcome), outcome)])
