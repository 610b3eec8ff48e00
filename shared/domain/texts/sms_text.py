"""How a text travels as SMS: in which form, in which alphabet, in how many parts.

Invisible differences do not make a text dearer: letters are composed, blanks of any width become plain ones,
and invisible characters are removed unless a text that is UCS-2 anyway needs them, such as joiners inside an
emoji. A message holds 160 septets of the GSM 7-bit alphabet; a longer text loses room to the header that
joins its parts. Characters of the extension table take two septets. Any other character makes the whole text
UCS-2, counted in 16-bit units, 70 to a message. Neither an escape pair nor a surrogate pair is split between
two parts.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _EXTENDED
_UNCHANGED = _GSM7 - {"\f"}  # XML, and so a gateway, cannot be given a form feed
_FIRST_ASTRAL = 0x10000
# Patterns are compiled when a text first needs them, because most processes never see one that does.
_LINE_BREAKS = "[\v\f\x1c-\x1e\x85\u2028\u2029]"
_BLANKS = "[\t\x1f\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]"
# control characters, soft hyphens, blanks and joiners of no width, byte order marks, what is no character
_NEVER_SENT = (
    "[\0-\b\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u2060-\u2064\u206a-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\ufffe\uffff]"
)
# joiners, marks of direction, selectors of a variant: they shape letters and emojis that are UCS-2 already
_SHAPING = (
    "[\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2065-\u2069\ufe00-\ufe0f"
    "\U000e0000-\U000e0fff]"
)
_FILLERS = "[\u115f\u1160\u3164\uffa0]"  # of Korean, where they stand for a missing letter


class SmsEncoding(StrEnum):
    """The alphabet a text is sent in."""

    GSM7 = "gsm-7"
    UCS2 = "ucs-2"


def encoding_of(text: str) -> SmsEncoding:
    """Return the cheaper alphabet that can carry every character of the text."""
    return SmsEncoding.GSM7 if _GSM7.issuperset(text) else SmsEncoding.UCS2


def outside_gsm7(text: str) -> frozenset[str]:
    """Return the characters that force a text out of the GSM 7-bit alphabet; none if nothing does."""
    return frozenset(text) - _GSM7


def unit_count(text: str) -> int:
    """Return the length that counts: septets of GSM 7-bit, else 16-bit units."""
    return len(text) + _wide_count(text)


def segment_count(text: str) -> int:
    """Return the number of message parts the text is charged as; an empty text is one part."""
    wide = _wide_count(text)
    if encoding_of(text) is SmsEncoding.GSM7:
        return _parts(
            len(text), wide, single=160, part=153, widths=(2 if c in _EXTENDED else 1 for c in text)
        )
    widths = (2 if ord(character) >= _FIRST_ASTRAL else 1 for character in text)
    return _parts(len(text), wide, single=70, part=67, widths=widths)


def as_sent(text: str) -> str:
    """Return the text that a gateway is given and that is charged."""
    if _UNCHANGED.issuperset(text):
        return text
    text = re.sub(_BLANKS, " ", re.sub(_LINE_BREAKS, "\n", text))
    text = unicodedata.normalize("NFC", re.sub(_NEVER_SENT, "", text))
    shown = re.sub(_SHAPING, "", re.sub(_FILLERS, " ", text))
    shown = unicodedata.normalize("NFC", shown)
    return shown if encoding_of(shown) is SmsEncoding.GSM7 else text


def _wide_count(text: str) -> int:
    """Return how many characters take two places."""
    if encoding_of(text) is SmsEncoding.GSM7:
        return sum(map(text.count, _EXTENDED))
    return sum(ord(character) >= _FIRST_ASTRAL for character in text)


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
