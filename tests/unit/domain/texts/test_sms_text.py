import pytest

from shared.domain.texts.sms_text import SmsEncoding, as_sent, encoding_of, segment_count

BELL = "\U0001f514"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"


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


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Hei på deg, ÆØÅ [€]\r\nto\nlinjer", "Hei på deg, ÆØÅ [€]\r\nto\nlinjer"),
        ("Linje en\x0bLinje to", "Linje en\nLinje to"),
        ("a\fb\x1cc\x1dd\x1ee\x85f\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a\x00b\x07c\x1bd\x7fe\x80f\x9fg\ufffeh\uffffi", "abcdefghi"),
        ("a\tb\xa0c\u2009d\u202fe\u3000f\u1680g\u2007h\u205fi\x1fj", "a b c d e f g h i j"),
        ("a" + "\u030a", "å"),
        ("e\u0301 o\u0308 O\u0308 \u2126 \u212b", "é ö Ö Ω Å"),
        ("\ufeffHei\u200b på\xad deg\u2060!\u200e\u200f\u202a\u202c\u2066\u2069\u061c", "Hei på deg!"),
        ("a\u200d\u030a", "å"),  # a joiner must not keep letters apart
        ("Hei\ufe0f #\ufe0f", "Hei #"),
        ("en\u3164to", "en to"),
        ("\ud800a\udfff", "a"),
        ("Hei " + BELL, "Hei " + BELL),
        ("\ufeff" + BELL + "\xa0\tå" + "a\u030a\u200b", BELL + "  åå"),
        (FAMILY, FAMILY),
        (WALES, WALES),
        ("\u2764\ufe0f 1\ufe0f\u20e3", "\u2764\ufe0f 1\ufe0f\u20e3"),
        ("\u200fשם\u200f, \u0645\u06cc\u200c\u062e", "\u200fשם\u200f, \u0645\u06cc\u200c\u062e"),
        ("я\x0bя\u2028я", "я\nя\nя"),
    ],
)
def test_form_that_a_gateway_is_given(text, sent):
    assert as_sent(text) == sent


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a\u030a" * 80, 1),
        ("a\u030a" * 161, 2),
        ("a" * 160 + "\u200b" * 50, 1),
        ("a\xa0" * 80, 1),
        ("\ufeff" + "a" * 160, 1),
        ("я" * 70 + "\xad", 1),
        (FAMILY * 8, 1),  # eight units each: invisible joiners are charged where they are needed
        (FAMILY * 9, 2),
    ],
)
def test_what_nobody_sees_costs_nothing(text, segments):
    assert segment_count(as_sent(text)) == segments
