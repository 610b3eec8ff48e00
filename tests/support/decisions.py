"""Two orders, and what is decided about them at an instant."""

from datetime import UTC, datetime, timedelta

from shared.domain.orders.condition import (
    ConditionAnswer,
    ConditionPolicy,
)
from shared.domain.orders.decision import (
    Decision,
    decide,
)
from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import (
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState, condition_answered
from shared.domain.sending.send_window import SendWindow

MORNING = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)  # 10:00 in Oslo
EVENING = datetime(2031, 3, 3, 19, 0, tzinfo=UTC)  # 20:00 in Oslo
NEXT_OPENING = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)
WINDOW = SendWindow(spread=timedelta(minutes=8))
POLICY = ConditionPolicy()
YES, NO = ConditionAnswer(met=True, reason="answered"), ConditionAnswer(met=False, reason="answered")
UNCLEAR = ConditionAnswer(met=None, reason="status 503")
ROW = ItemId("0" * 18 + "800000", 1)
DELAY = timedelta(minutes=4)  # the place of this row in the spread
SMS = OrderRequest(
    OrderType.NOTIFICATION,
    MORNING,
    ChannelSchema.SMS,
    (Recipient(mobile_number="+4790000001"),),
    sms=SmsTemplate("Altinn", "hei"),
    sending_time_policy=SendingTimePolicy.DAYTIME,
)
EMAIL = OrderRequest(
    OrderType.NOTIFICATION,
    MORNING,
    ChannelSchema.EMAIL,
    (Recipient(email_address="kari@example.no"),),
    email=EmailTemplate("noreply@example.no", "hei", "hei"),
)


def registered(at: datetime = MORNING) -> ShipmentState:
    """Return the state of an order that was placed then."""
    return ShipmentState(OrderStatus.REGISTERED, at, AgendaKey("00", "k"))


def at(now: datetime, order: OrderRequest, state: ShipmentState | None = None) -> Decision:
    """Return what is decided about an order at an instant."""
    return decide(order, state or registered(), ROW, now=now, window=WINDOW)


def after(
    state: ShipmentState, now: datetime, answer: ConditionAnswer, policy: ConditionPolicy = POLICY
) -> ShipmentState:
    """Return a state after an answer to its condition."""
    return condition_answered(state, answer, now, policy)
