"""The operations that preview an order, one beside each that places."""

from shared.contracts.api_description import examples
from shared.contracts.api_description import operation as op
from shared.contracts.api_description.operation import Answer, Operation, query
from shared.contracts.api_description.preview_example import PREVIEW
from shared.contracts.preview.answer import PreviewAnswer
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.requests.chain_models import OrderChain
from shared.contracts.requests.composed_models import ComposedOrder
from shared.contracts.requests.instant_request import DeprecatedInstantSms, InstantEmail, InstantSms
from shared.contracts.requests.v1_models import V1EmailOrder, V1Order, V1SmsOrder

_PREVIEWED = Answer("What would happen.", PreviewAnswer, PREVIEW)
_TRY = query(
    "tryCondition",
    "`true` asks the condition endpoints of the order once, now.",
    {"type": "boolean", "default": False},
)


def _preview(
    path: str,
    name: str,
    summary: str,
    body: type[WireModel],
    security: op.Security = op.CREATE,
    *,
    deprecated: bool = False,
) -> Operation:
    return Operation(
        "post", f"{op.BASE}{path}/preview", name, summary, "Preview", security,
        {200: _PREVIEWED, 400: op.INVALID}, body=body, parameters=[_TRY], deprecated=deprecated,
    )  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    _preview("/future/orders", "preview_order", "Preview an order with reminders", OrderChain),
    _preview("/future/orders/instant/sms", "preview_instant_sms", "Preview an SMS at once", InstantSms),
    _preview("/future/orders/instant/email", "preview_instant_email", "Preview an e-mail at once",
             InstantEmail),
    _preview("/future/orders/instant", "preview_instant", "Preview an SMS at once, in the old form",
             DeprecatedInstantSms, deprecated=True),
    _preview("/future/orders/composed-email", "preview_composed_email", "Preview an e-mail with files",
             ComposedOrder, op.COMPOSED),
    _preview("/orders", "preview_v1_order", "Preview an order on a chosen channel", V1Order),
    _preview("/orders/email", "preview_v1_email_order", "Preview an order for e-mail", V1EmailOrder),
    _preview("/orders/sms", "preview_v1_sms_order", "Preview an order for SMS", V1SmsOrder),
)  # fmt: skip

# The body of a preview is that of the order; the first example of each is enough.
PLACED_BY = {
    "preview_order": "place_order",
    "preview_instant_sms": "send_instant_sms",
    "preview_instant_email": "send_instant_email",
    "preview_instant": "send_instant",
    "preview_composed_email": "place_composed_email",
    "preview_v1_order": "place_v1_order",
    "preview_v1_email_order": "place_v1_email_order",
    "preview_v1_sms_order": "place_v1_sms_order",
}


def example_requests(name: str) -> dict[str, object]:
    """Return the example requests of an operation by their names."""
    placing = PLACED_BY.get(name)
    if placing is None:
        return dict(examples.REQUESTS[name])
    return dict(list(examples.REQUESTS[placing].items())[:1])
