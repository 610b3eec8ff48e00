"""What a text costs as SMS, and which of its characters make it dearer."""

from dataclasses import dataclass

from shared.domain.texts.sms_text import (
    SmsEncoding,
    encoding_of,
    outside_gsm7,
    segment_count,
    unit_count,
)

# A gateway of LINK Mobility joins 16 parts of 134 octets, and cuts what is longer.
_SENT_WHOLE = {SmsEncoding.GSM7: 2144, SmsEncoding.UCS2: 1072}
_MOST_CHARACTERS = 20
_MOST_POSITIONS = 10


@dataclass(frozen=True, slots=True)
class ForcingCharacter:
    """A character that GSM 7-bit lacks; `positions` are its first ones in the text, from 1."""

    character: str
    count: int
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SmsSize:
    """How a text travels; `units` are septets or 16-bit units.

    `forcing` are the characters because of which it is not in GSM 7-bit, the first twenty by place.
    `parts_without` is how many parts there would be with a letter of GSM 7-bit in the place of each.
    """

    encoding: SmsEncoding
    units: int
    parts: int
    parts_without: int
    forcing: tuple[ForcingCharacter, ...]


def is_sent_whole(text: str) -> bool:
    """Whether the gateway sends the end of a text, too; it is given as the gateway gets it."""
    return unit_count(text) <= _SENT_WHOLE[encoding_of(text)]


def size_of(text: str) -> SmsSize:
    """Return the size of a text in the form in which a gateway is given it."""
    outside = outside_gsm7(text)
    places: dict[str, list[int]] = {}
    for position, character in enumerate(text, 1) if outside else ():
        if character in outside:
            places.setdefault(character, []).append(position)
    forcing = tuple(
        ForcingCharacter(character, len(found), tuple(found[:_MOST_POSITIONS]))
        for character, found in list(places.items())[:_MOST_CHARACTERS]
    )
    without = "".join("?" if character in outside else character for character in text) if outside else text
    return SmsSize(encoding_of(text), unit_count(text), segment_count(text), segment_count(without), forcing)
