"""The three requests that are sent while the caller waits: from the body to the order.

The attributes have the internal names of the reference API, because its error keys show them.
"""

from datetime import datetime
from typing import Any

from pydantic import Field

from shared.contracts.reading import limits
from shared.contracts.reading import wire_model as w
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.contracts.reading.request_errors import RequestErrors, read_model
from shared.contracts.reading.wire_model import WireModel, wire
from shared.contracts.requests.chain_recipient_validation import (
    INVALID_EMAIL_ADDRESS,
    INVALID_PHONE_NUMBER,
    check_content_type,
)
from shared.contracts.requests.content_hash import content_hash
from shared.contracts.requests.text_models import EmailText, SmsText, email_template, sms_template
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
)
from shared.domain.recipients.email_address import is_email_address

_PARAMETER = "request"
_SECONDS = limits.INSTANT_SMS_LIFETIME_SECONDS
_LIFETIME: dict[str, Any] = {"minimum": _SECONDS[0], "maximum": _SECONDS[-1]}


class SmsDetails(WireModel):
    """A number, its text, and after how many seconds the text is no longer sent."""

    phone_number: w.Address
    time_to_live_in_seconds: w.Integer = Field(json_schema_extra=_LIFETIME)
    short_message_content: SmsText = wire("smsSettings")


class EmailDetails(WireModel):
    """An address and its text."""

    email_address: w.Address
    email_settings: EmailText


class InstantOrder(WireModel):
    """The members that the three requests have in common."""

    idempotency_id: w.Text
    senders_reference: w.OptionalText | None = None


class InstantSms(InstantOrder):
    """Body of `POST /future/orders/instant/sms`."""

    recipient_sms: SmsDetails


class InstantEmail(InstantOrder):
    """Body of `POST /future/orders/instant/email`."""

    instant_email_details: EmailDetails = wire("recipientEmail")


class NestedSms(WireModel):
    """The level that only the deprecated request has."""

    short_message_delivery_details: SmsDetails = wire("recipientSms")


class DeprecatedInstantSms(InstantOrder):
    """Body of `POST /future/orders/instant`."""

    instant_notification_recipient: NestedSms = wire("recipient")


def read_instant_sms(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /future/orders/instant/sms`; RequestInvalidError with the keys of the API."""
    order = read_model(InstantSms, body, parameter=_PARAMETER)
    errors = RequestErrors()
    _check_sms(order.recipient_sms, errors.at("recipient_sms"))
    return errors.conclude(lambda: _sms_request(order, order.recipient_sms, now, defaults))


def read_instant_deprecated(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /future/orders/instant`, the same with one more level; kept for existing callers."""
    order = read_model(DeprecatedInstantSms, body, parameter=_PARAMETER)
    details = order.instant_notification_recipient.short_message_delivery_details
    errors = RequestErrors()
    _check_sms(details, errors.at("instant_notification_recipient", "short_message_delivery_details"))
    return errors.conclude(lambda: _sms_request(order, details, now, defaults))


def read_instant_email(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /future/orders/instant/email`; RequestInvalidError with the keys of the API."""
    order = read_model(InstantEmail, body, parameter=_PARAMETER)
    details = order.instant_email_details
    settings, sender = details.email_settings, details.email_settings.sender_email_address
    errors = RequestErrors()
    of_details = errors.at("instant_email_details")
    if not is_email_address(details.email_address):
        of_details.add(INVALID_EMAIL_ADDRESS, "email_address")
    if sender is not None and not is_email_address(sender):
        of_details.add(INVALID_EMAIL_ADDRESS, "email_settings", "sender_email_address")
    check_content_type(settings.content_type, of_details.at("email_settings"))
    return errors.conclude(
        lambda: ChainRequest(
            OrderRequest(
                type=OrderType.INSTANT,
                requested_send_at=now,
                channel_schema=ChannelSchema.EMAIL,
                recipients=(Recipient(email_address=details.email_address.strip()),),
                senders_reference=order.senders_reference,
                email=email_template(settings, defaults),
                sending_time_policy=SendingTimePolicy.ANYTIME,
            ),
            idempotency_id=order.idempotency_id,
            content=content_hash(order),
        )
    )


def _check_sms(details: SmsDetails, errors: RequestErrors) -> None:
    if not is_phone_number(details.phone_number):
        errors.add(INVALID_PHONE_NUMBER, "phone_number")
    if details.time_to_live_in_seconds not in limits.INSTANT_SMS_LIFETIME_SECONDS:
        message = "Time-to-live must be between 60 and 172800 seconds (48 hours)."
        errors.add(message, "time_to_live_in_seconds")


def _sms_request(order: InstantOrder, details: SmsDetails, now: datetime, defaults: Defaults) -> ChainRequest:
    return ChainRequest(
        OrderRequest(
            type=OrderType.INSTANT,
            requested_send_at=now,
            channel_schema=ChannelSchema.SMS,
            recipients=(Recipient(mobile_number=details.phone_number),),
            senders_reference=order.senders_reference,
            sms=sms_template(details.short_message_content, defaults),
            sending_time_policy=SendingTimePolicy.ANYTIME,
            time_to_live_seconds=details.time_to_live_in_seconds,
        ),
        idempotency_id=order.idempotency_id,
        content=content_hash(order),
    )
