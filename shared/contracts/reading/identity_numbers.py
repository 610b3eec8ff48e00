"""The form of the numbers that identify people and organisations; whether they exist is not checked."""

import re

_ELEVEN_DIGITS = re.compile(r"[0-9]{11}")
_NINE_DIGITS = re.compile(r"[0-9]{9}")

NATIONAL_IDENTITY_NUMBER_INVALID = "National identity number must be 11 digits long."
ORGANIZATION_NUMBER_INVALID = "Organization number must be 9 digits long."


def is_national_identity_number(text: str) -> bool:
    """Whether the text is 11 ASCII digits."""
    return _ELEVEN_DIGITS.fullmatch(text) is not None


def is_organization_number(text: str) -> bool:
    """Whether the text is 9 ASCII digits."""
    return _NINE_DIGITS.fullmatch(text) is not None
