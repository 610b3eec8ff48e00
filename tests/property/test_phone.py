"""Telephone numbers against the metadata library itself."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.phone_numbers import is_phone_number
from shared.domain.phone import e164, normalize_register_number

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


def library_says(text):
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        return False


@given(WRITTEN, EXTENSIONS, st.booleans())
def test_valid_numbers_of_every_region_pass_and_are_sent_as_the_library_writes_them(number, extension, zeros):
    text = ("00" + number[1:] if zeros else number) + extension
    assert is_phone_number(text)
    expected = phonenumbers.format_number(
        phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.E164
    )
    assert e164(text) == expected


@given(st.from_regex(r"\A\+47[0-9]{6,9}\Z"))
def test_the_short_cut_for_norwegian_numbers_agrees_with_the_library(text):
    assert is_phone_number(text) is library_says(text)
    assert is_phone_number("00" + text[1:]) is library_says(text)


@given(st.text(max_size=40))
def test_any_text_is_answered(text):
    if is_phone_number(text):
        assert text.startswith(("+", "00"))
        assert not text.startswith("++")


@given(st.from_regex(r"\A(\+|00)?[0-9]{0,15}\Z"))
def test_normalising_only_ever_changes_the_front(number):
    once = normalize_register_number(number)
    assert once == number or (once.startswith("+") and once.endswith(number.removeprefix("00")))
