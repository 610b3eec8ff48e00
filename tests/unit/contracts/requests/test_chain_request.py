from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from shared.contracts.requests.chain_request import read_order_chain
from shared.domain.orders.order import (
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from tests.support.request_bodies import (
    DEFAULTS,
    EMAIL_SETTINGS,
    NOW,
    RECIPIENT_EMAIL,
    RECIPIENT_EXTERNAL,
    RECIPIENT_ORGANIZATION,
    RECIPIENT_PERSON,
    RECIPIENT_SMS,
    chain,
    changed,
    read,
    refusal,
    reminder,
)


def test_an_email_order_gets_the_defaults():
    request = read(read_order_chain, chain())
    assert request.idempotency_id == "id-1"
    assert request.reminders == ()
    main = request.main
    assert main.type is OrderType.NOTIFICATION
    assert main.requested_send_at == NOW
    assert main.channel_schema is ChannelSchema.EMAIL
    assert main.recipients == (Recipient(email_address="kari@example.no"),)
    assert main.email == EmailTemplate(DEFAULTS.email_from, "Emne", "Tekst", EmailContentType.PLAIN)
    assert main.sms is None
    assert main.sending_time_policy is SendingTimePolicy.ANYTIME
    assert main.ignore_reservation is None


def test_an_sms_order_gets_the_defaults():
    main = read(read_order_chain, chain(RECIPIENT_SMS)).main
    assert main.channel_schema is ChannelSchema.SMS
    assert main.recipients == (Recipient(mobile_number="+4799999999"),)
    assert main.sms == SmsTemplate(DEFAULTS.sms_sender, "Hei")
    assert main.email is None
    assert main.sending_time_policy is SendingTimePolicy.DAYTIME


def test_senders_and_addresses_are_trimmed_but_a_number_is_kept_as_written():
    email = changed(RECIPIENT_EMAIL, "recipientEmail.emailAddress", " kari@example.no ")
    email = changed(email, "recipientEmail.emailSettings.senderEmailAddress", " post@example.no ")
    main = read(read_order_chain, chain(email)).main
    assert main.recipients[0].email_address == "kari@example.no"
    assert main.email.from_address == "post@example.no"

    sms = changed(RECIPIENT_SMS, "recipientSms.smsSettings.sender", " Etaten ")
    sms = changed(sms, "recipientSms.phoneNumber", "0047 999 99 999")
    main = read(read_order_chain, chain(sms)).main
    assert main.sms.sender == "Etaten"
    assert main.recipients[0].mobile_number == "0047 999 99 999"


def test_a_blank_sms_sender_means_the_default():
    sms = changed(RECIPIENT_SMS, "recipientSms.smsSettings.sender", "  ")
    assert read(read_order_chain, chain(sms)).main.sms.sender == DEFAULTS.sms_sender


def test_every_line_break_of_a_subject_becomes_one_blank():
    email = changed(
        RECIPIENT_EMAIL, "recipientEmail.emailSettings.subject", "a\r\nb\rc\nd\ve\x85f\u2028g\u2029h\x07"
    )
    assert read(read_order_chain, chain(email)).main.email.subject == "a b c d e f g h"


def test_the_sender_of_an_sms_is_one_line():
    for sender, kept in (
        ("Eta\ven\x07", "Eta en"),
        ("\u2028Etaten\n", "Etaten"),
        ("\x1b", DEFAULTS.sms_sender),
    ):
        sms = changed(RECIPIENT_SMS, "recipientSms.smsSettings.sender", sender)
        assert read(read_order_chain, chain(sms)).main.sms.sender == kept


def test_the_body_of_an_sms_keeps_its_line_breaks():
    sms = changed(RECIPIENT_SMS, "recipientSms.smsSettings.body", "a\r\nb")
    assert read(read_order_chain, chain(sms)).main.sms.body == "a\r\nb"


def test_names_of_properties_and_of_enumeration_members_are_matched_in_any_case():
    document = {
        "IDEMPOTENCYID": "id-1",
        "Recipient": {
            "recipientperson": {
                "NationalIdentityNumber": "07885799912",
                "channelschema": "smsPREFERRED",
                "emailSettings": {**EMAIL_SETTINGS, "contentType": "html", "sendingTimePolicy": "anytime"},
                "smsSettings": {"body": "Hei", "sendingTimePolicy": "ANYTIME"},
            }
        },
    }
    main = read(read_order_chain, document).main
    assert main.channel_schema is ChannelSchema.SMS_PREFERRED
    assert main.email.content_type is EmailContentType.HTML
    assert main.sending_time_policy is SendingTimePolicy.ANYTIME


def test_unknown_properties_are_ignored():
    assert read(read_order_chain, chain(surprise={"deep": [1]})).main


def test_a_person_carries_reservation_staleness_and_resource():
    person = changed(RECIPIENT_PERSON, "recipientPerson.ignoreReservation", True)
    person = changed(person, "recipientPerson.useStaleContactInformation", True)
    person = changed(person, "recipientPerson.resourceId", "urn:altinn:resource:tjeneste")
    person = changed(person, "recipientPerson.resourceAction", "access")
    main = read(read_order_chain, chain(person)).main
    assert main.recipients == (Recipient(national_identity_number="07885799912"),)
    assert main.ignore_reservation is True
    assert main.use_stale_contact_information is True
    assert main.resource_id == "urn:altinn:resource:tjeneste"
    assert main.resource_action == "access"
    assert main.sending_time_policy is SendingTimePolicy.DAYTIME
    assert main.email is not None
    assert main.sms is not None


def test_a_person_ignores_no_reservation_unless_asked_to():
    assert read(read_order_chain, chain(RECIPIENT_PERSON)).main.ignore_reservation is False


def test_an_organization_and_an_external_identity_are_recipients():
    organization = read(read_order_chain, chain(RECIPIENT_ORGANIZATION)).main
    assert organization.recipients == (Recipient(organization_number="310128435"),)
    assert organization.sending_time_policy is SendingTimePolicy.ANYTIME
    external = read(read_order_chain, chain(RECIPIENT_EXTERNAL)).main
    urn = "urn:altinn:person:idporten-email:kari@example.no"
    assert external.recipients == (Recipient(external_identity=urn),)


def test_superfluous_settings_are_kept():
    organization = changed(RECIPIENT_ORGANIZATION, "recipientOrganization.smsSettings", {"body": "Hei"})
    assert read(read_order_chain, chain(organization)).main.sms == SmsTemplate("Altinn", "Hei")


def test_reminders_keep_their_order_and_get_their_own_time():
    document = chain(
        requestedSendTime="2031-03-20T10:00:00+01:00",
        reminders=[
            reminder(delayDays=1, sendersReference="first"),
            reminder(RECIPIENT_EMAIL, delayDays="3", conditionEndpoint="https://example.no/a%20b"),
            reminder(requestedSendTime="2031-03-02T00:00:00Z"),
        ],
    )
    request = read(read_order_chain, document)
    main_at = datetime(2031, 3, 20, 9, 0, tzinfo=UTC)
    assert request.main.requested_send_at == main_at
    first, second, third = request.reminders
    assert {r.type for r in request.reminders} == {OrderType.REMINDER}
    assert first.requested_send_at == main_at + timedelta(hours=24)
    assert first.senders_reference == "first"
    # Days are 24 hours, whatever the clock on the wall does.
    assert second.requested_send_at == main_at + timedelta(hours=72)
    assert second.condition_endpoint == "https://example.no/a%20b"
    assert second.channel_schema is ChannelSchema.EMAIL
    assert third.requested_send_at == datetime(2031, 3, 2, tzinfo=UTC)


def test_a_reminder_inherits_nothing_from_the_main_order():
    document = chain(
        sendersReference="main", conditionEndpoint="https://example.no/c", reminders=[reminder(delayDays=1)]
    )
    (only,) = read(read_order_chain, document).reminders
    assert only.senders_reference is None
    assert only.condition_endpoint is None


@pytest.mark.parametrize("nothing", [None, []])
def test_no_reminders_can_be_said_in_two_ways(nothing):
    assert read(read_order_chain, chain(reminders=nothing)).reminders == ()


def test_the_dialog_is_kept_with_the_chain():
    document = chain(dialogportenAssociation={"dialogId": "d", "transmissionId": "t"})
    request = read(read_order_chain, document)
    assert (request.dialog_id, request.transmission_id) == ("d", "t")


def test_the_idempotency_id_is_not_trimmed():
    assert read(read_order_chain, chain(idempotencyId=" a ")).idempotency_id == " a "


@pytest.mark.parametrize(
    "late",
    [
        SimpleNamespace(document=chain(requestedSendTime="2031-03-01T11:59:54Z"), key="RequestedSendTime"),
        SimpleNamespace(
            document=chain(reminders=[reminder(requestedSendTime="2031-02-01T00:00:00Z")]),
            key="Reminders[0].RequestedSendTime",
        ),
    ],
    ids=["main order", "reminder"],
)
def test_a_request_that_is_only_late_can_still_be_recognised_as_a_repeat(late):

    error = refusal(read_order_chain, late.document)
    assert list(error.errors) == [late.key]
    assert error.replayable is not None
    assert error.replayable.idempotency_id == "id-1"


def test_a_late_request_with_another_mistake_is_no_repeat():

    document = changed(
        chain(RECIPIENT_SMS, requestedSendTime="2031-02-01T00:00:00Z"),
        "recipient.recipientSms.phoneNumber",
        "40000001",
    )
    error = refusal(read_order_chain, document)
    assert set(error.errors) == {"RequestedSendTime", "Recipient.RecipientSms.PhoneNumber"}
    assert error.replayable is None


def test_a_few_seconds_of_drift_are_forgiven():
    main = read(read_order_chain, chain(requestedSendTime="2031-03-01T11:59:56Z")).main
    assert main.requested_send_at == datetime(2031, 3, 1, 11, 59, 56, tzinfo=UTC)


def test_send_times_are_compared_as_instants():
    ahead = chain(requestedSendTime="2031-03-01T14:00:00+01:00")  # 13:00 UTC
    assert read(read_order_chain, ahead).main.requested_send_at == datetime(2031, 3, 1, 13, 0, tzinfo=UTC)
