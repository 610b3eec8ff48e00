"""What is wrong with a version 1 order, key by key and word by word."""

import pytest

from tests.support.api.answers import errors_of, json_of
from tests.support.api.bodies import LEFT_OUT, as_written, changed, v1_email, v1_order, v1_sms

EMAIL_NEEDED = (
    "Either a valid email address, organization number, or national identity number "
    "must be provided for each recipient."
)
MOBILE_NEEDED = (
    "Either a valid mobile number starting with country code, organization number, "
    "or national identity number must be provided for each recipient."
)
ANY_NEEDED = (
    "Either a valid email address, mobile number starting with country code, organization number, "
    "or national identity number must be provided for each recipient."
)
PERSON_ALONE = (
    "National identity number cannot be combined with email address, mobile number, or organization number."
)
ORGANIZATION_ALONE = (
    "Organization number cannot be combined with email address, mobile number, or national identity number."
)
MOBILE_FORMAT = (
    "Mobile number can contain only '+' and numeric characters, and it must adhere to the E.164 standard."
)
EMAIL_FORMAT = "Invalid email address format."
NIN_LENGTH = "National identity number must be 11 digits long."
ORG_LENGTH = "Organization number must be 9 digits long."
NO_EMAIL_TEMPLATE = "An email template is required for the selected notification channel."
NO_SMS_TEMPLATE = "An SMS template is required for the selected the notification channel."
NO_ACTION_ALONE = "ResourceAction cannot be specified without a ResourceId."
BLANK_ACTION = "ResourceAction cannot be blank or whitespace."
INVALID_URL = "The condition endpoint must be a valid URL."
NO_ZONE = "The requested send time value must have specified a time zone."
NIN, ORG, EMAIL, MOBILE = "17912099997", "310000019", "kari@example.no", "+4740000001"

BASE = [  # the same for all three creates: path, value, key, message
    ("recipients", [], "Recipients", "One or more recipient is required."),
    ("recipients", None, "Recipients", "The Recipients field is required."),
    ("recipients", [None], "Recipients[0]", "Recipient item must not be null."),
    ("requestedSendTime", "2031-05-05T23:00:00", "RequestedSendTime", NO_ZONE),
    ("conditionEndpoint", "nonsense", "ConditionEndpoint", INVALID_URL),
    ("conditionEndpoint", "/relative", "ConditionEndpoint", INVALID_URL),
    ("conditionEndpoint", "ftp://example.no/x", "ConditionEndpoint", INVALID_URL),
    ("resourceAction", "write", "ResourceAction", NO_ACTION_ALONE),
    ("recipients", [{"nationalIdentityNumber": "123"}], "Recipients[0].NationalIdentityNumber", NIN_LENGTH),
    (
        "recipients",
        [{"nationalIdentityNumber": "1234567890x"}],
        "Recipients[0].NationalIdentityNumber",
        NIN_LENGTH,
    ),
    ("recipients", [{"organizationNumber": "12345678"}], "Recipients[0].OrganizationNumber", ORG_LENGTH),
    ("recipients", [{"nationalIdentityNumber": NIN, "emailAddress": EMAIL}], "Recipients[0]", PERSON_ALONE),
    ("recipients", [{"nationalIdentityNumber": NIN, "mobileNumber": MOBILE}], "Recipients[0]", PERSON_ALONE),
    ("recipients", [{"organizationNumber": ORG, "emailAddress": EMAIL}], "Recipients[0]", ORGANIZATION_ALONE),
]
ORDERS = [
    ("notificationChannel", None, "NotificationChannel", "A notification channel must be defined."),
    ("notificationChannel", LEFT_OUT, "NotificationChannel", "A notification channel must be defined."),
    ("emailTemplate", LEFT_OUT, "EmailTemplate", NO_EMAIL_TEMPLATE),
    ("smsTemplate", None, "SmsTemplate", NO_SMS_TEMPLATE),
    ("emailTemplate.subject", "", "EmailTemplate.Subject", "The email template subject must not be empty."),
    (
        "emailTemplate.subject",
        LEFT_OUT,
        "EmailTemplate.Subject",
        "The email template subject must not be empty.",
    ),
    ("emailTemplate.body", " \n", "EmailTemplate.Body", "The email template body must not be empty."),
    ("smsTemplate.body", "", "SmsTemplate.Body", "The SMS template body must not be empty."),
    ("emailTemplate.fromAddress", None, "EmailTemplate.FromAddress", "The FromAddress field is required."),
    ("emailTemplate.subject", None, "EmailTemplate.Subject", "The Subject field is required."),
    ("emailTemplate.body", None, "EmailTemplate.Body", "The Body field is required."),
    ("smsTemplate.senderNumber", None, "SmsTemplate.SenderNumber", "The SenderNumber field is required."),
    ("smsTemplate.body", None, "SmsTemplate.Body", "The Body field is required."),
    ("recipients", [{}], "Recipients[0]", ANY_NEEDED),
    ("recipients", [{"emailAddress": ""}], "Recipients[0]", ANY_NEEDED),
    ("recipients", [{"emailAddress": "kari@localhost"}], "Recipients[0].EmailAddress", EMAIL_FORMAT),
    ("recipients", [{"mobileNumber": "40000001"}], "Recipients[0].MobileNumber", MOBILE_FORMAT),
]
EMAIL_ORDERS = [
    ("subject", LEFT_OUT, "Subject", "The Subject field is required."),
    ("subject", None, "Subject", "The Subject field is required."),
    ("subject", "  ", "Subject", "The Subject field is required."),
    ("body", LEFT_OUT, "Body", "The Body field is required."),
    ("body", "", "Body", "The Body field is required."),
    ("recipients", [{}], "Recipients[0]", EMAIL_NEEDED),
    ("recipients", [{"mobileNumber": MOBILE}], "Recipients[0]", EMAIL_NEEDED),
    ("recipients", [{"emailAddress": "kari@localhost"}], "Recipients[0].EmailAddress", EMAIL_FORMAT),
]
SMS_ORDERS = [
    ("body", LEFT_OUT, "Body", "The Body field is required."),
    ("body", "\t", "Body", "The Body field is required."),
    ("recipients", [{"emailAddress": EMAIL}], "Recipients[0]", MOBILE_NEEDED),
    ("recipients", [{"mobileNumber": "40000001"}], "Recipients[0].MobileNumber", MOBILE_FORMAT),
]
ROWS = [
    (path, build, *row)
    for path, build, rows in (
        ("/orders", v1_order, BASE + ORDERS),
        ("/orders/email", v1_email, BASE + EMAIL_ORDERS),
        ("/orders/sms", v1_sms, BASE + SMS_ORDERS),
    )
    for row in rows
]


@pytest.mark.parametrize(("endpoint", "build", "path", "value", "key", "message"), ROWS)
def test_broken_rule_is_told(owner, endpoint, build, path, value, key, message):
    body = build()
    body = body | {path: value} if "." not in path and value is not LEFT_OUT else changed(body, path, value)
    assert errors_of(owner.ask("POST", endpoint, json=body)) == {key: [message]}


@pytest.mark.parametrize("endpoint", ["/orders", "/orders/email", "/orders/sms"])
def test_send_time_may_be_up_to_five_minutes_late(owner, endpoint):
    build = {"/orders": v1_order, "/orders/email": v1_email, "/orders/sms": v1_sms}[endpoint]
    now = owner.cloud.now()
    late = build(requestedSendTime=as_written(now, minutes=-4))
    json_of(owner.ask("POST", endpoint, json=late), 202)
    too_late = build(requestedSendTime=as_written(now, minutes=-6))
    assert errors_of(owner.ask("POST", endpoint, json=too_late)) == {
        "RequestedSendTime": ["Send time must be in the future. Leave blank to send immediately."]
    }


@pytest.mark.parametrize(
    ("channel", "templates", "missing"),
    [
        ("Email", {"smsTemplate"}, {"EmailTemplate": [NO_EMAIL_TEMPLATE]}),
        ("Email", {"emailTemplate"}, {}),
        ("Sms", {"emailTemplate"}, {"SmsTemplate": [NO_SMS_TEMPLATE]}),
        ("Sms", {"smsTemplate"}, {}),
        ("EmailPreferred", {"emailTemplate"}, {"SmsTemplate": [NO_SMS_TEMPLATE]}),
        ("SmsPreferred", {"smsTemplate"}, {"EmailTemplate": [NO_EMAIL_TEMPLATE]}),
        ("EmailAndSms", set(), {"EmailTemplate": [NO_EMAIL_TEMPLATE], "SmsTemplate": [NO_SMS_TEMPLATE]}),
        ("EmailAndSms", {"emailTemplate", "smsTemplate"}, {}),
    ],
)
def test_channel_decides_which_templates_are_needed(owner, channel, templates, missing):
    """Quirk V1: `EmailAndSms` needs both templates, as the preferred channels do."""
    whole = v1_order(channel, requestedSendTime="2031-06-01T10:00:00Z")
    body = {k: v for k, v in whole.items() if not k.endswith("Template") or k in templates}
    answer = owner.ask("POST", "/orders", json=body)
    if missing:
        assert errors_of(answer) == missing
    else:
        json_of(answer, 202)


@pytest.mark.parametrize(
    ("channel", "recipient", "errors"),
    [
        ("Email", {"mobileNumber": MOBILE}, {"Recipients[0]": [EMAIL_NEEDED]}),
        ("Sms", {"emailAddress": EMAIL}, {"Recipients[0]": [MOBILE_NEEDED]}),
        ("EmailPreferred", {}, {"Recipients[0]": [ANY_NEEDED]}),
        ("EmailAndSms", {}, {"Recipients[0]": [ANY_NEEDED]}),
        (
            "Email",
            {"emailAddress": EMAIL, "mobileNumber": "1"},
            {"Recipients[0].MobileNumber": [MOBILE_FORMAT]},
        ),
        (
            "Sms",
            {"emailAddress": "x", "mobileNumber": MOBILE},
            {"Recipients[0].EmailAddress": [EMAIL_FORMAT]},
        ),
        (
            "Email",
            {"nationalIdentityNumber": NIN, "organizationNumber": ORG},
            {"Recipients[0]": [PERSON_ALONE, ORGANIZATION_ALONE]},
        ),
    ],
)
def test_channel_decides_which_recipients_are_reachable(owner, channel, recipient, errors):
    """Quirks V1 and V10: no channel is left out, and every address that is present is checked."""
    answer = owner.ask("POST", "/orders", json=v1_order(channel, recipients=[recipient]))
    assert errors_of(answer) == errors


def test_all_broken_rules_are_told_together(owner):
    body = v1_order(
        requestedSendTime="2031-05-05T00:00:00Z",
        recipients=[{"emailAddress": EMAIL}, {"nationalIdentityNumber": NIN, "mobileNumber": MOBILE}, {}],
    )
    assert errors_of(owner.ask("POST", "/orders", json=body)) == {
        "RequestedSendTime": ["Send time must be in the future. Leave blank to send immediately."],
        "Recipients[1]": [PERSON_ALONE],
        "Recipients[2]": [ANY_NEEDED],
    }


def test_stages_do_not_mix(owner):
    missing_and_wrong = changed(v1_email(recipients=[{}]), "subject", "")
    assert set(errors_of(owner.ask("POST", "/orders/email", json=missing_and_wrong))) == {"Subject"}
    unreadable_too = missing_and_wrong | {"contentType": "Pigeon"}
    errors = errors_of(owner.ask("POST", "/orders/email", json=unreadable_too))
    assert set(errors) == {"$.contentType", "emailNotificationOrderRequest"}


@pytest.mark.parametrize(
    "more",
    [
        {"resourceId": "anything at all"},
        {"resourceId": "urn:altinn:resource:x", "resourceAction": "write"},
        {"resourceAction": ""},
        {"resourceId": "x", "resourceAction": None},
        {"sendersReference": ""},
        {"ignoreReservation": True},
        {"conditionEndpoint": "https://tjeneste.eksempel.no/sak?id=a%20b"},
    ],
)
def test_optional_fields_are_accepted(owner, more):
    """Quirk C2: a condition endpoint may hold escaped blanks."""
    json_of(
        owner.ask("POST", "/orders/email", json=v1_email(requestedSendTime="2031-06-01T10:00:00Z", **more)),
        202,
    )


def test_action_of_white_space_is_refused(owner):
    body = v1_email(resourceId="x", resourceAction="  ")
    assert errors_of(owner.ask("POST", "/orders/email", json=body)) == {"ResourceAction": [BLANK_ACTION]}


@pytest.mark.parametrize("sender", ["Etaten", "etaten@", "a@b.no;c@d", " "])
def test_sender_of_an_email_has_to_be_an_address(owner, sender):
    """Quirk V3: the sender of an SMS is free text, that of an e-mail is not."""
    order = changed(v1_order("EmailPreferred"), "emailTemplate.fromAddress", sender)
    assert errors_of(owner.ask("POST", "/orders", json=order)) == {
        "EmailTemplate.FromAddress": ["The sender email address is not valid."]
    }
    json_of(
        owner.ask(
            "POST", "/orders/sms", json=v1_sms(senderNumber=sender, requestedSendTime="2031-06-01T10:00:00Z")
        ),
        202,
    )


@pytest.mark.parametrize("sender", ["", LEFT_OUT, " post@etaten.no "])
def test_senders_of_emails(owner, sender):
    order = changed(
        v1_order("Email", requestedSendTime="2031-06-01T10:00:00Z"), "emailTemplate.fromAddress", "x@y.no"
    )
    order = changed(order, "emailTemplate.fromAddress", sender)
    order_id = json_of(owner.ask("POST", "/orders", json=order), 202)["orderId"]
    read = json_of(owner.ask("GET", f"/orders/{order_id}"), 200)["emailTemplate"]["fromAddress"]
    assert read == ("post@etaten.no" if sender and sender is not LEFT_OUT else "noreply@example.no")


@pytest.mark.parametrize("endpoint", ["/orders", "/orders/email", "/orders/sms"])
def test_number_of_recipients_has_a_generous_limit(owner, endpoint):
    """Quirk X1: a hundred thousand recipients are enough."""
    body = {"subject": "x", "body": "x", "recipients": [{}] * 100_001}
    message = "The field Recipients must be a list with a maximum length of 100000."
    assert errors_of(owner.ask("POST", endpoint, json=body)) == {"Recipients": [message]}


@pytest.mark.parametrize(("recipient", "key"), [({}, "Recipients[999]"), ({"emailAddress": "x" * 600}, None)])
def test_problems_are_told_by_the_thousand(owner, recipient, key):
    body = v1_email(recipients=[recipient] * 5_000)
    errors = errors_of(owner.ask("POST", "/orders/email", json=body))
    assert len(errors) == 1_000
    assert key is None or key in errors


@pytest.mark.parametrize(
    ("build", "path", "length", "key"),
    [
        (v1_email, "subject", 8193, "Subject"),
        (v1_email, "body", 512 * 1024 + 1, "Body"),
        (v1_sms, "body", 64 * 1024 + 1, "Body"),
        (v1_sms, "sendersReference", 8193, "SendersReference"),
    ],
)
def test_texts_have_generous_limits(owner, build, path, length, key):
    """Quirk X1: texts beyond a limit are refused, and the message names the limit."""
    path_of = {v1_email: "/orders/email", v1_sms: "/orders/sms"}[build]
    (message,) = errors_of(owner.ask("POST", path_of, json=build() | {path: "x" * length})).pop(key)
    assert str(length - 1) in message
