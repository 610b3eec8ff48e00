"""How texts are divided into SMS."""

import pytest

from devstack.pages.messages.sms_parts import size_of


@pytest.mark.parametrize(
    ("text", "encoding", "parts", "forcing"),
    [
        ("", "GSM-7", 1, None),
        ("a" * 160, "GSM-7", 1, None),
        ("a" * 161, "GSM-7", 2, None),
        ("a" * 153 * 2, "GSM-7", 2, None),
        ("€" * 80, "GSM-7", 1, None),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, None),  # no sign is divided between two parts
        ("Blåbærsyltetøy", "GSM-7", 1, None),
        ("ç", "UCS-2", 1, "ç"),
        ("“" * 70, "UCS-2", 1, "“"),
        ("“" * 71, "UCS-2", 2, "“"),
        ("x" * 69 + "🙂", "UCS-2", 2, "🙂"),
    ],
)
def test_encoding_parts_and_what_forces_them(text, encoding, parts, forcing):
    size = size_of(text)
    assert (size.encoding, size.parts, size.forcing) == (encoding, parts, forcing)
