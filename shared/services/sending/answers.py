"""What the answers of a provider mean: outcomes that they settle, and what the events tell of the call."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.orders.notification import EmailResult, Notification, Outcome, SmsResult, results_of
from shared.domain.orders.order import Channel
from shared.domain.trace.events import Event, EventKind
from shared.ports.sending import SendOutcome, SendStatus


def call_begins(channel: Channel, batch: Sequence[Notification], now: datetime) -> Event:
    """Return the event of a call for these messages."""
    return Event(EventKind.ATTEMPT, now, channel, count=len(batch))


def call_events(
    channel: Channel,
    answers: Sequence[tuple[Notification, SendOutcome]],
    now: datetime,
    *,
    was_claimed: bool,
) -> list[Event]:
    """Return what no outcome tells of a call: that it was made, if no claim says so, and answers lost."""
    events = [] if was_claimed else [call_begins(channel, [n for n, _ in answers], now)]
    lost = sum(answer.status is SendStatus.IN_DOUBT for _, answer in answers)
    return [*events, Event(EventKind.IN_DOUBT, now, channel, count=lost)] if lost else events


def settled(channel: Channel, answer: SendOutcome, now: datetime) -> Outcome | None:
    """Return the outcome that an answer settles for a message of this channel; None while it is open."""
    match answer.status:
        case SendStatus.ACCEPTED:
            accepted = SmsResult.ACCEPTED if channel is Channel.SMS else EmailResult.SENDING
            return Outcome(answer.result or accepted, now, answer.reference)
        case SendStatus.REFUSED:
            return Outcome(answer.result or results_of(channel).FAILED, now)
        case SendStatus.NOT_SENT | SendStatus.IN_DOUBT:
            return None
