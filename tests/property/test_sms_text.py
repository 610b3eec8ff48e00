"""The form of a text that is sent, and its parts against a model that really cuts the text."""

import unicodedata
from datetime import UTC, datetime, timedelta

from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.order import ChannelSchema, OrderRequest, OrderStatus, OrderType, SmsTemplate
from shared.domain.orders.shipment import ShipmentState
from shared.domain.texts.sms_text import SmsEncoding, as_sent, encoding_of, segment_count
from shared.providers.link_submit import compose_submission
from shared.services.sending.send_sms import compose_sms

EXTENDED = "\f^{}\\[~]|€"
GSM = st.text(st.sampled_from("abc æøåÆØÅ\n@£" + EXTENDED), max_size=700)
WIDE = st.text(st.sampled_from("aяæ€\U0001f514\U0001f9d1"), max_size=300)
ANY = st.one_of(GSM, WIDE, st.text(max_size=300))


def cut(text):
    """Cut a text the way a telephone puts it together again: no character across two parts."""
    gsm = encoding_of(text) is SmsEncoding.GSM7
    width = (lambda c: 2 if c in EXTENDED else 1) if gsm else (lambda c: len(c.encode("utf-16-le")) // 2)
    single, part = (160, 153) if gsm else (70, 67)
    if sum(map(width, text)) <= single:
        return [text]
    parts = [""]
    for character in text:
        if sum(map(width, parts[-1])) + width(character) > part:
            parts.append("")
        parts[-1] += character
    return parts


@given(ANY)
def test_the_count_is_that_of_the_cut_text(text):
    assert segment_count(text) == len(cut(text))


@given(ANY, ANY)
def test_a_longer_text_never_takes_fewer_parts(text, more):
    assert segment_count(text + more) >= segment_count(text)


@given(GSM)
def test_one_wide_character_never_makes_a_text_cheaper(text):
    assert segment_count(text + "я") >= segment_count(text)


INVISIBLE = (
    "\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\u034f\u061c\u180e\ufe0f\ufeff"
    "\U000e0001\U000e0067"
)
BLANKS = "\t\xa0\u2002\u2009\u200a\u202f\u205f\u3000"
BREAKS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
CONTROLS = "\0\x01\x08\x0e\x1b\x7f\x80\x9f"
ODD = st.text(
    st.one_of(
        st.sampled_from(INVISIBLE + BLANKS + BREAKS + CONTROLS + "\r\n\ud800\ufffe"),
        st.sampled_from("aåe\u030a\u0301\u0323яשא\u2764\U0001f468\u0645\u1100\u1161\u3164\u2126"),
        st.characters(),
    ),
    max_size=60,
)
SHORT = st.text(st.sampled_from("abc æøåÆØÅéöäñü@£$€[]\n" + " "), max_size=40)


@given(ODD)
def test_the_form_that_is_sent_is_sent_unchanged(text):
    sent = as_sent(text)
    assert as_sent(sent) == sent
    assert unicodedata.normalize("NFC", sent) == sent


@given(ODD)
def test_the_text_that_is_counted_is_the_one_that_the_gateway_reads(text):
    at = datetime(2031, 3, 3, tzinfo=UTC)
    template = SmsTemplate("Altinn", text)
    order = OrderRequest(OrderType.INSTANT, at, ChannelSchema.SMS, (), sms=template)
    size = closed_shipment("id", order, ShipmentState(OrderStatus.COMPLETED, at, "key")).sms_template
    document = compose_submission("me", "pw", [compose_sms(template, "+4790000001", timedelta(hours=1))])
    message = fromstring(document).find("MSGLST/MSG")
    read = message.findtext("TEXT") or ""
    if message.findtext("OP") == "9":
        read = bytes.fromhex(read).decode("utf-16-be")
    assert read == as_sent(text)
    assert (size.characters, size.parts) == (len(read), segment_count(read))


@given(st.lists(st.tuples(SHORT, st.sampled_from(INVISIBLE + CONTROLS))))
def test_what_nobody_sees_never_decides_the_alphabet(parts):
    text = "".join(shown + hidden for shown, hidden in parts)
    assert as_sent(text) == "".join(shown for shown, _ in parts)


@given(SHORT, st.sampled_from(BLANKS), st.sampled_from(BREAKS))
def test_odd_blanks_and_breaks_travel_as_plain_ones(text, blank, line_break):
    assert as_sent(text.replace(" ", blank).replace("\n", line_break)) == text


@given(SHORT, st.sampled_from(INVISIBLE))
def test_letters_written_in_parts_travel_in_one(text, hidden):
    assert as_sent(unicodedata.normalize("NFD", text)) == text
    assert as_sent(unicodedata.normalize("NFD", text).replace("\u030a", hidden + "\u030a")) == text


@given(ODD, ODD, st.sampled_from(BREAKS + BLANKS))
def test_words_are_never_glued(one, other, separator):
    between = as_sent(f"{one}x{separator}y{other}").partition("x")[2].rpartition("y")[0]
    assert any(separator in between for separator in " \n")
