"""Where an instant order stands: it is sent within its request or not at all.

    claimed ──► sent         its call came to a result, good or bad
       │ ├────► in doubt     its answer was lost, or its process died: never sent again
       │ └────► withdrawn    definitely not sent: nothing is left to see, the next request with its id may try
       └ a claim that ran out is in doubt: the call may have been made

The order is visible to its owner only once the provider may have the message.
"""

from datetime import datetime
from enum import Enum, auto

from shared.domain.orders.notification import Notification, Outcome, results_of
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderStatus, OrderType
from shared.domain.orders.shipment import AgendaKey, Claim, ShipmentState
from shared.domain.trace.events import Event, EventKind

SLOT = 1  # of the one notification of an instant order


class InstantStage(Enum):
    """What may be done with an instant order."""

    RUNNING = auto()  # a request holds the claim and may be calling the provider
    ABANDONED = auto()  # the claim ran out and no outcome of the call was recorded
    WITHDRAWN = auto()  # not sent: the next request with the id may try
    ACCEPTED = auto()  # sent or in doubt: an ordinary order from here on


def channel_of(order: OrderRequest) -> Channel:
    """Return the one channel of an instant order."""
    return Channel.SMS if order.channel_schema is ChannelSchema.SMS else Channel.EMAIL


def claimed(order: OrderRequest, agenda: AgendaKey, claim: Claim, now: datetime) -> ShipmentState:
    """Return the state of an instant order whose provider call is about to be made."""
    channel, (recipient,) = channel_of(order), order.recipients
    address = recipient.mobile_number if channel is Channel.SMS else recipient.email_address
    assert address is not None  # the request is for one address on one channel
    notification = Notification(SLOT, 0, channel, address, results_of(channel).NEW, now)
    state = ShipmentState(OrderStatus.PROCESSED, now, agenda, (notification,), {channel: claim})
    return state.noting(Event(EventKind.ACCEPTED, now), Event(EventKind.ATTEMPT, now, channel))


def stage_of(order: OrderRequest, state: ShipmentState, real_now: datetime) -> InstantStage:
    """Return where an instant order stands; `real_now` is real time, as in claims."""
    if state.status is OrderStatus.REGISTERED:
        return InstantStage.WITHDRAWN
    claim = state.claims.get(channel_of(order))
    if claim is None or not state.unsent(channel_of(order)):
        return InstantStage.ACCEPTED
    return InstantStage.RUNNING if real_now < claim.until else InstantStage.ABANDONED


def in_doubt(order: OrderRequest, state: ShipmentState, now: datetime) -> ShipmentState:
    """Return the state of an order that the provider may have; a report or its expiry decides."""
    channel = channel_of(order)
    outcomes = {n.slot: doubt(channel, now) for n in state.unsent(channel)}
    return state.with_outcomes(outcomes, now).with_claim(channel, None)


def doubt(channel: Channel, now: datetime) -> Outcome:
    """Return what is recorded of a call whose answer was lost: sending, under no reference."""
    return Outcome(results_of(channel).SENDING, now)


def is_lost(order: OrderRequest, notification: Notification) -> bool:
    """Whether an e-mail that its provider does not know was an instant one in doubt, which never left."""
    return order.type is OrderType.INSTANT and notification.reference is None


def withdrawn(state: ShipmentState, now: datetime) -> ShipmentState:
    """Return the state of an order that was definitely not sent."""
    return ShipmentState(OrderStatus.REGISTERED, now, state.agenda)


def emptied(order: OrderRequest) -> OrderRequest:
    """Return what is kept of an order that was withdrawn: nothing about its recipient."""
    return OrderRequest(order.type, order.requested_send_at, order.channel_schema, recipients=())


def is_hidden(order: OrderRequest, state: ShipmentState) -> bool:
    """Whether its owner must not see this order, because it may turn out never to have been sent."""
    if order.type is not OrderType.INSTANT:
        return False
    return state.status is OrderStatus.REGISTERED or any(n.is_unsent for n in state.notifications)
