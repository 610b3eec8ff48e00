"""Where the messages of a shipment stand, and what happens next: computed from its row for people to read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.orders.condition import ConditionOutcome, ask_at
from shared.domain.orders.decision import REPORT_PATIENCE
from shared.domain.orders.expansion import is_unresolved
from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import closes_at, expires_at, may_leave_at
from shared.domain.orders.notification import EmailResult, Notification, Result, SmsResult
from shared.domain.orders.order import Channel, OrderRequest, OrderStatus
from shared.domain.orders.shipment import ShipmentState
from shared.domain.sending.send_window import SendWindow
from shared.domain.trace.events import Event, EventKind


class Stand(StrEnum):
    """Where messages stand that no provider has, or a shipment without any; the value is the wire name."""

    SCHEDULED = "scheduled"  # waits for its requested send time
    CONDITION_DUE = "conditionDue"
    CONDITION_AGAIN = "conditionAgain"  # unclear so far
    LOOKUP_DUE = "lookupDue"
    LOOKUP_AGAIN = "lookupAgain"  # a register could not be asked
    PREPARING = "preparing"
    HELD = "held"  # for the send window
    QUEUED = "queued"
    THROTTLED = "throttled"
    PUT_OFF = "putOff"
    BEING_SENT = "beingSent"
    IN_DOUBT_AGAIN = "inDoubtAgain"  # an answer was lost, and the message is sent once more
    IN_DOUBT = "inDoubt"  # an answer was lost, and only a report can tell
    OVERDUE = "overdue"  # its time is over, and it is about to be closed
    CANCELLED = "cancelled"
    CONDITION_NOT_MET = "conditionNotMet"
    CONDITION_STOPPED = "conditionStopped"  # unclear to the end
    NOTHING_TO_SEND = "nothingToSend"


class Step(StrEnum):
    """What happens next; the value is the wire name."""

    BEGIN = "begin"
    ASK_CONDITION = "askCondition"
    LOOK_UP = "lookUp"
    LEAVE = "leave"
    SEND = "send"
    SEND_AGAIN = "sendAgain"
    ASK_PROVIDER = "askProvider"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that stand alike: with a result, or before one. `at` is since when, of the last of them.

    `channel` is None and `count` 1 where the shipment itself is meant.
    """

    stand: Stand | Result
    at: datetime
    channel: Channel | None = None
    until: datetime | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next; `at` is None if it happens as soon as its turn comes."""

    step: Step
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a shipment stands; `next` is None when it has ended."""

    groups: tuple[Group, ...]
    next: Next | None


@dataclass(frozen=True, slots=True)
class Instant:
    """The time at which a shipment is looked at: business time, real time for claims, and the window."""

    now: datetime
    real_now: datetime
    window: SendWindow


_DOUBTFUL = (EmailResult.SENDING, SmsResult.SENDING)
_WAITING = {
    EventKind.HELD: Stand.HELD,
    EventKind.THROTTLED: Stand.THROTTLED,
    EventKind.PUT_OFF: Stand.PUT_OFF,
}


def standing(
    order: OrderRequest,
    state: ShipmentState,
    item: ItemId,
    at: Instant,
    pages: Sequence[tuple[ItemId, ShipmentState]] = (),
) -> Standing:
    """Return where a shipment stands; `pages` are the states of a large one's pages.

    Whatever `pages` say, a shipment that ended unsent sent nothing.
    """
    own = _of_shipment(order, state, at, looks_up=is_unresolved(order))
    if own is not None:
        return Standing((own,), _next(order, [own], at))
    seen = _Seen(order, state, at)
    rows = pages if state.pages else [(item, state)]
    groups = merged(group for row in rows for group in _of_row(seen, *row))
    if not groups:
        groups = (
            Group(Stand.NOTHING_TO_SEND if state.status.is_final else Stand.PREPARING, state.changed_at),
        )
    return Standing(groups, None if state.status.is_final else _next(order, groups, at))


def of_messages(
    order: OrderRequest, state: ShipmentState, item: ItemId, at: Instant, messages: Iterable[Notification]
) -> Standing:
    """Return where some messages of a shipment stand, as `standing` does for all."""
    return standing(order, replace(state, notifications=tuple(messages), pages=0), item, at)


def merged(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return one group of those that stand alike, the latest times kept, waiting ones first."""
    found: dict[tuple[type, str, Channel | None], Group] = {}
    for group in groups:
        key = (type(group.stand), group.stand.value, group.channel)
        known = found.get(key)
        if known is not None:
            untils = [until for until in (known.until, group.until) if until is not None]
            group = replace(  # noqa: PLW2901
                group,
                count=known.count + group.count,
                at=max(known.at, group.at),
                until=max(untils, default=None),
            )
        found[key] = group
    return tuple(sorted(found.values(), key=lambda g: (not isinstance(g.stand, Stand), -g.count)))


@dataclass(frozen=True, slots=True)
class _Seen:
    order: OrderRequest
    shipment: ShipmentState
    at: Instant


def _of_shipment(order: OrderRequest, state: ShipmentState, at: Instant, *, looks_up: bool) -> Group | None:
    """Return where a shipment or page as a whole stands, before it has messages or if it will have none."""
    if state.status is OrderStatus.CANCELLED:
        return Group(Stand.CANCELLED, state.changed_at)
    if state.status is OrderStatus.SEND_CONDITION_NOT_MET:
        outcome = None if state.condition is None else state.condition.outcome
        unclear = outcome is ConditionOutcome.INCONCLUSIVE_STOPPED
        return Group(Stand.CONDITION_STOPPED if unclear else Stand.CONDITION_NOT_MET, state.changed_at)
    if state.status not in (OrderStatus.REGISTERED, OrderStatus.PROCESSING):
        return None
    if at.now < order.requested_send_at:
        return Group(Stand.SCHEDULED, state.changed_at, until=order.requested_send_at)
    if (asked := _asking(order, state, at.now)) is not None:
        return asked
    if state.look_up_at is not None and at.now < state.look_up_at:
        return Group(Stand.LOOKUP_AGAIN, state.changed_at, until=state.look_up_at)
    return Group(Stand.LOOKUP_DUE if looks_up else Stand.PREPARING, state.changed_at)


def _asking(order: OrderRequest, state: ShipmentState, now: datetime) -> Group | None:
    if order.condition_endpoint is None or state.forwarded_at is not None:
        return None
    asks_at = ask_at(state.condition, now)
    if asks_at is None:
        return None
    if state.condition is not None and now < asks_at:
        return Group(Stand.CONDITION_AGAIN, state.condition.asked_at, until=asks_at)
    return Group(Stand.CONDITION_DUE, state.changed_at)


def _of_row(seen: _Seen, row: ItemId, state: ShipmentState) -> Iterable[Group]:
    """Yield where the messages of a row stand, one group for each; a page may wait for its lookup."""
    if row.page:
        unasked = replace(seen.order, condition_endpoint=None)
        if (own := _of_shipment(unasked, state, seen.at, looks_up=True)) is not None:
            yield own
            return
    for message in state.notifications:
        if not message.is_unsent:
            yield _of_sent(message)
        elif seen.shipment.status.is_final:
            yield Group(Stand.OVERDUE, message.at, message.channel)
        else:
            yield _of_unsent(seen, row, state, message)


def _of_sent(message: Notification) -> Group:
    is_doubtful = message.result in _DOUBTFUL and message.reference is None
    return Group(Stand.IN_DOUBT if is_doubtful else message.result, message.at, message.channel)


def _of_unsent(seen: _Seen, row: ItemId, state: ShipmentState, message: Notification) -> Group:
    order, at, channel = seen.order, seen.at, message.channel
    since = _last(state, channel)
    began = since.at if since is not None else state.changed_at
    if at.now >= expires_at(order, channel, at.window):
        return Group(Stand.OVERDUE, began, channel)
    claim, wait = state.claims.get(channel), state.waits.get(channel)
    if wait is not None and wait <= at.now:
        wait = None
    if claim is not None and claim.calls.get(message.slot) and (wait or claim.until <= at.real_now):
        return Group(Stand.IN_DOUBT_AGAIN, began, channel, wait)
    if wait is not None:
        return Group(_why_it_waits(state, channel), began, channel, wait)
    if claim is not None and at.real_now < claim.until:
        return Group(Stand.BEING_SENT, began, channel)
    leaves_at = may_leave_at(order, row, at.window, at.now)
    if channel is Channel.SMS and at.now < leaves_at:
        return Group(Stand.HELD, began, channel, leaves_at)
    asked = _asking(order, seen.shipment, at.now)
    return Group(Stand.QUEUED, began, channel) if asked is None else replace(asked, channel=channel)


def _why_it_waits(state: ShipmentState, channel: Channel) -> Stand:
    waits = [event for kind in _WAITING if (event := state.events.latest(kind, channel)) is not None]
    return _WAITING[max(waits, key=lambda event: event.at).kind] if waits else Stand.PUT_OFF


def _last(state: ShipmentState, channel: Channel) -> Event | None:
    return next((event for event in reversed(state.events.kept) if event.channel is channel), None)


def _next(order: OrderRequest, groups: Sequence[Group], at: Instant) -> Next | None:
    """Return the first of what happens next to any of these messages."""
    steps = [step for group in groups if (step := _step(order, group, at)) is not None]
    return min(steps, key=lambda step: step.at or at.now, default=None)


def _step(order: OrderRequest, group: Group, at: Instant) -> Next | None:
    closes = closes_at(order, at.window)
    match group.stand:
        case Stand.SCHEDULED:
            return Next(Step.BEGIN, group.until)
        case Stand.PREPARING:
            return Next(Step.BEGIN, None)
        case Stand.CONDITION_DUE | Stand.CONDITION_AGAIN:
            return Next(Step.ASK_CONDITION, group.until)
        case Stand.LOOKUP_DUE | Stand.LOOKUP_AGAIN:
            return Next(Step.LOOK_UP, group.until)
        case Stand.HELD:
            return Next(Step.LEAVE, group.until)
        case Stand.QUEUED | Stand.BEING_SENT:
            return Next(Step.SEND, None)
        case Stand.THROTTLED | Stand.PUT_OFF | Stand.IN_DOUBT_AGAIN:
            return Next(Step.SEND_AGAIN, group.until)
        case EmailResult.SENDING if group.channel is Channel.EMAIL and at.now < group.at + REPORT_PATIENCE:
            return Next(Step.ASK_PROVIDER, group.at + REPORT_PATIENCE)
        case (
            Stand.IN_DOUBT | Stand.OVERDUE | EmailResult.SENDING | EmailResult.SUCCEEDED | SmsResult.ACCEPTED
        ):
            return Next(Step.CLOSE, closes)
        case _:
            return None
