"""Business rules of version 1 orders; all are evaluated, so that the caller gets every error at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.reading.condition_endpoint_validation import check_v1_condition_endpoint
from shared.contracts.reading.identity_numbers import number_error
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.contracts.reading.request_errors import RequestErrors
from shared.contracts.reading.resource_action_validation import check_resource_action
from shared.contracts.reading.send_time_validation import V1_ORDER, check_send_time
from shared.contracts.requests.chain_recipient_validation import (
    INVALID_CHANNEL,
    INVALID_EMAIL_ADDRESS,
    INVALID_SENDER,
    check_content_type,
)
from shared.contracts.requests.field_validation import (
    FieldRules,
    FieldText,
    email_field_texts,
    may_get,
    sms_field_texts,
)
from shared.contracts.requests.text_models import V1EmailTemplate
from shared.contracts.requests.v1_models import V1Order, V1OrderBase, V1Recipient
from shared.domain.orders.order import Channel, ChannelSchema
from shared.domain.recipients.email_address import is_email_address
from shared.domain.recipients.identity_kind import IdentityKind


@dataclass(frozen=True, slots=True)
class Addressing:
    """Which kinds of address make a recipient reachable, and how an error text lists them."""

    email: bool
    mobile: bool
    listed: str

    @property
    def unreachable(self) -> str:
        """The error text for a recipient without any."""
        others = "organization number, or national identity number must be provided for each recipient."
        return f"Either a valid {self.listed}, {others}"


_EMAIL, _MOBILE = "email address", "mobile number starting with country code"
EMAIL_ONLY = Addressing(email=True, mobile=False, listed=_EMAIL)
SMS_ONLY = Addressing(email=False, mobile=True, listed=_MOBILE)
BOTH = Addressing(email=True, mobile=True, listed=f"{_EMAIL}, {_MOBILE}")
_BY_CHANNEL = {ChannelSchema.EMAIL: EMAIL_ONLY, ChannelSchema.SMS: SMS_ONLY}

_INVALID_MOBILE_NUMBER = (
    "Mobile number can contain only '+' and numeric characters, and it must adhere to the E.164 standard."
)
_PERSON_NOT_ALONE = (
    "National identity number cannot be combined with email address, mobile number, or organization number."
)
_ORGANIZATION_NOT_ALONE = (
    "Organization number cannot be combined with email address, mobile number, or national identity number."
)


def check_v1_base(order: V1OrderBase, errors: RequestErrors, now: datetime, defaults: Defaults) -> None:
    """Check what the three requests have in common, without the recipients."""
    check_send_time(order.requested_send_time, V1_ORDER, errors, now=now)
    check_v1_condition_endpoint(order.condition_endpoint, errors, defaults)
    check_resource_action(order.resource_id, order.resource_action, errors)


def check_v1_channel(order: V1Order, errors: RequestErrors) -> None:
    """Check the channel of `POST /orders`, its recipients and its templates.

    Every address that is present is stored, so every one is checked, whatever the channel.
    """
    channel = order.notification_channel
    if channel is None:
        errors.add("A notification channel must be defined.", "notification_channel")
    elif isinstance(channel, int):  # an unknown number; an unknown name could not be read at all
        errors.add(INVALID_CHANNEL, "notification_channel")
        channel = None
    addressing = _BY_CHANNEL.get(channel, BOTH) if channel else BOTH
    check_v1_recipients(order.recipients, addressing, errors, every_address=True)
    if order.email_template:
        _check_email_template(order.email_template, errors.at("email_template"))
    elif channel not in (None, ChannelSchema.SMS):
        errors.add("An email template is required for the selected notification channel.", "email_template")
    if order.sms_template:
        if not order.sms_template.body.strip():
            errors.add("The SMS template body must not be empty.", "sms_template", "body")
    elif channel not in (None, ChannelSchema.EMAIL):
        errors.add("An SMS template is required for the selected the notification channel.", "sms_template")
    if channel is not None:
        check_v1_fields(order.recipients, _texts_of(order, channel), errors)


def check_v1_recipients(
    recipients: list[V1Recipient | None],
    addressing: Addressing,
    errors: RequestErrors,
    *,
    every_address: bool = False,
) -> None:
    """Check all recipients; `every_address` includes the addresses of a kind that does not count."""
    if not recipients:
        errors.add("One or more recipient is required.", "recipients")
    for position, recipient in enumerate(recipients):
        if errors.is_full:
            break
        of_recipient = errors.at("recipients", position)
        if recipient is None:
            of_recipient.add("Recipient item must not be null.")
            continue
        _check_combination(recipient, addressing, of_recipient)
        email, mobile = recipient.email_address, recipient.mobile_number
        if email and (addressing.email or every_address) and not is_email_address(email):
            of_recipient.add(INVALID_EMAIL_ADDRESS, "email_address")
        if mobile and (addressing.mobile or every_address) and not is_phone_number(mobile):
            of_recipient.add(_INVALID_MOBILE_NUMBER, "mobile_number")


def check_v1_fields(
    recipients: list[V1Recipient | None], texts: Sequence[FieldText], errors: RequestErrors
) -> None:
    """Check the fields of all recipients if any has some; without, the texts are not read for them."""
    if not any(recipient is not None and recipient.fields is not None for recipient in recipients):
        return
    rules = FieldRules(texts, errors)
    for position, recipient in enumerate(recipients):
        if errors.is_full:
            break
        if recipient is not None:
            rules.check(recipient.fields, errors.at("recipients", position))


def _texts_of(order: V1Order, channel: ChannelSchema) -> list[FieldText]:
    texts: list[FieldText] = []
    if order.email_template and may_get(Channel.EMAIL, channel):
        texts += email_field_texts(order.email_template, "email_template")
    if order.sms_template and may_get(Channel.SMS, channel):
        texts += sms_field_texts(order.sms_template, "sms_template")
    return texts


def _check_email_template(template: V1EmailTemplate, errors: RequestErrors) -> None:
    if template.from_address and not is_email_address(template.from_address):
        errors.add(INVALID_SENDER, "from_address")
    check_content_type(template.content_type, errors)
    if not template.subject.strip():
        errors.add("The email template subject must not be empty.", "subject")
    if not template.body.strip():
        errors.add("The email template body must not be empty.", "body")


def _check_combination(recipient: V1Recipient, addressing: Addressing, errors: RequestErrors) -> None:
    email, mobile = recipient.email_address, recipient.mobile_number
    person, organization = recipient.national_identity_number, recipient.organization_number
    direct = (addressing.email and email) or (addressing.mobile and mobile)
    if not (direct or person or organization):
        errors.add(addressing.unreachable)
    if person and (error := number_error(IdentityKind.PERSON, person)):
        errors.add(error, "national_identity_number")
    if organization and (error := number_error(IdentityKind.ORGANIZATION, organization)):
        errors.add(error, "organization_number")
    if person and (email or mobile or organization):
        errors.add(_PERSON_NOT_ALONE)
    if organization and (email or mobile or person):
        errors.add(_ORGANIZATION_NOT_ALONE)
