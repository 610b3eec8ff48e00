"""The trace of a shipment as an answer: what happened to it, where it stands and why, and what is next."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from shared.contracts.answers.condition_answer import ConditionRecordAnswer, send_condition
from shared.contracts.answers.json_out import without_nulls
from shared.contracts.answers.status_names import ShipmentStatus, order_status_name, result_name
from shared.contracts.answers.wire_types import Instant, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.contracts.trace.language import Language
from shared.contracts.trace.sentences import event_sentence, next_sentence, omitted_sentence, summary
from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.notification import Result
from shared.domain.orders.order import Channel, OrderRequest
from shared.domain.orders.shipment import ShipmentState
from shared.domain.trace.events import Event, EventKind, Events, Register
from shared.domain.trace.standing import Group, Next, Stand, Standing, Step


class GroupAnswer(TypedDict):
    """Messages that stand alike. `state` is a result, as in the shipment, or says what they wait for.

    `since` is of the last of them; `channel` is absent where the shipment itself is meant.
    """

    state: str
    channel: Channel | None
    count: int
    since: Instant
    until: Instant | None


class NextAnswer(TypedDict):
    """What happens next; `at` is absent if that is as soon as its turn comes."""

    step: Step
    at: Instant | None
    text: str


class EventAnswer(TypedDict):
    """One event, or several of the same kind: then `at` is the first and `lastAt` the last of them.

    `count` is of messages, recipients or pages. `omitted` has counts by type, of events between the first and
    the last that are not kept; its type is `omitted`.
    """

    type: str
    at: Instant
    lastAt: Instant | None
    channel: Channel | None
    until: Instant | None
    count: int
    result: str | None
    outcome: ConditionOutcome | None
    register: Register | None
    reserved: int | None
    withoutAddress: int | None
    addresses: int | None
    omitted: dict[str, int] | None
    text: str


class TraceAnswer(TypedDict):
    """The trace of a shipment; `summary` and all `text` are in `language`.

    `next` is absent once it has ended, `sendCondition` unless its condition endpoint was asked.
    """

    shipmentId: Uuid
    sendersReference: str | None
    status: ShipmentStatus
    language: Language
    summary: str
    groups: list[GroupAnswer]
    next: NextAnswer | None
    sendCondition: ConditionRecordAnswer | None
    events: list[EventAnswer]


def trace(
    shipment_id: str,
    order: OrderRequest,
    state: ShipmentState,
    standing: Standing,
    events: Events,
    *,
    now: datetime,
    language: Language,
) -> TraceAnswer:
    """Build the trace of one shipment."""
    answer: TraceAnswer = {
        "shipmentId": shipment_id,
        "sendersReference": order.reference,
        "status": order_status_name(state.status),
        "language": language,
        "summary": summary(standing, now, language),
        "groups": [_group(group) for group in standing.groups],
        "next": None if standing.next is None else _next(standing.next, language),
        "sendCondition": None if state.condition is None else send_condition(state.condition),
        "events": _events(events, now, language),
    }
    return without_nulls(answer)


def _events(events: Events, now: datetime, language: Language) -> list[EventAnswer]:
    first, last = ([_event(event, now, language) for event in part] for part in (events.first, events.last))
    return [*first, *([_omitted(events, language)] if events.omitted else []), *last]


def _event(event: Event, now: datetime, language: Language) -> EventAnswer:
    detail = event.detail
    is_lookup = event.kind is EventKind.LOOKED_UP
    answer: EventAnswer = {
        "type": event.kind,
        "at": format_instant(event.at),
        "lastAt": None if event.last_at is None else format_instant(event.last_at),
        "channel": event.channel,
        "until": None if event.until is None else format_instant(event.until),
        "count": event.count,
        "result": _result(event.channel, detail),
        "outcome": detail if isinstance(detail, ConditionOutcome) else None,
        "register": detail if isinstance(detail, Register) else None,
        "reserved": event.reserved if is_lookup else None,
        "withoutAddress": event.missing if is_lookup else None,
        "addresses": event.addresses if is_lookup else None,
        "omitted": None,
        "text": event_sentence(event, now, language),
    }
    return without_nulls(answer)


def _omitted(events: Events, language: Language) -> EventAnswer:
    answer: EventAnswer = {
        "type": "omitted",
        "at": format_instant(_ends(events.first)),
        "lastAt": None,
        "channel": None,
        "until": None,
        "count": sum(events.omitted.values()),
        "result": None,
        "outcome": None,
        "register": None,
        "reserved": None,
        "withoutAddress": None,
        "addresses": None,
        "omitted": {kind.value: count for kind, count in events.omitted.items()},
        "text": omitted_sentence(events.omitted, language),
    }
    return without_nulls(answer)


def _ends(events: Sequence[Event]) -> datetime:
    return events[-1].ended_at


def _group(group: Group) -> GroupAnswer:
    stand = group.stand
    is_result = not isinstance(stand, Stand) and group.channel is not None
    answer: GroupAnswer = {
        "state": result_name(group.channel, stand) if is_result and group.channel else stand.value,
        "channel": group.channel,
        "count": group.count,
        "since": format_instant(group.at),
        "until": None if group.until is None else format_instant(group.until),
    }
    return without_nulls(answer)


def _next(following: Next, language: Language) -> NextAnswer:
    answer: NextAnswer = {
        "step": following.step,
        "at": None if following.at is None else format_instant(following.at),
        "text": next_sentence(following, language),
    }
    return without_nulls(answer)


def _result(channel: Channel | None, detail: Register | ConditionOutcome | Result | None) -> str | None:
    if channel is None or detail is None or isinstance(detail, (Register, ConditionOutcome)):
        return None
    return result_name(channel, detail)
