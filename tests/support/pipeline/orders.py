"""Orders that several tests of the pipeline place."""

from datetime import datetime

from shared.domain.orders.order import (
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)

NUMBER = "+4790000001"


def sms(at: datetime, number: str = NUMBER) -> OrderRequest:
    """Return an order for one SMS that may leave at any hour."""
    return OrderRequest(
        OrderType.NOTIFICATION,
        at,
        ChannelSchema.SMS,
        (Recipient(mobile_number=number),),
        sms=SmsTemplate("Anytime", "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )
