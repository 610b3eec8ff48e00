"""The shapes of the three version 1 creates: one or many recipients on a chosen channel."""

from pydantic import Field, StrictBool

from shared.contracts.reading import limits
from shared.contracts.reading import wire_model as w
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.requests.chain_models import OrderBase


class V1Recipient(WireModel):
    """A recipient by address or by number; an empty text is the same as none."""

    email_address: w.OptionalAddress | None = None
    mobile_number: w.OptionalAddress | None = None
    organization_number: w.OptionalText | None = None
    national_identity_number: w.OptionalText | None = None


class V1EmailTemplate(WireModel):
    """The e-mail of an order; null is refused, leaving out is not."""

    from_address: w.OptionalText = ""
    subject: w.OptionalText = ""
    body: w.OptionalEmailBody = ""
    content_type: w.ContentType | None = None


class V1SmsTemplate(WireModel):
    """The SMS of an order; null is refused, leaving out is not."""

    sender_number: w.OptionalText = ""
    body: w.OptionalSmsBody = ""


class V1OrderBase(OrderBase):
    """What the three creates have in common."""

    recipients: list[V1Recipient | None] = Field(default_factory=list, max_length=limits.RECIPIENTS)
    ignore_reservation: StrictBool | None = None
    resource_id: w.OptionalText | None = None
    resource_action: w.OptionalText | None = None


class V1Order(V1OrderBase):
    """The body of `POST /orders`."""

    notification_channel: w.Channel | None = None
    email_template: V1EmailTemplate | None = None
    sms_template: V1SmsTemplate | None = None


class V1EmailOrder(V1OrderBase):
    """The body of `POST /orders/email`; leaving out the texts is reported like leaving them blank."""

    subject: w.Text = w.left_out_like_null()
    body: w.EmailBody = w.left_out_like_null()
    content_type: w.ContentType | None = None


class V1SmsOrder(V1OrderBase):
    """The body of `POST /orders/sms`."""

    body: w.SmsBody = w.left_out_like_null()
    sender_number: w.OptionalText | None = None
