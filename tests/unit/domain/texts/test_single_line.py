"""Texts for one line of a head; tests/property/test_single_line.py has the rules."""

import pytest

from shared.domain.texts.single_line import single_line


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Vedtak om støtte", "Vedtak om støtte"),
        ("Emne\r\nBcc: kari@example.no", "Emne Bcc: kari@example.no"),
        ("en\nto\rtre\u2028fire", "en to tre fire"),
        ("en\n\nto", "en  to"),
        ("tabulator\ther", "tabulator her"),
        ("usynlig\x00\x07\x7f", "usynlig"),
        ("hardt\u00a0mellomrom", "hardt\u00a0mellomrom"),
        ("", ""),
    ],
)
def test_what_stands_in_the_line(written, line):
    assert single_line(written) == line
