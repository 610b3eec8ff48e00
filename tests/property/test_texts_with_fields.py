"""Fields in texts: every value arrives once and unread. Texts of orders without fields are not touched."""

import html
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.orders.order import (
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.texts.keywords import NAME, NUMBER, email_texts, sms_text
from shared.domain.texts.single_line import single_line

ORG = "910000001"
PLACES = ("{{a}}", "{{B}}", "{{long_name}}")
TRICKY = (*PLACES, NAME, NUMBER, "{{", "}}", "<b>", "&amp;", '"', "\n", "hei", " ", "\\1", "\\g<0>")
values = st.lists(st.sampled_from(TRICKY) | st.text(st.characters(exclude_characters="\0")), max_size=4)
fields = st.fixed_dictionaries(dict.fromkeys(("a", "b", "long_name"), values.map("".join)))
around = st.sampled_from([" ", "hei", "\n", "}", "<p>", "&", "å", ", "])
pieces = st.lists(around | st.sampled_from(PLACES), max_size=12)
names = st.none() | st.sampled_from(["Kari", "Ola & <Co>", NUMBER, "{{a}}"])


def order(text, given_fields, kind=OrderType.NOTIFICATION):
    email, sms = EmailTemplate("from@x.no", text, text, EmailContentType.HTML), SmsTemplate("Altinn", text)
    to = Recipient(organization_number=ORG, fields=given_fields)
    at = datetime(2031, 3, 3, tzinfo=UTC)
    return OrderRequest(kind, at, ChannelSchema.EMAIL_AND_SMS, (to,), email=email, sms=sms)


def put_in(written, given_fields, keywords, shown=str):
    """Return what the pieces of a text are together, each looked at alone."""
    known = {f"{{{{{name}}}}}": shown(value) for name, value in given_fields.items()} | keywords
    return "".join(known.get(piece.lower() if piece in PLACES else piece, piece) for piece in written)


@given(pieces, fields)
@example(["{{a}}", "{{B}}"], {"a": "{{b}}", "b": NAME, "long_name": ""})
def test_each_value_is_put_in_once_and_never_read(written, given_fields):
    asked = order("".join(written), given_fields)
    assert sms_text(asked, 0, {0: "Kari"}) == put_in(written, given_fields, {})
    subject, body = email_texts(asked, 0, {0: "Kari"})
    assert subject == put_in(written, given_fields, {}, single_line)
    assert body == put_in(written, given_fields, {}, html.escape)


@given(st.lists(around | st.sampled_from((*PLACES, NUMBER, NAME)), max_size=12), fields, names)
def test_keywords_beside_fields_are_filled_in_as_ever(written, given_fields, name):
    found = {} if name is None else {0: name}
    text = "".join(written)
    if name is not None:
        keywords = {NUMBER: ORG, NAME: name}
        assert sms_text(order(text, given_fields), 0, found) == put_in(written, given_fields, keywords)
    gaps = {"a": "\uf8ff", "b": "\uf8ff", "long_name": "\uf8ff"}  # one letter in place of each field
    plain = order(put_in(written, gaps, {}), None)
    assert sms_text(order(text, gaps), 0, found) == sms_text(plain, 0, found)


@given(st.lists(st.sampled_from((*PLACES, "{{", "}}", "{{ x }}", "hei")), max_size=9).map("".join), names)
def test_braces_are_text_in_an_order_without_fields(text, name):
    found = {} if name is None else {0: name}
    asked = order(text, None)
    assert (sms_text(asked, 0, found), *email_texts(asked, 0, found)) == (text, text, text)


@given(pieces, fields)
def test_an_email_with_files_has_fields_too_and_no_keywords(written, given_fields):
    composed = order("".join([*written, NAME]), given_fields, OrderType.COMPOSED)
    assert sms_text(composed, 0, {}) == put_in([*written, NAME], given_fields, {})


@given(pieces, fields, fields)
def test_each_recipient_gets_its_own(written, first, second):
    asked = order("".join(written), first)
    asked = replace(asked, recipients=(*asked.recipients, Recipient(fields=second)))
    assert sms_text(asked, 1, {}) == put_in(written, second, {})
    assert sms_text(asked, 0, {}) == put_in(written, first, {})
