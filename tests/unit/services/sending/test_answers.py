"""What the answers of a provider settle, and which events tell of the call."""

from datetime import UTC, datetime

import pytest

from shared.domain.orders.notification import EmailResult, Notification, Outcome, SmsResult
from shared.domain.orders.order import Channel
from shared.domain.trace.events import EventKind
from shared.ports.sending import SendOutcome, SendStatus
from shared.services.sending.answers import call_events, settled

AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
NEW = Notification(1, 0, Channel.SMS, "+4799999999", SmsResult.NEW, AT)


@pytest.mark.parametrize(
    ("channel", "answer", "outcome"),
    [
        (Channel.SMS, SendOutcome(SendStatus.ACCEPTED, "r"), Outcome(SmsResult.ACCEPTED, AT, "r")),
        (Channel.EMAIL, SendOutcome(SendStatus.ACCEPTED, "op"), Outcome(EmailResult.SENDING, AT, "op")),
        (Channel.EMAIL, SendOutcome(SendStatus.REFUSED), Outcome(EmailResult.FAILED, AT)),
        (Channel.SMS, SendOutcome(SendStatus.NOT_SENT), None),
        (Channel.SMS, SendOutcome(SendStatus.IN_DOUBT), None),
    ],
)
def test_what_an_answer_settles(channel: Channel, answer: SendOutcome, outcome: Outcome | None) -> None:
    assert settled(channel, answer, AT) == outcome


def test_lost_answers_are_counted() -> None:
    lost, taken = SendOutcome(SendStatus.IN_DOUBT), SendOutcome(SendStatus.ACCEPTED, "r")
    events = call_events(Channel.SMS, [(NEW, lost), (NEW, taken), (NEW, lost)], AT, was_claimed=True)
    assert [(event.kind, event.count) for event in events] == [(EventKind.IN_DOUBT, 2)]


def test_a_call_without_a_claim_is_told_with_its_answer() -> None:
    taken = SendOutcome(SendStatus.ACCEPTED, "r")
    events = call_events(Channel.EMAIL, [(NEW, taken)] * 3, AT, was_claimed=False)
    assert [(event.kind, event.channel, event.count) for event in events] == [
        (EventKind.ATTEMPT, Channel.EMAIL, 3)
    ]
