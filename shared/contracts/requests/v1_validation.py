"""Business rules of version 1 orders; all are evaluated, so that a caller sees every mistake at once."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.reading.condition_endpoint import check_v1_condition_endpoint
from shared.contracts.reading.identity_numbers import (
    NATIONAL_IDENTITY_NUMBER_INVALID,
    ORGANIZATION_NUMBER_INVALID,
    is_national_identity_number,
    is_organization_number,
)
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.contracts.reading.request_errors import Findings, Path
from shared.contracts.reading.resource_id import check_resource_action
from shared.contracts.reading.send_time import V1_ORDER, check_send_time
from shared.contracts.requests.chain_recipient_validation import (
    INVALID_CHANNEL,
    INVALID_SENDER,
    check_content_type,
)
from shared.contracts.requests.v1_models import V1Order, V1OrderBase, V1Recipient
from shared.domain.orders.order import ChannelSchema
from shared.domain.recipients.email_address import is_email_address


@dataclass(frozen=True, slots=True)
class Addressing:
    """Which direct addresses make a recipient reachable, and what is said of one that has none."""

    email: bool
    mobile: bool
    nobody: str


EMAIL_ONLY = Addressing(
    email=True,
    mobile=False,
    nobody="Either a valid email address, organization number, or national identity number "
    "must be provided for each recipient.",
)
SMS_ONLY = Addressing(
    email=False,
    mobile=True,
    nobody="Either a valid mobile number starting with country code, organization number, "
    "or national identity number must be provided for each recipient.",
)
BOTH = Addressing(
    email=True,
    mobile=True,
    nobody="Either a valid email address, mobile number starting with country code, organization number, "
    "or national identity number must be provided for each recipient.",
)
_BY_CHANNEL = {ChannelSchema.EMAIL: EMAIL_ONLY, ChannelSchema.SMS: SMS_ONLY}

_INVALID_EMAIL_ADDRESS = "Invalid email address format."
_INVALID_MOBILE_NUMBER = (
    "Mobile number can contain only '+' and numeric characters, and it must adhere to the E.164 standard."
)
_PERSON_NOT_ALONE = (
    "National identity number cannot be combined with email address, mobile number, or organization number."
)
_ORGANIZATION_NOT_ALONE = (
    "Organization number cannot be combined with email address, mobile number, or national identity number."
)


def check_v1_base(order: V1OrderBase, findings: Findings, *, now: datetime, insecure_allowed: bool) -> None:
    """Check what the three creates have in common, recipients excepted."""
    check_send_time(order.requested_send_time, ("requested_send_time",), V1_ORDER, findings, now=now)
    check_v1_condition_endpoint(
        order.condition_endpoint, ("condition_endpoint",), findings, insecure_allowed=insecure_allowed
    )
    check_resource_action(order.resource_id, order.resource_action, (), findings)


def check_v1_channel(order: V1Order, findings: Findings) -> None:
    """Check the channel of `POST /orders`, its recipients and its templates.

    Every address that is present is stored, so every one is checked, whatever the channel.
    """
    channel = order.notification_channel
    if channel is None:
        findings.add(("notification_channel",), "A notification channel must be defined.")
    elif isinstance(channel, int):
        findings.add(("notification_channel",), INVALID_CHANNEL)
        channel = None  # nobody knows which template it needs
    addressing = _BY_CHANNEL.get(channel, BOTH) if channel else BOTH
    check_v1_recipients(order.recipients, addressing, findings, every_address=True)
    if template := order.email_template:
        if template.from_address and not is_email_address(template.from_address):
            findings.add(("email_template", "from_address"), INVALID_SENDER)
        check_content_type(template.content_type, ("email_template", "content_type"), findings)
        if not template.subject.strip():
            findings.add(("email_template", "subject"), "The email template subject must not be empty.")
        if not template.body.strip():
            findings.add(("email_template", "body"), "The email template body must not be empty.")
    elif channel not in (None, ChannelSchema.SMS):
        message = "An email template is required for the selected notification channel."
        findings.add(("email_template",), message)
    if order.sms_template:
        if not order.sms_template.body.strip():
            findings.add(("sms_template", "body"), "The SMS template body must not be empty.")
    elif channel not in (None, ChannelSchema.EMAIL):
        message = "An SMS template is required for the selected the notification channel."
        findings.add(("sms_template",), message)


def check_v1_recipients(
    recipients: list[V1Recipient | None],
    addressing: Addressing,
    findings: Findings,
    *,
    every_address: bool = False,
) -> None:
    """Check all recipients, and their addresses of the kinds that count or, if asked, of every kind."""
    if not recipients:
        findings.add(("recipients",), "One or more recipient is required.")
    for position, recipient in enumerate(recipients):
        path = ("recipients", position)
        if recipient is None:
            findings.add(path, "Recipient item must not be null.")
            continue
        _check_combination(recipient, addressing, path, findings)
        email, mobile = recipient.email_address, recipient.mobile_number
        if email and (addressing.email or every_address) and not is_email_address(email):
            findings.add((*path, "email_address"), _INVALID_EMAIL_ADDRESS)
        if mobile and (addressing.mobile or every_address) and not is_phone_number(mobile):
            findings.add((*path, "mobile_number"), _INVALID_MOBILE_NUMBER)


def _check_combination(
    recipient: V1Recipient, addressing: Addressing, path: Path, findings: Findings
) -> None:
    email, mobile = recipient.email_address, recipient.mobile_number
    person, organization = recipient.national_identity_number, recipient.organization_number
    direct = (addressing.email and email) or (addressing.mobile and mobile)
    if not (direct or person or organization):
        findings.add(path, addressing.nobody)
    if person and not is_national_identity_number(person):
        findings.add((*path, "national_identity_number"), NATIONAL_IDENTITY_NUMBER_INVALID)
    if organization and not is_organization_number(organization):
        findings.add((*path, "organization_number"), ORGANIZATION_NUMBER_INVALID)
    if person and (email or mobile or organization):
        findings.add(path, _PERSON_NOT_ALONE)
    if organization and (email or mobile or person):
        findings.add(path, _ORGANIZATION_NOT_ALONE)
