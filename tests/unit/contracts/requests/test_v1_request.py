import json
import tracemalloc
from datetime import UTC, datetime

import pytest

from shared.contracts.requests.v1_request import read_v1_email_order, read_v1_order, read_v1_sms_order
from shared.domain.orders.order import (
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.runtime.errors import RequestInvalidError
from tests.support.request_bodies import (
    DEFAULTS,
    NOW,
    V1_EMAIL_ORDER,
    V1_EMAIL_TEMPLATE,
    V1_KARI,
    V1_MOBILE,
    V1_ORDER,
    V1_SMS_ORDER,
    V1_SMS_TEMPLATE,
    changed,
    errors,
    read,
)

READERS = [
    (read_v1_order, V1_ORDER, "notificationOrderRequest"),
    (read_v1_email_order, V1_EMAIL_ORDER, "emailNotificationOrderRequest"),
    (read_v1_sms_order, V1_SMS_ORDER, "smsNotificationOrderRequest"),
]
each_create = pytest.mark.parametrize(("reader", "document", "parameter"), READERS)


def test_an_order_on_both_channels():
    request = read(read_v1_order, V1_ORDER)
    assert request.idempotency_id is None
    assert request.reminders == ()
    main = request.main
    assert main.type is OrderType.NOTIFICATION
    assert main.requested_send_at == NOW
    assert main.channel_schema is ChannelSchema.EMAIL_PREFERRED
    assert main.recipients == (
        Recipient(email_address="kari@example.no"),
        Recipient(mobile_number="004799999999"),
        Recipient(national_identity_number="07885799912"),
        Recipient(organization_number="310128435"),
    )
    assert main.email == EmailTemplate(DEFAULTS.email_from, "Nytt brev", "Tekst", EmailContentType.PLAIN)
    assert main.sms == SmsTemplate(DEFAULTS.sms_sender, "Hei")
    assert main.sending_time_policy is None
    assert main.ignore_reservation is None
    assert main.use_stale_contact_information is False


def test_senders_and_the_other_members_are_taken_over_as_given():
    document = V1_ORDER | {
        "sendersReference": "ref",
        "requestedSendTime": "2031-03-04T09:15:00+01:00",
        "conditionEndpoint": "https://example.no/c",
        "ignoreReservation": True,
        "resourceId": "tjeneste",
        "resourceAction": "access",
        "emailTemplate": V1_EMAIL_TEMPLATE | {"fromAddress": " etat@etat.no ", "contentType": "Html"},
        "smsTemplate": V1_SMS_TEMPLATE | {"senderNumber": " Etaten "},
    }
    main = read(read_v1_order, document).main
    assert main.senders_reference == "ref"
    assert main.requested_send_at == datetime(2031, 3, 4, 8, 15, tzinfo=UTC)
    assert main.condition_endpoint == "https://example.no/c"
    assert main.ignore_reservation is True
    assert main.resource_id == "tjeneste"
    assert main.resource_action == "access"
    assert main.email.from_address == "etat@etat.no"
    assert main.email.content_type is EmailContentType.HTML
    assert main.sms.sender == " Etaten "


@pytest.mark.parametrize(("channel", "recipient"), [("Sms", V1_MOBILE), ("Email", V1_KARI)])
def test_a_template_the_channel_has_no_use_for_is_kept(channel, recipient):
    main = read(read_v1_order, V1_ORDER | {"notificationChannel": channel, "recipients": [recipient]}).main
    assert main.channel_schema is ChannelSchema(channel)
    assert main.email == EmailTemplate(DEFAULTS.email_from, "Nytt brev", "Tekst", EmailContentType.PLAIN)
    assert main.sms == SmsTemplate(DEFAULTS.sms_sender, "Hei")


def test_an_empty_sender_of_emails_is_the_default():
    document = changed(V1_ORDER, "emailTemplate.fromAddress", "")
    assert read(read_v1_order, document).main.email.from_address == DEFAULTS.email_from


def test_an_address_of_the_other_channel_is_kept_by_the_general_create_only():
    both = V1_KARI | V1_MOBILE
    kept = read(read_v1_order, V1_ORDER | {"notificationChannel": "Email", "recipients": [both]}).main
    assert kept.recipients[0].mobile_number == "004799999999"
    email = read(read_v1_email_order, V1_EMAIL_ORDER | {"recipients": [V1_KARI | {"mobileNumber": "x"}]}).main
    assert email.recipients == (Recipient(email_address="kari@example.no"),)
    sms = read(read_v1_sms_order, V1_SMS_ORDER | {"recipients": [V1_MOBILE | {"emailAddress": "x"}]}).main
    assert sms.recipients == (Recipient(mobile_number="004799999999"),)


def test_senders_and_subjects_are_one_line():
    texts = {
        "emailTemplate": {**V1_EMAIL_TEMPLATE, "subject": "Nytt\vbrev\x07", "fromAddress": "post@x.no\u2029"}
    }
    texts["smsTemplate"] = {"body": "Hei", "senderNumber": " Eta\x85ten\x1b"}
    main = read(read_v1_order, {**V1_ORDER, "notificationChannel": "EmailPreferred", **texts}).main
    assert (main.email.subject, main.email.from_address) == ("Nytt brev", "post@x.no")
    assert main.sms.sender == " Eta ten"  # version 1 keeps blanks
    texts["smsTemplate"]["senderNumber"] = "\n"
    assert read(read_v1_order, {**V1_ORDER, **texts}).main.sms.sender == DEFAULTS.sms_sender


def test_the_email_create_uses_the_default_sender_and_one_line_subjects():
    main = read(read_v1_email_order, V1_EMAIL_ORDER | {"contentType": "html"}).main
    assert main.channel_schema is ChannelSchema.EMAIL
    assert main.email == EmailTemplate(DEFAULTS.email_from, "Frist snart", "Tre dager", EmailContentType.HTML)
    assert main.sms is None


@pytest.mark.parametrize(("sender", "expected"), [(None, "Altinn"), ("", "Altinn"), ("Etaten", "Etaten")])
def test_the_sms_create_has_an_optional_sender(sender, expected):
    main = read(read_v1_sms_order, V1_SMS_ORDER | {"senderNumber": sender}).main
    assert main.channel_schema is ChannelSchema.SMS
    assert main.sms == SmsTemplate(expected, "Vannet stenges")


def test_an_empty_text_is_the_same_as_no_address_or_number():
    recipient = V1_KARI | {"mobileNumber": "", "nationalIdentityNumber": "", "organizationNumber": ""}
    main = read(read_v1_order, V1_ORDER | {"recipients": [recipient]}).main
    assert main.recipients == (Recipient(email_address="kari@example.no"),)


@each_create
def test_an_unreadable_body_is_told_under_the_parameter_of_the_create(reader, document, parameter):
    assert errors(reader, b"") == {
        "": ["A non-empty request body is required."],
        parameter: [f"The {parameter} field is required."],
    }
    found = errors(reader, document | {"requestedSendTime": None})
    assert set(found) == {"$.requestedSendTime", parameter}


def test_what_was_read_of_a_large_request_is_not_kept_twice():
    recipients = [{"mobileNumber": "+49 " + "1 " * 100 + str(n)} for n in range(5000)]
    body = json.dumps({"body": "b", "recipients": recipients}).encode()
    tracemalloc.start()
    try:
        with pytest.raises(RequestInvalidError):
            read_v1_sms_order(body, now=NOW, defaults=DEFAULTS)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < 3.9 * len(body)  # with the values beside all models 4.3 times as much
