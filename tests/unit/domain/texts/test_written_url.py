import pytest

from shared.domain.texts.written_url import called_url, has_stray_characters, trimmed_url


@pytest.mark.parametrize(
    ("written", "trimmed"),
    [
        ("https://vg.no/x", "https://vg.no/x"),
        (" \r\n\thttps://vg.no/x\n ", "https://vg.no/x"),
        ("https://vg.no/\\x\\y", "https://vg.no//x/y"),
        ("https:\\\\vg.no/x", "https://vg.no/x"),
        ("https:/\\vg.no", "https://vg.no"),
        ("HTTPS:\\/vg.no", "HTTPS://vg.no"),
        ("https://vg.no/a?b=\\c#\\d", "https://vg.no/a?b=\\c#\\d"),
        ("https://vg.no/a b", "https://vg.no/a b"),
        ("https://vg.no\\x", "https://vg.no\\x"),
        ("https://vg.no\\@evil.no/", "https://vg.no\\@evil.no/"),
        ("\u00a0https://vg.no", "\u00a0https://vg.no"),
        (" mailto:kari@example.no ", "mailto:kari@example.no"),
        ("", ""),
    ],
)
def test_trimmed(written, trimmed):
    assert trimmed_url(written) == trimmed


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("https://vg.no/x?y=%20#z", "https://vg.no/x?y=%20#z"),
        (" https://vg.no/x\n", "https://vg.no/x"),
        ("https://vg.no/\\x", "https://vg.no//x"),
        ("https://vg.no/a b?c=d e#f g", "https://vg.no/a%20b?c=d%20e#f%20g"),
        ("https://vg.no/a\r\n\tb", "https://vg.no/a%0D%0A%09b"),
        ('https://vg.no/"<x>?\\y', "https://vg.no/%22%3Cx%3E?%5Cy"),
        ("https://us er@vg.no/\x7f\x01", "https://us%20er@vg.no/%7F%01"),
        ("https://vg.no/å?ø", "https://vg.no/å?ø"),
        ("https://vg.no\\@evil.no/ x", "https://vg.no\\@evil.no/ x"),
        ("mailto:kari @example.no", "mailto:kari @example.no"),
    ],
)
def test_called(written, called):
    assert called_url(written) == called
    assert called_url(called) == called


def test_stray_characters():
    assert not has_stray_characters("https://vg.no/å?a=b&c=%20#{|}^`[]'")
    for stray in ' \t\n\0\x1f\x7f\\<>"':
        assert has_stray_characters(f"https://vg.no/{stray}")
