import pytest

from shared.contracts.reading.json_body import UNSOUND, JsonUnreadableError, read_json


def test_names_are_matched_in_lower_case_and_the_last_duplicate_wins():
    assert read_json(b'{"IdempotencyId": 1, "idempotencyid": 2}') == {"idempotencyid": 2}


def test_a_byte_order_mark_is_skipped():
    assert read_json(b"\xef\xbb\xbf{}") == {}


def test_letters_are_read_as_utf_8():
    assert read_json('{"a": "Påminnelse \U0001f514"}'.encode()) == {"a": "Påminnelse \U0001f514"}
    assert read_json(b'{"a": "\\ud83d\\udd14"}') == {"a": "\U0001f514"}


def test_nesting_is_allowed_up_to_32_levels():
    assert read_json(b"[" * 32 + b"]" * 32)
    with pytest.raises(JsonUnreadableError, match="32 levels"):
        read_json(b"[" * 33 + b"]" * 33)


@pytest.mark.parametrize("part", [b"{}", b"[]", b"0"])
def test_parts_are_allowed_up_to_a_million(part):
    read_json(b'{"a": [' + b",".join([part] * 10_000) + b"]}")
    with pytest.raises(JsonUnreadableError, match="1000000 parts"):
        read_json(b'{"a": [' + b",".join([part] * 1_000_001) + b"]}")


def test_many_brackets_side_by_side_are_not_deep():
    assert read_json(b"[" + b",".join([b"{}"] * 100) + b"]") == [{}] * 100


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"   ", id="blanks"),
        pytest.param(b"{", id="unfinished"),
        pytest.param(b'{"a": 1,}', id="trailing comma"),
        pytest.param(b"[1,]", id="trailing comma in a list"),
        pytest.param(b'{"a": 1} // why', id="comment"),
        pytest.param(b'{/* why */ "a": 1}', id="comment inside"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": -Infinity}', id="infinity"),
        pytest.param(b'{"a": 01}', id="leading zero"),
        pytest.param(b'{"a": "\x01"}', id="raw control character"),
        pytest.param(b"{} {}", id="two documents"),
        pytest.param('{"a": "å"}'.encode("latin-1"), id="Latin-1"),
        pytest.param('{"a": "å"}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', id="surrogate in UTF-8"),
        pytest.param(b"[" * 100_000, id="nested beyond the stack"),
    ],
)
def test_what_is_not_json_is_refused(body):
    with pytest.raises(JsonUnreadableError):
        read_json(body)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(rb'"\ud800"', id="half a pair"),
        pytest.param(rb'"x\udc00y"', id="other half"),
        pytest.param(rb'"\ude00\ud83d"', id="halves the wrong way round"),
        pytest.param(rb'"\u0000"', id="NUL"),
        pytest.param(b"9" * 5000, id="a number of 5000 digits"),
    ],
)
def test_what_no_model_may_read_spoils_nothing_else(value):
    document = read_json(b'{"a": %b, "b": ["x", {"c": %b}], "d": "\\u00e5"}' % (value, value))
    assert document == {"a": UNSOUND, "b": ["x", {"c": UNSOUND}], "d": "å"}


def test_an_escaped_backslash_is_not_an_escape():
    assert read_json(rb'{"a": "\\ud800 \\u0000"}') == {"a": r"\ud800 \u0000"}
