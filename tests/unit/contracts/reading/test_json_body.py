import json
import tracemalloc

import pytest

from shared.contracts.reading.json_body import UNSOUND, JsonUnreadableError, memory_to_read, read_json
from shared.contracts.reading.limits import REQUEST_MEMORY_BYTES


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


MANY = 5000
SHAPES = {
    "recipients": lambda: listed(b'{"mobileNumber":"+4799999999"}'),
    "members": lambda: listed(b'{"a":1,"b":null,"c":"","d":1.5,"e":2,"f":[]}'),
    "names of their own": lambda: listed(*(b'{"A%d":1,"B%d":1}' % (n, n) for n in range(MANY))),
    "one object": lambda: b"{" + b",".join(b'"A%d":""' % n for n in range(MANY)) + b"}",
    "objects": lambda: listed(b"{}"),
    "nested objects": lambda: listed(b'{"A":' * 30 + b"1" + b"}" * 30, count=MANY // 30),
    "lists": lambda: listed(b"[]"),
    "nested lists": lambda: listed(b"[" * 30 + b"]" * 30, count=MANY // 30),
    "long numbers": lambda: listed(b"9" * 20),
    "short texts": lambda: listed('"\u0444"'.encode()),
    "long texts": lambda: listed(b'"' + b"x" * 500 + b'"'),
    "one wide character": lambda: listed(b'"' + b"x" * 500 + b'"', '"\U0001f600"'.encode()),
    "wide texts": lambda: listed('"{}\u0444"'.format("x" * 500).encode()),
    "very wide texts": lambda: listed('"{}\U0001f600"'.format("x" * 500).encode()),
    "escaped texts": lambda: listed(rb'"\ud83d\ude00' + b"x" * 50 + b'"'),
}


def listed(*items, count=MANY):
    return b'{"a":[' + b",".join([*items] * (count // len(items) or 1)) + b"]}"


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
def test_reading_takes_no_more_memory_than_was_reckoned(body):
    body = body()
    tracemalloc.start()
    try:
        read_json(body)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < memory_to_read(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda: b"[" + b"{}," * 800_000 + b"1]", id="objects"),
        pytest.param(lambda: b'{"a":' * 600_000 + b"1" + b"}" * 600_000, id="nested objects"),
        pytest.param(lambda: b"[" + b"1," * 2_100_000 + b"1]", id="numbers"),
        pytest.param(lambda: '"{}\U0001f600"'.format("x" * 29_000_000).encode(), id="a long wide text"),
    ],
)
def test_what_takes_too_much_memory_is_refused_unread(body):
    body = body()
    tracemalloc.start()
    try:
        with pytest.raises(JsonUnreadableError, match="too many objects"):
            read_json(body)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["hei", "p\u00e5minnelse", "\U0001f600"])
@pytest.mark.parametrize("escaped", [True, False])
def test_a_hundred_thousand_recipients_with_all_members_fit(text, escaped):
    names = ("emailAddress", "mobileNumber", "organizationNumber", "nationalIdentityNumber")
    recipient = dict.fromkeys(names) | {"emailAddress": "somebody.of.some.length@example.no"}
    order = {"body": text, "recipients": [recipient] * 100_000}
    body = json.dumps(order, ensure_ascii=escaped).encode()
    assert memory_to_read(body) + 2 * len(body) < REQUEST_MEMORY_BYTES


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
    ("body", "told"),
    [
        ('{"a": "å"}'.encode("latin-1"), "The body is not UTF-8: byte 8 begins no character."),
        (b'{"a":\n  secret}', "The body is not valid JSON: line 2, column 3."),
        (b'{"a": NaN}', "The body is not valid JSON."),
    ],
)
def test_place_of_the_first_mistake_is_told(body, told):
    with pytest.raises(JsonUnreadableError) as refused:
        read_json(body)
    assert str(refused.value) == told


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
