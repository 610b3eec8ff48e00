"""When the messages of an order would leave: `decide` is asked again and again, as the pipeline asks it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.condition import ConditionAnswer, ConditionPolicy
from shared.domain.orders.decision import Decision
from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import expires_at, uses
from shared.domain.orders.notification import Outcome, results_of
from shared.domain.orders.order import Channel, OrderRequest, OrderStatus, Recipient
from shared.domain.orders.shipment import AgendaKey, ShipmentState, condition_answered
from shared.domain.sending.send_window import SendWindow

type Decide = Callable[[OrderRequest, ShipmentState, ItemId, datetime], Decision]

_SOMEBODY = Recipient(email_address="somebody@example.no", mobile_number="+4700000000")
_MET = ConditionAnswer(met=True, reason="answered")
_ROUNDS = 20  # the pipeline needs three or four for an order that is asked about and held
# The places in the spread lie between those of these rows, the first and almost the end.
_FIRST, _LAST = ItemId("0" * 24, 1), ItemId("f" * 24, 1)


@dataclass(frozen=True, slots=True)
class Departure:
    """When the messages of one channel leave if nothing takes any time and the condition is met.

    They leave between `earliest` and `latest`; the two are the same unless the place in the spread is not
    known before an order has its id. Both are None where the messages expire before they may leave. `is_held`
    says that the send window holds them. After `worth_until` none is sent any more.
    """

    channel: Channel
    earliest: datetime | None
    latest: datetime | None
    is_held: bool
    worth_until: datetime


def departures(
    order: OrderRequest, row: ItemId | None, now: datetime, window: SendWindow, decide: Decide
) -> tuple[Departure, ...]:
    """Return when each channel that the order may use sends, e-mail first; `row` None: it is not known."""
    first = _left_at(order, row or _FIRST, now, decide)
    last = first if row is not None else _left_at(order, _LAST, now, decide)
    asked_at = max(now, order.requested_send_at)
    return tuple(
        Departure(
            channel,
            first.get(channel),
            last.get(channel),
            is_held=(last.get(channel) or first.get(channel) or asked_at) > asked_at,
            worth_until=expires_at(order, channel, window),
        )
        for channel in Channel
        if uses(order, channel)
    )


def _left_at(order: OrderRequest, row: ItemId, now: datetime, decide: Decide) -> Mapping[Channel, datetime]:
    """Return when each channel is handed over, of an order to somebody who has every kind of address."""
    order = replace(order, recipients=(_SOMEBODY,))
    state = ShipmentState(OrderStatus.REGISTERED, now, AgendaKey("", ""))
    left: dict[Channel, datetime] = {}
    at = now
    for _ in range(_ROUNDS):
        decision = decide(order, state, row, at)
        state = decision.state
        if decision.ask_condition:
            state = condition_answered(state, _MET, at, ConditionPolicy())
        elif decision.forward:
            left |= dict.fromkeys(decision.forward, at)
            state = state.with_outcomes(
                {
                    n.slot: Outcome(results_of(n.channel).DELIVERED, at)
                    for n in state.notifications
                    if n.channel in decision.forward
                },
                at,
            )
        elif decision.visit_at is None:
            break  # nothing more happens by itself: everything has left or expired
        else:
            at = decision.visit_at
    return left
