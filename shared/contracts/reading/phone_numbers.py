"""Whether a telephone number can be sent an SMS, by the world's numbering plans in Google's metadata.

The metadata library is loaded by the first check that needs it, not by the import: most functions never check
a number, and a plain Norwegian one is checked without it.
"""

import re
from functools import cache, lru_cache

from shared.domain.recipients.phone import e164

type _Form = tuple[frozenset[int], re.Pattern[str]]  # lengths of the national number, and its digits

_NORWAY = 47  # Svalbard has the same code
_PLAIN_NORWEGIAN = re.compile(r"(?:\+|00)47([49][0-9]{7})")
NORWEGIAN_MOBILE = re.compile(r"45(?:[0-24-9]\d|3[0-57-9])\d{4}|(?:4[016-8]|9\d)\d{6}", re.ASCII)
_PLAIN = re.compile(r"(?:\+|00)([1-9][0-9]{6,16})")
LONGEST_TEXT = 64  # what people type around the digits; the library takes its time over longer ones
MOST_DIGITS = 18  # with the country code; no numbering plan has longer ones
_CALLING_CODE_DIGITS = (1, 2, 3)
_REMEMBERED = 4096


def is_phone_number(text: str) -> bool:
    """Whether the text is a valid number with country code, and a mobile one if it is Norwegian.

    It must begin with a single `+` or with `00`; the parser accepts blanks, hyphens and an extension. A
    Norwegian number has eight digits beginning with 4 or 9, because an SMS to a landline is lost without a
    word. Of other countries any valid number passes, since many cannot tell mobiles from landlines.
    """
    if not text.startswith(("+", "00")) or text.startswith("++") or len(text) > LONGEST_TEXT:
        return False
    # Nearly every number is one of these, and the general check takes a hundred times as long.
    plain = _PLAIN_NORWEGIAN.fullmatch(text)
    if plain and NORWEGIAN_MOBILE.fullmatch(plain[1]):
        return True
    return is_usual(text) or _is_in_a_numbering_plan(text)


def is_usual(text: str) -> bool:
    """Whether the text is plain digits, and in the main country of its code a landline or a mobile.

    The library accepts every such number, but takes fifty times as long.
    """
    plain = _PLAIN.fullmatch(text)
    digits = plain[1] if plain else ""
    for length in _CALLING_CODE_DIGITS:
        plan = _numbering_plan(int(digits[:length] or "0"))
        if plan is not None:
            general, *kinds = plan
            national = digits[length:]
            return _has_form(national, general) and any(_has_form(national, kind) for kind in kinds)
    return False


@cache
def _numbering_plan(calling_code: int) -> tuple[_Form, ...] | None:
    """Return the forms of all numbers, landlines and mobiles of a code's main country; None if unknown."""
    import phonenumbers  # noqa: PLC0415

    region, *_ = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(calling_code, (None,))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region) if region else None
    if metadata is None or metadata.leading_digits or calling_code == _NORWAY:
        return None
    described = (metadata.general_desc, metadata.fixed_line, metadata.mobile)
    return tuple(
        (frozenset(form.possible_length), re.compile(form.national_number_pattern))
        for form in described
        if form and form.national_number_pattern
    )


def _has_form(national: str, form: _Form) -> bool:
    lengths, digits = form
    return len(national) in lengths and digits.fullmatch(national) is not None


@lru_cache(maxsize=_REMEMBERED)
def _is_in_a_numbering_plan(text: str) -> bool:
    import phonenumbers  # noqa: PLC0415

    # what is dialled counts: the parser also reads texts that a gateway would be given only half of
    dialled = e164(text)
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    is_known = any(int(dialled[1 : 1 + n] or "0") in codes for n in _CALLING_CODE_DIGITS)
    if not is_known or len(dialled) > 1 + MOST_DIGITS:
        return False
    international = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(international, None)
    except phonenumbers.NumberParseException:
        return False
    if number.country_code == _NORWAY or dialled.startswith(f"+{_NORWAY}"):
        mobile = _PLAIN_NORWEGIAN.fullmatch(dialled)
        if mobile is None or number.country_code != _NORWAY or int(mobile[1]) != number.national_number:
            return False
    return bool(phonenumbers.is_valid_number(number))
