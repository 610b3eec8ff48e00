"""The example of a preview in the OpenAPI document: an SMS of which one character makes three parts."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

from shared.contracts.preview.answer import preview_answer
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.preview.departures import Departure
from shared.domain.preview.preview import Preview, ShipmentPreview
from shared.domain.preview.prices import Price
from shared.domain.preview.reach import Count, Message, Reach, Reached, Reason
from shared.domain.preview.texts import shown_texts
from shared.domain.preview.warnings import text_warnings

_AT = datetime(2031, 5, 2, 18, tzinfo=UTC)
_OPENING, _END = datetime(2031, 5, 3, 7, 4, 10, tzinfo=UTC), datetime(2031, 5, 5, 7, tzinfo=UTC)
_TEXT = (
    "The deadline for your tax return is in three days. It\u2019s enough to log in, look at the figures, and"
    " send them. More: https://bit.ly/3xample"
)
_ORDER = OrderRequest(
    OrderType.NOTIFICATION,
    _AT,
    ChannelSchema.SMS,
    (Recipient(mobile_number="+4791700001"),),
    senders_reference="case-99",
    sms=SmsTemplate("Agency", _TEXT),
    sending_time_policy=SendingTimePolicy.DAYTIME,
)
_MESSAGE = Message(Channel.SMS, "+4791700001", Reason.ONLY_CHANNEL)
_REACHED = Reached(0, Reach.GIVEN, messages=(_MESSAGE,))
_TEXTS = tuple(shown_texts(_ORDER, [_REACHED]))
_COUNT = Count(Counter({Reach.GIVEN: 1}), Counter({Channel.SMS: 1}))
PREVIEW = preview_answer(
    Preview(
        _AT,
        must_reach_all=True,
        is_known=False,
        shipments=(
            ShipmentPreview(
                _ORDER,
                _COUNT,
                (_REACHED,),
                (Departure(Channel.SMS, _OPENING, _OPENING, is_held=True, worth_until=_END),),
                _TEXTS,
                Price("NOK", Decimal("1.35"), None, Decimal("1.35")),
                tuple(text_warnings(_ORDER, [_TEXT], email_domain="altinn.cloud")),
            ),
        ),
    )
)
