"""Business rules for a recipient of a chain order, and for the texts that go with it."""

from shared.contracts.reading.identity_numbers import (
    NATIONAL_IDENTITY_NUMBER_INVALID,
    ORGANIZATION_NUMBER_INVALID,
    is_national_identity_number,
    is_organization_number,
)
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.contracts.reading.request_errors import Findings, Path
from shared.contracts.reading.resource_id import check_resource_action
from shared.contracts.requests import chain_models as m
from shared.contracts.requests.text_models import EmailSettings, SmsSettings
from shared.domain.orders.order import ChannelSchema, EmailContentType, SendingTimePolicy
from shared.domain.recipients.email_address import is_email_address
from shared.domain.recipients.external_identity import parse_external_identity
from shared.domain.recipients.resource import is_resource_id

INVALID_EMAIL_ADDRESS = "Invalid email address format."
INVALID_PHONE_NUMBER = "Recipient phone number is not a valid mobile number."
INVALID_SENDER = "The sender email address is not valid."
INVALID_CHANNEL = "Invalid channel scheme value."

type Member = m.RecipientEmail | m.RecipientSms | m.LookedUpRecipient

_PREFERRED = "SmsPreferred or EmailPreferred"
_SCHEMA_NAMES = {
    ChannelSchema.EMAIL_PREFERRED: _PREFERRED,
    ChannelSchema.SMS_PREFERRED: _PREFERRED,
}


def members_of(recipient: m.ChainRecipient) -> list[tuple[str, Member]]:
    """List the members of a recipient container that are set, with their attribute names."""
    members: list[tuple[str, Member | None]] = [
        ("recipient_email", recipient.recipient_email),
        ("recipient_sms", recipient.recipient_sms),
        ("recipient_person", recipient.recipient_person),
        ("recipient_organization", recipient.recipient_organization),
        ("recipient_external_identity", recipient.recipient_external_identity),
    ]
    return [(name, member) for name, member in members if member is not None]


def check_chain_recipient(recipient: m.ChainRecipient, path: Path, findings: Findings) -> None:
    """Check that exactly one member is set, and whatever is set."""
    members = members_of(recipient)
    if len(members) != 1:
        findings.add(path, "Must have exactly one recipient.")
    for name, member in members:
        _check_member(member, (*path, name), findings)


def check_email_settings(settings: EmailSettings, path: Path, findings: Findings) -> None:
    """Check the sender, the content type and the sending policy of an e-mail."""
    sender = settings.sender_email_address
    if sender is not None and not is_email_address(sender):
        findings.add((*path, "sender_email_address"), INVALID_SENDER)
    check_content_type(settings.content_type, (*path, "content_type"), findings)
    if settings.sending_time_policy not in (None, SendingTimePolicy.ANYTIME):
        findings.add((*path, "sending_time_policy"), "Email only supports send time anytime")


def check_content_type(content_type: EmailContentType | int | None, path: Path, findings: Findings) -> None:
    """Check that a content type, if given, is not the number of no member."""
    if isinstance(content_type, int):
        findings.add(path, "Email content type must be either Plain or HTML.")


def _check_sms_settings(settings: SmsSettings, path: Path, findings: Findings) -> None:
    if isinstance(settings.sending_time_policy, int):
        findings.add((*path, "sending_time_policy"), "SMS only supports send time daytime and anytime")


def _check_member(member: Member, path: Path, findings: Findings) -> None:
    match member:
        case m.RecipientEmail():
            if not is_email_address(member.email_address):
                findings.add((*path, "email_address"), INVALID_EMAIL_ADDRESS)
            check_email_settings(member.settings, (*path, "settings"), findings)
        case m.RecipientSms():
            if not is_phone_number(member.phone_number):
                findings.add((*path, "phone_number"), INVALID_PHONE_NUMBER)
            _check_sms_settings(member.settings, (*path, "settings"), findings)
        case m.LookedUpRecipient():
            _check_identifier(member, path, findings)
            _check_channel(member, path, findings)
            if member.resource_id is not None and not is_resource_id(member.resource_id):
                findings.add((*path, "resource_id"), "ResourceId must have a valid syntax.")
            check_resource_action(member.resource_id, member.resource_action, path, findings)


def _check_identifier(member: m.LookedUpRecipient, path: Path, findings: Findings) -> None:
    match member:
        case m.RecipientPerson(national_identity_number=number) if not is_national_identity_number(number):
            findings.add((*path, "national_identity_number"), NATIONAL_IDENTITY_NUMBER_INVALID)
        case m.RecipientOrganization(org_number=number) if not is_organization_number(number):
            findings.add((*path, "org_number"), ORGANIZATION_NUMBER_INVALID)
        case m.RecipientExternalIdentity(external_identity=urn) if parse_external_identity(urn) is None:
            findings.add((*path, "external_identity"), "Invalid external identity URN format.")
        case _:
            return


def _check_channel(member: m.LookedUpRecipient, path: Path, findings: Findings) -> None:
    schema, email, sms = member.channel_schema, member.email_settings, member.sms_settings
    if email is not None:
        check_email_settings(email, (*path, "email_settings"), findings)
    if sms is not None:
        _check_sms_settings(sms, (*path, "sms_settings"), findings)
    if isinstance(schema, int):
        findings.add((*path, "channel_schema"), INVALID_CHANNEL)
        return  # nobody knows which settings it needs
    shown = _SCHEMA_NAMES.get(schema, schema.value)
    if email is None and schema is not ChannelSchema.SMS:
        findings.add((*path, "email_settings"), f"EmailSettings must be set when ChannelSchema is {shown}")
    if sms is None and schema is not ChannelSchema.EMAIL:
        findings.add((*path, "sms_settings"), f"SmsSettings must be set when ChannelSchema is {shown}")
