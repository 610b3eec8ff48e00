"""What .NET's `Guid.TryParse` reads, which decides whether a path fits a route with `{id:guid}`.

It accepts more than a UUID parser does: white space around the text, braces or parentheses, no hyphens, or
every number on its own, `{0x…,0x…,0x…,{0x…,…}}`.
"""

import re

# White space of .NET's Char.IsWhiteSpace; str.strip() would remove four more control characters.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_NO_WHITE_SPACE = str.maketrans("", "", WHITE_SPACE)
_DIGITS = re.compile("[0-9a-f]{32}", re.IGNORECASE)
_HYPHENATED_LENGTH = 36
_HYPHENS = (8, 13, 18, 23)
# These parts of a hyphenated GUID may begin with a plus sign and 0x, which count as digits; the last may not.
_LOOSE_PARTS = ((0, 8), (9, 13), (14, 18), (19, 23), (24, 28))
_LOOSE_PART = re.compile(r"\+?(?:0x)?[0-9a-f]*", re.IGNORECASE)
_LAST_DIGITS = re.compile("[0-9a-f]{8}", re.IGNORECASE)
_NUMBER = r"0x(?=[^,{}])\+?(?:0x)?0*[0-9a-f]{0,8}"
_BYTE = r"0x(?=[^,{}])\+?(?:0x)?0*[0-9a-f]{0,2}"
_NUMBERS = re.compile(rf"\{{(?:{_NUMBER},){{3}}\{{(?:{_BYTE},){{7}}{_BYTE}\}}\}}", re.IGNORECASE)


def is_guid(text: str) -> bool:
    """Whether .NET reads the text as a GUID."""
    trimmed = text.strip(WHITE_SPACE)
    hyphenated = "-" in trimmed
    match trimmed[:1], trimmed[-1:]:
        case ("{", "}") if not hyphenated:
            return _NUMBERS.fullmatch(trimmed.translate(_NO_WHITE_SPACE)) is not None
        case ("{", "}") | ("(", ")"):
            return _is_hyphenated(trimmed[1:-1])
        case _ if hyphenated:
            return _is_hyphenated(trimmed)
        case _:
            return _DIGITS.fullmatch(trimmed) is not None


def _is_hyphenated(text: str) -> bool:
    return (
        len(text) == _HYPHENATED_LENGTH
        and all(text[at] == "-" for at in _HYPHENS)
        and all(_LOOSE_PART.fullmatch(text, *part) for part in _LOOSE_PARTS)
        and _LAST_DIGITS.fullmatch(text, 28) is not None
    )
