"""The written forms of a telephone number.

Numbers arrive as people type them and as registers store them. Whether a number exists in a numbering plan is
checked in `contracts`, because that takes a metadata library.
"""

import re

_NATIONAL_MOBILE_LENGTH = 8
_NATIONAL_MOBILE_FIRST_DIGITS = ("4", "9")
# What the metadata library reads as "an extension follows"; nothing after it is part of the dialled number.
_EXTENSION = re.compile(r"[;,#~;,#~]|e?xt|доб|anexo|\bint\b|[x×х]", re.IGNORECASE)  # noqa: RUF001


def normalize_register_number(number: str) -> str:
    """Return a register's number with a country code where the form allows only one reading.

    `00…` becomes `+…`; eight characters beginning with 4 or 9 are a Norwegian mobile and get `+47`; anything
    else, the empty string included, is returned unchanged.
    """
    if number.startswith("00"):
        return "+" + number[2:]
    if len(number) == _NATIONAL_MOBILE_LENGTH and number.startswith(_NATIONAL_MOBILE_FIRST_DIGITS):
        return "+47" + number
    return number


def e164(number: str) -> str:
    """Return the form a gateway is given: a plus and ASCII digits, without blanks, punctuation or extension.

    Meant for numbers that were accepted before, which begin with `+` or `00` and may hold what a lenient
    parser drops. A trunk zero written as `(0)` is dropped too: it is never dialled after a country code.
    """
    international = number.removeprefix("00")
    dialled = _EXTENSION.split(international, maxsplit=1)[0].replace("(0)", "")
    return "+" + "".join(str(int(character)) for character in dialled if character.isdecimal())
