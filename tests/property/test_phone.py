"""Telephone numbers against the metadata library itself."""

import re

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.reading import phone_numbers
from shared.contracts.reading.phone_numbers import is_phone_number, is_usual
from shared.domain.recipients.phone import e164, normalize_register_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EXAMPLES = [
    number
    for region in REGIONS
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
]
WRITTEN = st.builds(
    phonenumbers.format_number,
    st.sampled_from(EXAMPLES),
    st.sampled_from([phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL]),
)
EXTENSIONS = st.sampled_from(["", " ext 5", " ext. 12", ";ext=5", " x5", "#5", " "])


NORWEGIAN_MOBILE = re.compile(r"\+47[49][0-9]{7}")


def as_the_library_writes(text):
    """Return the E.164 form of a valid number, None for any other text."""
    try:
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_expected(text):
    written = as_the_library_writes(text)
    return written is not None and (not written.startswith("+47") or NORWEGIAN_MOBILE.fullmatch(written))


@given(WRITTEN, EXTENSIONS, st.booleans())
def test_valid_numbers_of_every_region_pass_and_are_sent_as_the_library_writes_them(number, extension, zeros):
    text = ("00" + number[1:] if zeros else number) + extension
    assert is_phone_number(text) is bool(is_expected(number))
    assert e164(text) == as_the_library_writes(number)


@given(st.from_regex(r"\A\+47[0-9]{4,12}\Z"))
def test_of_norwegian_numbers_only_mobiles_pass(text):
    assert is_phone_number(text) is bool(is_expected(text))
    assert is_phone_number("00" + text[1:]) is bool(is_expected(text))


NORWEGIAN = ["90000001", "41234567", "22334455", "79012345", "80012345", "02017", "580012345678"]
BETWEEN = st.text(st.sampled_from(" -().~/xX#;*\u00a0\u2011\uff08"), max_size=2)


@given(st.sampled_from(NORWEGIAN), st.sampled_from(["+47", "0047", "+\uff14\uff17", "+47(0)"]), st.data())
def test_a_norwegian_number_however_written_is_sent_to_the_mobile_that_was_checked(digits, code, data):
    text = code + "".join(data.draw(BETWEEN) + digit for digit in digits) + data.draw(BETWEEN)
    if is_phone_number(text):
        assert NORWEGIAN_MOBILE.fullmatch(e164(text))
        assert e164(text) == as_the_library_writes(text)


@given(st.text(max_size=40))
def test_any_text_is_answered(text):
    if is_phone_number(text):
        assert text.startswith(("+", "00"))
        assert not text.startswith("++")


@given(st.from_regex(r"\A(\+|00)?[0-9]{0,15}\Z"))
def test_normalising_only_ever_changes_the_front(number):
    once = normalize_register_number(number)
    assert once == number or (once.startswith("+") and once.endswith(number.removeprefix("00")))


@given(st.sampled_from(EXAMPLES), st.lists(st.tuples(st.integers(0, 11), st.sampled_from("0123456789"))))
def test_the_quick_check_accepts_only_what_the_library_accepts(example, changes):
    digits = list(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
    for position, digit in changes:
        digits[1 + position % (len(digits) - 1)] = digit
    text = "".join(digits)
    if is_usual(text):
        assert as_the_library_writes(text) == text


def test_the_norwegian_rule_is_that_of_the_library():
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("NO")
    assert phone_numbers.NORWEGIAN_MOBILE.pattern == metadata.mobile.national_number_pattern


def test_most_numbers_are_checked_without_parsing_them(monkeypatch):
    monkeypatch.setattr(phonenumbers, "parse", None)
    for number in EXAMPLES:
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if number.country_code in (1, 44, 45, 46, 49, 358) and is_usual(text):
            assert is_phone_number(text)
    for text in ("+4790000001", "004790000001", "+" + "1 " * 200, "+49 " + "1" * 61, "+999123456789"):
        assert is_phone_number(text) is (len(text) < 14 and "47" in text)
