"""Business rules for a recipient of a chain order and for its texts: channel schema, identifier, settings."""

from collections.abc import Mapping, Sequence

from shared.contracts.reading.identity_numbers import number_error
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.contracts.reading.request_errors import RequestErrors
from shared.contracts.reading.resource_action_validation import check_resource_action
from shared.contracts.requests import chain_models as m
from shared.contracts.requests.field_validation import (
    FieldRules,
    FieldText,
    email_field_texts,
    may_get,
    sms_field_texts,
)
from shared.contracts.requests.text_models import EmailSettings, SmsSettings
from shared.domain.orders.order import Channel, ChannelSchema, EmailContentType, SendingTimePolicy
from shared.domain.recipients.email_address import is_email_address
from shared.domain.recipients.external_identity import is_external_identity
from shared.domain.recipients.identity_kind import IdentityKind
from shared.domain.recipients.resource import is_resource_id

INVALID_EMAIL_ADDRESS = "Invalid email address format."
INVALID_PHONE_NUMBER = "Recipient phone number is not a valid mobile number."
INVALID_SENDER = "The sender email address is not valid."
INVALID_CHANNEL = "Invalid channel scheme value."

type Member = m.RecipientEmail | m.RecipientSms | m.LookedUpRecipient

_PREFERRED = "SmsPreferred or EmailPreferred"
_SCHEMA_NAMES = {ChannelSchema.EMAIL_PREFERRED: _PREFERRED, ChannelSchema.SMS_PREFERRED: _PREFERRED}


def members_of(recipient: m.ChainRecipient) -> list[tuple[str, Member]]:
    """List the members of a recipient container that are set, with their attribute names."""
    return [(name, member) for name, member in recipient if member is not None]


def check_chain_recipient(recipient: m.ChainRecipient, errors: RequestErrors) -> None:
    """Check that exactly one member is set, and every member that is."""
    members = members_of(recipient)
    if len(members) != 1:
        errors.add("Must have exactly one recipient.")
    for name, member in members:
        _check_member(member, errors.at(name))


def check_recipient_fields(
    fields: Mapping[str, str] | None, texts: Sequence[FieldText], errors: RequestErrors
) -> None:
    """Check the fields of the one recipient of a shipment, which alone may be read for them."""
    if fields is not None:
        FieldRules(texts, errors).check(fields, errors)


def check_email_settings(settings: EmailSettings, errors: RequestErrors) -> None:
    """Check the sender, the content type and the sending policy of an e-mail."""
    sender = settings.sender_email_address
    if sender is not None and not is_email_address(sender):
        errors.add(INVALID_SENDER, "sender_email_address")
    check_content_type(settings.content_type, errors)
    if settings.sending_time_policy not in (None, SendingTimePolicy.ANYTIME):
        errors.add("Email only supports send time anytime", "sending_time_policy")


def check_content_type(content_type: EmailContentType | int | None, errors: RequestErrors) -> None:
    """Check that a content type, if given, is not a number without meaning."""
    if isinstance(content_type, int):
        errors.add("Email content type must be either Plain or HTML.", "content_type")


def _check_sms_settings(settings: SmsSettings, errors: RequestErrors) -> None:
    if isinstance(settings.sending_time_policy, int):
        errors.add("SMS only supports send time daytime and anytime", "sending_time_policy")


def _check_member(member: Member, errors: RequestErrors) -> None:
    match member:
        case m.RecipientEmail():
            if not is_email_address(member.email_address):
                errors.add(INVALID_EMAIL_ADDRESS, "email_address")
            check_email_settings(member.settings, errors.at("settings"))
            check_recipient_fields(member.fields, email_field_texts(member.settings, "settings"), errors)
        case m.RecipientSms():
            if not is_phone_number(member.phone_number):
                errors.add(INVALID_PHONE_NUMBER, "phone_number")
            _check_sms_settings(member.settings, errors.at("settings"))
            check_recipient_fields(member.fields, sms_field_texts(member.settings, "settings"), errors)
        case m.LookedUpRecipient():
            _check_identifier(member, errors)
            _check_channel_schema(member, errors)
            if member.resource_id is not None and not is_resource_id(member.resource_id):
                errors.add("ResourceId must have a valid syntax.", "resource_id")
            check_resource_action(member.resource_id, member.resource_action, errors)


def _check_identifier(member: m.LookedUpRecipient, errors: RequestErrors) -> None:
    match member:
        case m.RecipientPerson(national_identity_number=number):
            if error := number_error(IdentityKind.PERSON, number):
                errors.add(error, "national_identity_number")
        case m.RecipientOrganization(org_number=number):
            if error := number_error(IdentityKind.ORGANIZATION, number):
                errors.add(error, "org_number")
        case m.RecipientExternalIdentity(external_identity=urn) if not is_external_identity(urn):
            errors.add("Invalid external identity URN format.", "external_identity")


def _check_channel_schema(member: m.LookedUpRecipient, errors: RequestErrors) -> None:
    schema, email, sms = member.channel_schema, member.email_settings, member.sms_settings
    if email is not None:
        check_email_settings(email, errors.at("email_settings"))
    if sms is not None:
        _check_sms_settings(sms, errors.at("sms_settings"))
    if isinstance(schema, int):  # an unknown number; an unknown name could not be read at all
        errors.add(INVALID_CHANNEL, "channel_schema")
        return
    shown = _SCHEMA_NAMES.get(schema, schema.value)
    if email is None and schema is not ChannelSchema.SMS:
        errors.add(f"EmailSettings must be set when ChannelSchema is {shown}", "email_settings")
    if sms is None and schema is not ChannelSchema.EMAIL:
        errors.add(f"SmsSettings must be set when ChannelSchema is {shown}", "sms_settings")
    texts: list[FieldText] = []
    if email is not None and may_get(Channel.EMAIL, schema):
        texts += email_field_texts(email, "email_settings")
    if sms is not None and may_get(Channel.SMS, schema):
        texts += sms_field_texts(sms, "sms_settings")
    check_recipient_fields(member.fields, texts, errors)
