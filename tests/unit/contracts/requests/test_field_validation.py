"""Fields of recipients in all requests: what is read, and every rule with its key and text."""

import json

import pytest

from shared.contracts.reading import limits
from shared.contracts.requests.chain_request import read_order_chain
from shared.contracts.requests.composed_request import read_composed_email
from shared.contracts.requests.field_validation import NAME_RULE
from shared.contracts.requests.v1_request import read_v1_email_order, read_v1_order, read_v1_sms_order
from tests.support.request_bodies import (
    COMPOSED_ORDER,
    RECIPIENT_EMAIL,
    RECIPIENT_EXTERNAL,
    RECIPIENT_ORGANIZATION,
    RECIPIENT_PERSON,
    RECIPIENT_SMS,
    V1_EMAIL_ORDER,
    V1_ORDER,
    V1_SMS_ORDER,
    chain,
    changed,
    errors,
    person,
    read,
    reminder,
)

FIELDS = {"Case": "17", "day": "1 June"}
TEXT = "Case {{case}} before {{DAY}}, {{case}}"
STRAY = (
    "The braces at character {} begin no field. "
    "A field is written {{{{name}}}}; braces to be read as such are given as a field's value."
)


def missing(name):
    return f"The field '{name}' is missing: a text uses it."


def unused(name):
    return f"The field '{name}' is used in no text that this recipient may get."


def with_text(document, text=TEXT):
    """Return a document or part of one with another text in all of its subjects and bodies."""
    if isinstance(document, list):
        return [with_text(item, text) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        name: text if name in ("subject", "body") else with_text(value, text)
        for name, value in document.items()
    }


def with_fields(recipient, fields=FIELDS):
    """Return a recipient of version 2 with fields beside its texts."""
    return {name: {**member, "fields": fields} for name, member in recipient.items()}


def v1(document, *fields):
    """Return an order of version 1 whose recipients have these fields in turn, None for none."""
    first, added = document["recipients"][0], [{} if some is None else {"fields": some} for some in fields]
    return with_text(document) | {"recipients": [first | members for members in added]}


def to_sms(text, fields=FIELDS):
    return chain(with_fields(with_text(RECIPIENT_SMS, text), fields))


FORMS = [RECIPIENT_EMAIL, RECIPIENT_SMS, RECIPIENT_PERSON, RECIPIENT_ORGANIZATION, RECIPIENT_EXTERNAL]
STORED = {"case": "17", "day": "1 June"}


@pytest.mark.parametrize("recipient", FORMS)
def test_every_recipient_of_version_2_may_have_fields_a_reminder_its_own(recipient):
    later = with_fields(with_text(RECIPIENT_SMS), {"case": "18", "day": ""})
    order = chain(with_fields(with_text(recipient)), reminders=[reminder(later, delayDays=1)])
    placed = read(read_order_chain, order)
    assert placed.main.recipients[0].fields == STORED
    assert placed.main.has_fields
    assert placed.reminders[0].recipients[0].fields == {"case": "18", "day": ""}


def test_an_email_with_files_may_have_fields():
    order = with_text(COMPOSED_ORDER)
    order["recipient"]["fields"] = FIELDS
    assert read(read_composed_email, order).main.recipients[0].fields == STORED


@pytest.mark.parametrize(
    ("reader", "document"),
    [(read_v1_order, V1_ORDER), (read_v1_email_order, V1_EMAIL_ORDER), (read_v1_sms_order, V1_SMS_ORDER)],
)
def test_every_recipient_of_version_1_may_have_fields(reader, document):
    placed = read(reader, v1(document, FIELDS, {"case": "", "DAY": "2"}))
    assert [to.fields for to in placed.main.recipients] == [STORED, {"case": "", "day": "2"}]


@pytest.mark.parametrize("text", ["Hei {{name}}", "{{", "{{ a }}", "{{{x}}}"])
def test_without_fields_braces_are_text(text):
    assert read(read_order_chain, chain(with_text(RECIPIENT_SMS, text))).main.sms.body == text
    assert (
        read(read_order_chain, chain(with_fields(with_text(RECIPIENT_SMS, text), None))).main.sms.body == text
    )
    assert read(read_v1_sms_order, with_text(V1_SMS_ORDER, text)).main.sms.body == text


def test_no_fields_are_kept_where_no_text_uses_any():
    assert not read(read_order_chain, to_sms("Hei", {})).main.has_fields


SMS = "Recipient.RecipientSms"
PERSON = "Recipient.RecipientPerson"
LONGEST = "x" * limits.FIELD_BYTES
NAMES = [f"n{number}" for number in range(limits.FIELDS)]
EACH = dict.fromkeys(NAMES, "x")
USE_EACH = "".join(f"{{{{{name}}}}}" for name in NAMES)
RULES = [
    (to_sms("{{a}} {{b}}", {"a": ""}), {f"{SMS}.Fields": [missing("b")]}),
    (to_sms("{{a}}", {}), {f"{SMS}.Fields": [missing("a")]}),
    (to_sms("{{a}}", {"a": "1", "B": "2", "c": ""}), {f"{SMS}.Fields": [unused("b"), unused("c")]}),
    (to_sms("{{a}}", {"a": "1", "b c": "2"}), {f"{SMS}.Fields": [NAME_RULE]}),
    (to_sms("{{a}} {{ b }}", {"a": "1", "b": "2"}), {f"{SMS}.Settings.Body": [STRAY.format(7)]}),
    (to_sms("{{a}} {{b", {"b": "1"}), {f"{SMS}.Settings.Body": [STRAY.format(7)]}),
    (
        to_sms("{{a}}", {"a": LONGEST[:-1] + "å"}),
        {f"{SMS}.Fields": ["The field 'a' must not have more than 1024 bytes in UTF-8."]},
    ),
    (
        to_sms(USE_EACH + "{{more}}", EACH | {"more": "x"}),
        {f"{SMS}.Fields": ["At most 50 fields are allowed."]},
    ),
    (
        to_sms("{{a}}\n {{b}}", {"a": " ", "b": ""}),
        {f"{SMS}.Fields": ["With these fields nothing is left of Settings.Body."]},
    ),
    (
        to_sms("{{a}}" * 64, {"a": LONGEST}) | {"sendersReference": "fits"},
        None,
    ),
    (
        to_sms("{{a}}" * 64 + "x", {"a": LONGEST}),
        {f"{SMS}.Fields": ["With these fields Settings.Body has more than 65536 characters."]},
    ),
    (
        chain(with_fields(with_text(person(channelSchema="Email"), "{{a}}"), {"a": "1", "b": "2"})),
        {f"{PERSON}.Fields": [unused("b")]},
    ),
    (
        chain(
            with_fields(
                person(
                    channelSchema="Email",
                    emailSettings={"subject": "{{a}}", "body": "hei"},
                    smsSettings={"body": "{{b}} {{"},
                ),
                {"a": "1", "b": "2"},
            )
        ),
        {f"{PERSON}.Fields": [unused("b")]},
    ),
    (
        chain(with_fields(person(emailSettings={"subject": "{{a}}", "body": "hei"}), {"a": "1"})),
        None,
    ),
    (
        chain(reminders=[reminder(with_fields(with_text(RECIPIENT_SMS)), delayDays=1)])
        | {"recipient": with_fields(with_text(RECIPIENT_EMAIL, "{{x}}"), {"x": ""})},
        {
            "Recipient.RecipientEmail.Fields": [
                "With these fields nothing is left of Settings.Subject.",
                "With these fields nothing is left of Settings.Body.",
            ]
        },
    ),
    (
        chain(reminders=[reminder(with_fields(with_text(RECIPIENT_SMS), {"case": "1"}), delayDays=1)]),
        {"Reminders[0].Recipient.RecipientSms.Fields": [missing("day")]},
    ),
]


@pytest.mark.parametrize(("document", "expected"), RULES)
def test_rules_of_version_2(document, expected):
    if expected is None:
        assert read(read_order_chain, document).main.has_fields
    else:
        assert errors(read_order_chain, document) == expected


def test_values_count_as_they_are_shown():
    text = "{{a}}" * 100
    html = {"subject": "hei", "body": text, "contentType": "Html"}
    recipient = {"recipientEmail": {"emailAddress": "kari@example.no", "emailSettings": html}}
    assert read(read_order_chain, chain(with_fields(recipient, {"a": "x" * 1024}))).main.has_fields
    told = errors(read_order_chain, chain(with_fields(recipient, {"a": '"' * 1024})))
    assert told == {
        "Recipient.RecipientEmail.Fields": [
            "With these fields Settings.Body has more than 524288 characters."
        ]
    }


def test_every_rule_of_an_email_with_files_is_told_under_its_recipient():
    order = changed(with_text(COMPOSED_ORDER), "recipient.emailSettings.subject", "{{}}")
    order["recipient"]["fields"] = {"case": "17"}
    assert errors(read_composed_email, order) == {
        "Recipient.Settings.Subject": [STRAY.format(1)],
        "Recipient.Fields": [missing("day")],
    }


def test_if_one_recipient_of_version_1_has_fields_all_need_them():
    assert errors(read_v1_order, v1(V1_ORDER, FIELDS, None, {"case": "1", "day": "2", "x": "3"})) == {
        "Recipients[1].Fields": [missing("case"), missing("day")],
        "Recipients[2].Fields": [unused("x")],
    }


@pytest.mark.parametrize(
    ("reader", "document", "key"),
    [
        (read_v1_order, V1_ORDER, "EmailTemplate.Body"),
        (read_v1_email_order, V1_EMAIL_ORDER, "Body"),
        (read_v1_sms_order, V1_SMS_ORDER, "Body"),
    ],
)
def test_stray_braces_of_version_1_are_told_once(reader, document, key):
    path = "emailTemplate.body" if document is V1_ORDER else "body"
    order = changed(v1(document, FIELDS, FIELDS), path, "{{case}} {{day}} {{")
    assert errors(reader, order) == {key: [STRAY.format(18)]}


def test_texts_of_a_channel_that_is_not_used_are_not_read():
    order = changed(v1(V1_ORDER, FIELDS), "notificationChannel", "Email")
    order = changed(order, "smsTemplate.body", "{{other}} {{")
    assert read(read_v1_order, order).main.has_fields


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("x", "an object with a string for each field, found a string"),
        ([], "an object with a string for each field, found a list"),
        ({"day": 1}, "an object with a string for 'day', found an object"),
        ({"day": None}, "an object with a string for 'day', found an object"),
        ({"no name": {}}, "an object with a string for each field, found an object"),
        ({"day": "\0"}, "an object with a string for 'day', found an object"),
    ],
)
def test_other_json_than_an_object_of_strings_cannot_be_read(fields, expected):
    key = "$.recipient.recipientSms.fields"
    told = errors(read_order_chain, to_sms(TEXT, fields))[key]
    assert told == [f"The JSON value could not be converted. Path: {key}. Expected {expected}."]


def test_the_last_value_counts_of_names_that_differ_in_case_only():
    body = json.dumps(to_sms("{{a}}", {"a": "1"})).replace('{"a": "1"}', '{"a": "1", "A": "2"}').encode()
    assert read(read_order_chain, body).main.recipients[0].fields == {"a": "2"}


def test_no_more_is_told_than_of_other_rules():
    told = errors(read_v1_sms_order, v1(V1_SMS_ORDER, *[{"case": "1"}] * 2000))
    assert sum(map(len, told.values())) == limits.REPORTED_PROBLEMS
