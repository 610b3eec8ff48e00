"""How a text travels as SMS: its encoding, what forces it, and in how many parts (3GPP TS 23.038, 23.040)."""

from dataclasses import dataclass
from typing import Any

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"  # each takes two places
_ONE_PART = {True: 160, False: 70}
_EACH_PART = {True: 153, False: 67}


@dataclass(frozen=True, slots=True)
class SmsSize:
    """`forcing` is the first character outside the GSM alphabet, None when there is none."""

    encoding: str
    parts: int
    places: int
    forcing: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the size as the outbox shows it."""
        code = None if self.forcing is None else f"U+{ord(self.forcing):04X}"
        return {
            "encoding": self.encoding,
            "parts": self.parts,
            "places": self.places,
            "forcing": self.forcing,
            "forcingCode": code,
        }


def size_of(text: str) -> SmsSize:
    """Return how a text is sent."""
    forcing = next((character for character in text if character not in _BASIC + _EXTENDED), None)
    widths = [_width(character, is_gsm=forcing is None) for character in text]
    parts = 1 if sum(widths) <= _ONE_PART[forcing is None] else _count(widths, _EACH_PART[forcing is None])
    return SmsSize("GSM-7" if forcing is None else "UCS-2", parts, sum(widths), forcing)


def _width(character: str, *, is_gsm: bool) -> int:
    return 1 + (character in _EXTENDED) if is_gsm else 1 + (ord(character) > 0xFFFF)


def _count(widths: list[int], room: int) -> int:
    """Fill part after part; what takes two places is not divided."""
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
