"""Whether a telephone number can be sent an SMS, by the world's numbering plans in Google's metadata.

The metadata library is loaded by the first check, not by the import: most functions never check a number.
"""

import re
from functools import cache

from shared.domain.recipients.phone import e164

_NORWAY = 47  # Svalbard has the same code
_PLAIN_NORWEGIAN = re.compile(r"(?:\+|00)47([49][0-9]{7})")


def is_phone_number(text: str) -> bool:
    """Whether the text is a valid number with country code, and a mobile one if it is Norwegian.

    It must begin with a single `+` or with `00`; the parser accepts blanks, hyphens and an extension. A
    Norwegian number has eight digits beginning with 4 or 9, because an SMS to a landline is lost without a
    word. Of other countries any valid number passes, since many cannot tell mobiles from landlines.
    """
    if not text.startswith(("+", "00")) or text.startswith("++"):
        return False
    # Nearly every number is one of these, and the general check takes a hundred times as long.
    plain = _PLAIN_NORWEGIAN.fullmatch(text)
    if plain and _norwegian_mobile().fullmatch(plain[1]):
        return True
    import phonenumbers  # noqa: PLC0415

    international = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(international, None)
    except phonenumbers.NumberParseException:
        return False
    # what is dialled counts: the parser also reads texts that a gateway would be given only half of
    dialled = e164(text)
    if number.country_code == _NORWAY or dialled.startswith(f"+{_NORWAY}"):
        mobile = _PLAIN_NORWEGIAN.fullmatch(dialled)
        if mobile is None or number.country_code != _NORWAY or int(mobile[1]) != number.national_number:
            return False
    return bool(phonenumbers.is_valid_number(number))


@cache
def _norwegian_mobile() -> re.Pattern[str]:
    import phonenumbers  # noqa: PLC0415

    metadata = phonenumbers.PhoneMetadata.metadata_for_region("NO")
    pattern = metadata.mobile.national_number_pattern if metadata and metadata.mobile else None
    if pattern is None:
        raise LookupError("the metadata library has no Norwegian mobile numbers")
    return re.compile(pattern)
