import pytest

from shared.domain.sms_text import (
    SmsEncoding,
    encoding_of,
    segment_count,
    without_unsendable_characters,
)

BELL = "\U0001f514"


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ø" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 159 + "€", 2),
        ("€" * 152, 2),  # 76 fit into one part of 153, and the odd septet is lost
        ("€" * 153, 3),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        (BELL * 35, 1),
        (BELL * 36, 2),
        (BELL * 66, 2),  # 33 fit into one part of 67, and the odd unit is lost
        (BELL * 67, 3),
    ],
)
def test_w16_counts_parts(text, segments):
    assert segment_count(text) == segments


@pytest.mark.parametrize("text", ["", "Hei på deg, ÆØÅ", "[€^{}~|\\]", "ΔΦΓΛΩΠΨΣΘΞ", "a\r\nb", "@£$¥ß§¿¡"])
def test_the_short_alphabet_is_used_where_it_suffices(text):
    assert encoding_of(text) is SmsEncoding.GSM7


@pytest.mark.parametrize("text", ["ê", "Привет", BELL, "`", "ç", "a\tb", "\u2013", "\u201d", "á"])
def test_any_other_character_makes_the_text_wide(text):
    assert encoding_of(text) is SmsEncoding.UCS2


def test_control_characters_are_dropped_and_line_breaks_kept():
    assert without_unsendable_characters("a\x0bb\x00c\x1b\r\nd\te\ufffe") == "abc\r\nd\te"
    assert without_unsendable_characters("Hei på deg " + BELL) == "Hei på deg " + BELL
