"""The parts of an SMS, and the characters that make it dearer."""

import pytest

from shared.domain.texts.sms_size import ForcingCharacter, is_sent_whole, size_of
from shared.domain.texts.sms_text import SmsEncoding

QUOTE = "\u2019"


def test_one_quote_makes_three_parts_of_one():
    text = "a" * 42 + QUOTE + "b" * 107
    size = size_of(text)
    assert (len(text), size.encoding, size.units) == (150, SmsEncoding.UCS2, 150)
    assert (size.parts_without, size.parts) == (1, 3)
    assert size.forcing == (ForcingCharacter(QUOTE, 1, (43,)),)


def test_a_text_in_gsm_has_no_forcing_characters_and_counts_septets():
    size = size_of("€" * 80)
    assert (size.encoding, size.units, size.parts, size.forcing) == (SmsEncoding.GSM7, 160, 1, ())
    assert size.parts_without == 1


def test_each_forcing_character_is_named_once_with_its_first_places():
    size = size_of("ab" + "ç" * 30 + QUOTE)
    assert size.forcing == (
        ForcingCharacter("ç", 30, tuple(range(3, 13))),
        ForcingCharacter(QUOTE, 1, (33,)),
    )


def test_a_text_of_many_letters_names_twenty():
    cyrillic = "".join(map(chr, range(0x410, 0x450)))
    size = size_of(cyrillic)
    assert [each.character for each in size.forcing] == list(cyrillic[:20])


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("a" * 2144, True),
        ("a" * 2145, False),
        ("€" * 1072, True),
        ("€" * 1073, False),
        ("ç" * 1072, True),
        ("ç" * 1073, False),
        ("\U0001f514" * 536, True),
        ("\U0001f514" * 537, False),
    ],
)
def test_what_the_gateway_sends_whole(text, whole):
    assert is_sent_whole(text) == whole
