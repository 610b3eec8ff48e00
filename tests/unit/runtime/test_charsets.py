"""Which charsets of others are read, and that no other codec can be named."""

import codecs
import encodings.aliases
import time

import pytest

from shared.runtime.charsets import codec_of, stated_charset


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("utf_16", "utf-16"),
        ("US-ASCII", "ascii"),
        ("iso-8859-1", "iso8859-1"),
        ("ISO_8859-15", "iso8859-15"),
        ("latin1", "iso8859-1"),
        ("windows-1252", "cp1252"),
        ("cp1252", "cp1252"),
        ("Shift_JIS", "shift-jis"),
    ],
)
def test_common_charsets_are_known_by_their_usual_names(name, codec):
    assert codec_of(name) == codec


@pytest.mark.parametrize("name", sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values()}))
def test_every_codec_that_can_be_named_carries_text_in_time_that_grows_with_its_length(name):
    codec = codec_of(name)
    if codec is None:
        return
    assert "sendNotification 1".encode(codec).decode(codec) == "sendNotification 1"
    began = time.thread_time()
    for body in (b"a9" * 200_000, b"\xff\xfe" * 200_000, b"+-" * 200_000, b"\x80" * 400_000):
        body.decode(codec, "replace")
    assert time.thread_time() - began < 2


def test_made_up_names_are_never_looked_up_because_the_library_remembers_them():
    looked_up = []
    note = looked_up.append
    codecs.register(note)  # called for every name that no codec has
    try:
        for number in range(100):
            assert codec_of(f"made-up-{number}") is None
        assert looked_up == []
        with pytest.raises(LookupError):
            codecs.lookup("made-up")
        assert len(looked_up) == 1
    finally:
        codecs.unregister(note)


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        (None, None),
        ("text/xml", None),
        ("text/xml; charset=utf-8", "utf-8"),
        ("text/xml;version=1; CharSet = 'UTF-8'; a=b", "UTF-8"),
        ('text/xml;charset="iso-8859-1"', "iso-8859-1"),
        ("text/xml; charset*=punycode''utf-8", None),
        ("text/xml; mycharset=utf-8", None),
    ],
)
def test_the_charset_of_a_header(content_type, charset):
    assert stated_charset(content_type) == charset


@pytest.mark.parametrize("unit", [";", "; ", ' "', ";charset", "; charset ", "; charset*=punycode''"])
def test_a_header_of_any_length_takes_little_time(unit):
    began = time.thread_time()
    stated_charset("text/xml" + unit * 20_000)
    assert time.thread_time() - began < 1
