"""How many parts a text takes as SMS, and in which alphabet it travels.

A message holds 160 septets of the GSM 7-bit alphabet; a longer text loses room to the header
that joins its parts.
Characters of the extension table take two septets. Any other character makes the whole text UCS-2, counted in
16-bit units, 70 to a message. Neither an escape pair nor a surrogate pair is split between two parts.
"""

from collections.abc import Iterable
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _EXTENDED
_FIRST_ASTRAL = 0x10000


class SmsEncoding(StrEnum):
    """The alphabet a text is sent in."""

    GSM7 = "gsm-7"
    UCS2 = "ucs-2"


def encoding_of(text: str) -> SmsEncoding:
    """Return the cheaper alphabet that can carry every character of the text."""
    return SmsEncoding.GSM7 if _GSM7.issuperset(text) else SmsEncoding.UCS2


def segment_count(text: str) -> int:
    """Return the number of message parts the text is charged as; an empty text is one part."""
    if encoding_of(text) is SmsEncoding.GSM7:
        wide = sum(map(text.count, _EXTENDED))
        return _parts(
            len(text), wide, single=160, part=153, widths=(2 if c in _EXTENDED else 1 for c in text)
        )
    wide = sum(ord(character) >= _FIRST_ASTRAL for character in text)
    widths = (2 if ord(character) >= _FIRST_ASTRAL else 1 for character in text)
    return _parts(len(text), wide, single=70, part=67, widths=widths)


def without_unsendable_characters(text: str) -> str:
    """Return the text without the control characters that XML, and so a gateway, cannot be given."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\r\t" or (c >= " " and c not in "\x7f\ufffe\uffff"))


def _parts(characters: int, wide: int, *, single: int, part: int, widths: Iterable[int]) -> int:
    if characters + wide <= single:
        return 1
    if wide == 0:
        return -(-characters // part)
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts
