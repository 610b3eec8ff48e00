"""Whether a telephone number exists in the world's numbering plans, by Google's metadata.

The metadata library is loaded by the first check, not by the import: most functions never check a number.
"""

import re
from functools import cache

_PLAIN_NORWEGIAN = re.compile(r"(?:\+|00)47([49][0-9]{7})")


def is_phone_number(text: str) -> bool:
    """Whether the text is a valid number with country code.

    It must begin with a single `+` or with `00`. Any valid number passes, landlines included, and the parser
    forgives blanks, hyphens and an extension.
    """
    if not text.startswith(("+", "00")) or text.startswith("++"):
        return False
    # Nearly every number is one of these, and the general way takes a hundred times as long.
    plain = _PLAIN_NORWEGIAN.fullmatch(text)
    if plain and _norwegian_mobile().fullmatch(plain[1]):
        return True
    import phonenumbers  # noqa: PLC0415

    international = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(international, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))


@cache
def _norwegian_mobile() -> re.Pattern[str]:
    import phonenumbers  # noqa: PLC0415

    metadata = phonenumbers.PhoneMetadata.metadata_for_region("NO")
    pattern = metadata.mobile.national_number_pattern if metadata and metadata.mobile else None
    if pattern is None:
        msg = "the metadata library knows no Norwegian mobile numbers"
        raise LookupError(msg)
    return re.compile(pattern)
