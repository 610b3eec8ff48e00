"""Nothing that stands in a header can end it, whatever its text was."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.texts.single_line import single_line

BREAKS = ["\r\n", "\r", "\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
OTHER = [chr(code) for code in (0, 7, 8, 0x1B, 0x7F, 0x80, 0x84, 0x86, 0x9F)]
TEXT = st.lists(st.one_of(st.sampled_from([*BREAKS, *OTHER, "\t"]), st.text(max_size=3))).map("".join)


@given(TEXT)
def test_one_line_without_control_characters_is_left(text):
    line = single_line(text)
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in line)
    assert single_line(line) == line


PRINTED = st.text(st.characters(categories=["L", "N", "P", "S", "M", "Cf", "Zs"]), max_size=5)


@given(st.lists(PRINTED, min_size=1), st.sampled_from(BREAKS))
def test_each_break_is_one_blank_and_everything_else_is_kept(lines, line_break):
    assert single_line(line_break.join(lines)) == " ".join(lines)


@given(st.lists(PRINTED, min_size=1), st.sampled_from(OTHER))
def test_other_control_characters_leave_no_gap(parts, control):
    assert single_line(control.join(parts)) == "".join(parts)
