"""The bodies of the three version 1 requests: one or many recipients on a chosen channel."""

from typing import Annotated

from pydantic import Field, StrictBool
from pydantic.dataclasses import dataclass

from shared.contracts.reading import limits
from shared.contracts.reading import wire_model as w
from shared.contracts.reading.wire_model import WireModel
from shared.contracts.requests.chain_models import OrderBase
from shared.contracts.requests.text_models import V1EmailTemplate, V1EmailText, V1SmsTemplate, V1SmsText


@dataclass(slots=True, config=WireModel.model_config)
class V1Recipient:
    """A recipient by address or by number; an empty text is the same as none.

    A dataclass, because a request may have 100 000: a model takes five times the memory.
    """

    email_address: w.OptionalAddress | None = None
    mobile_number: w.OptionalAddress | None = None
    organization_number: w.OptionalText | None = None
    national_identity_number: w.OptionalText | None = None
    fields: w.Fields | None = None


class V1OrderBase(OrderBase):
    """The members that the three requests have in common."""

    recipients: list[Annotated[V1Recipient | None, w.OneOfMany]] = Field(
        default_factory=list, max_length=limits.RECIPIENTS, json_schema_extra={w.NEEDED: True, "minItems": 1}
    )
    ignore_reservation: StrictBool | None = None
    resource_id: w.OptionalText | None = None
    resource_action: w.OptionalText | None = None


class V1Order(V1OrderBase):
    """The body of `POST /orders`."""

    notification_channel: w.Schema | None = w.refused_without()
    email_template: V1EmailTemplate | None = None
    sms_template: V1SmsTemplate | None = None


class V1EmailOrder(V1EmailText, V1OrderBase):
    """The body of `POST /orders/email`."""


class V1SmsOrder(V1SmsText, V1OrderBase):
    """The body of `POST /orders/sms`."""
