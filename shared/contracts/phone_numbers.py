"""Whether a telephone number exists in the world's numbering plans, by Google's metadata.

The metadata library is loaded by the first check, not by the import: most functions never check a number.
"""


def is_phone_number(text: str) -> bool:
    """Whether the text is a valid number with country code.

    It must begin with a single `+` or with `00`. Any valid number passes, landlines included, and the parser
    forgives blanks, hyphens and an extension.
    """
    if not text.startswith(("+", "00")) or text.startswith("++"):
        return False
    import phonenumbers  # noqa: PLC0415

    international = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(international, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))
