"""Counting parts against a model that really cuts the text."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.sms_text import SmsEncoding, encoding_of, segment_count

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
