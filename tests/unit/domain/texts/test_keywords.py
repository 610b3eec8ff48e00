"""Names and numbers in texts: no placeholder is ever read by anybody, no national id ever shown."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.order import (
    LONG_TEXT,
    Channel,
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.texts.keywords import (
    NAME,
    NUMBER,
    email_texts,
    has_long_email,
    is_personal,
    sms_text,
    wants_names,
)

NIN, ORG = "01017012345", "910000001"
PERSON, ORGANIZATION = Recipient(national_identity_number=NIN), Recipient(organization_number=ORG)


def order(text, to=ORGANIZATION, *, kind=OrderType.NOTIFICATION, content=EmailContentType.PLAIN):
    email, sms = EmailTemplate("from@x.no", text, text, content), SmsTemplate("Altinn", text)
    at = datetime(2031, 3, 3, tzinfo=UTC)
    return OrderRequest(kind, at, ChannelSchema.EMAIL_AND_SMS, (to,), email=email, sms=sms)


def test_organisation_is_named_and_numbered():
    text = sms_text(order("Til $recipientName$ ($recipientNumber$)"), 0, {0: "EKSEMPEL AS"})
    assert text == "Til EKSEMPEL AS (910000001)"


def test_number_of_a_person_is_empty():
    assert sms_text(order("[$recipientNumber$]", PERSON), 0, {0: "Nordmann Kari"}) == "[]"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hei $recipientName$!", "Hei!"),
        ("Hei $recipientName$, du har post", "Hei, du har post"),
        ("$recipientName$ har fått post", "har fått post"),
        ("Til:$recipientName$.", "Til:."),
        ("Hei\n$recipientName$\nhei", "Hei\n\nhei"),
        ("$recipientname$", "$recipientname$"),
    ],
)
def test_w14_a_missing_name_leaves_no_gap(written, read):
    assert sms_text(order(written), 0, {}) == read


def test_names_are_escaped_in_markup_only():
    html = order("$recipientName$", content=EmailContentType.HTML)
    assert email_texts(html, 0, {0: "Ola & <Kari>"}) == ("Ola & <Kari>", "Ola &amp; &lt;Kari&gt;")
    assert email_texts(order("$recipientName$"), 0, {0: "Ola & <Kari>"})[1] == "Ola & <Kari>"


def test_a_name_is_not_read_as_a_placeholder():
    assert sms_text(order("$recipientName$"), 0, {0: "$recipientNumber$"}) == "$recipientNumber$"


@pytest.mark.parametrize("kind", [OrderType.INSTANT, OrderType.COMPOSED])
def test_texts_for_one_reader_stay_as_they_are(kind):
    text = "Koden er $recipientNumber$"
    assert sms_text(order(text, kind=kind), 0, {}) == text


def test_names_are_wanted_only_where_a_text_has_one():
    assert wants_names(order("$recipientName$"), Channel.SMS)
    assert not wants_names(order("$recipientNumber$"), Channel.SMS)
    assert is_personal(order("$recipientNumber$"), Channel.EMAIL)
    assert not is_personal(order("hei"), Channel.EMAIL)


pieces = st.lists(st.sampled_from([NAME, NUMBER, "hei", " ", "\n", "$", "recipientName", ", "]), max_size=12)
names = st.none() | st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(pieces.map("".join), st.sampled_from([PERSON, ORGANIZATION, Recipient(email_address="a@x.no")]), names)
def test_no_placeholder_and_no_national_id_is_ever_read(text, to, name):
    found = {} if name is None else {0: name}
    asked = order(text, to)
    for read in (*email_texts(asked, 0, found), sms_text(asked, 0, found)):
        assert NIN not in read
        if name is not None:
            assert read == text.replace(NUMBER, to.organization_number or "").replace(NAME, name)
        if "$$" not in text and "$recipientName" not in text.replace(NAME, "").replace(NUMBER, ""):
            assert NAME not in read
            assert NUMBER not in read


def with_fields(text, content=EmailContentType.PLAIN, **fields):
    return order(text, Recipient(organization_number=ORG, fields=fields), content=content)


def test_values_are_escaped_in_markup_and_stay_in_one_line_of_a_subject():
    asked = with_fields("Til {{who}}", EmailContentType.HTML, who="<Ola>\r\n& Co")
    assert email_texts(asked, 0, {}) == ("Til <Ola> & Co", "Til &lt;Ola&gt;\r\n&amp; Co")
    assert sms_text(asked, 0, {}) == "Til <Ola>\r\n& Co"


def test_a_text_is_personal_if_it_uses_a_field():
    assert is_personal(with_fields("{{a}}", a=""), Channel.SMS)
    assert not is_personal(order("{{a}}"), Channel.SMS)
    assert not is_personal(with_fields("hei", a="1"), Channel.EMAIL)


def test_an_email_is_long_if_fields_make_it_so():
    assert not has_long_email(with_fields("{{a}}" * 60, a="x" * 1000))
    assert has_long_email(with_fields("{{a}}" * 70, a="x" * 1000))
    assert not has_long_email(with_fields("{{a}}" * 20, a="&" * 1000))
    assert has_long_email(with_fields("{{a}}" * 20, EmailContentType.HTML, a="&" * 1000))
    assert has_long_email(order("x" * (LONG_TEXT + 1)))
