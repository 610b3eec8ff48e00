"""When the messages of an order may leave, how long they are worth sending, and when the order is closed."""

from datetime import datetime, timedelta

from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, OrderType, SendingTimePolicy
from shared.domain.sending.send_window import SendWindow

EMAIL_LIFETIME = timedelta(hours=48)
EXPIRY_GRACE = timedelta(minutes=5)  # a report on its way at expiry may still arrive
LONGEST_LIFE = EMAIL_LIFETIME + EXPIRY_GRACE  # then there is nothing to wait for any more
_GOLDEN_PART = (5**0.5 - 1) / 2


def expires_at(order: OrderRequest, channel: Channel, window: SendWindow) -> datetime:
    """Return when a notification of this order has lost its worth and is no longer sent."""
    if channel is Channel.EMAIL:
        return order.requested_send_at + EMAIL_LIFETIME
    if order.time_to_live_seconds is not None:
        return order.requested_send_at + timedelta(seconds=order.time_to_live_seconds)
    return window.expires_at(order.requested_send_at, order.sending_time_policy)


def closes_at(order: OrderRequest, window: SendWindow) -> datetime:
    """Return the instant at which the order is closed whatever is still missing."""
    return (
        max(expires_at(order, channel, window) for channel in Channel if uses(order, channel)) + EXPIRY_GRACE
    )


def uses(order: OrderRequest, channel: Channel) -> bool:
    """Whether the order may send on this channel at all."""
    other = ChannelSchema.SMS if channel is Channel.EMAIL else ChannelSchema.EMAIL
    return order.channel_schema is not other


def obeys_window(order: OrderRequest) -> bool:
    """Whether the SMS of this order leave only while the window is open."""
    return order.type is not OrderType.INSTANT and order.sending_time_policy is not SendingTimePolicy.ANYTIME


def may_leave_at(order: OrderRequest, row: ItemId, window: SendWindow, now: datetime) -> datetime:
    """Return when the SMS of a row may leave, as far as is known now; the past if they may now."""
    if not obeys_window(order):
        return order.requested_send_at
    return window.may_leave_at(order.requested_send_at, now, place_in_spread(row))


def might_leave_at(
    order: OrderRequest, row: ItemId, channel: Channel, placed_at: datetime, window: SendWindow
) -> datetime:
    """Return when a message of a row might leave at the earliest, if nothing took any time."""
    from_ = max(order.requested_send_at, placed_at)
    return from_ if channel is Channel.EMAIL else max(from_, may_leave_at(order, row, window, from_))


def place_in_spread(row: ItemId) -> float:
    """Return the fixed place of a shipment or page in the spread after the opening: 0 ≤ place < 1.

    Each page of a large shipment has a place of its own. Multiples of the golden part, taken around the
    spread, lie evenly in it for any number of pages.
    """
    # the last digits of a chain key are uniformly distributed: a keyed hash or random bytes
    of_chain = int(row.chain_key[-6:], 16) / 0x1000000
    return (of_chain + row.page * _GOLDEN_PART) % 1
