"""Items in one body come out as they went in, and what cannot be read stays one item."""

import pytest

from shared.records.shared_messages import items_in, shared_body

ITEMS = [b'{"n":1}', '{"text":"Blåbærsyltetøy, [] og \\"{}\\""}'.encode(), b'{"list":[[1],{"a":[]}]}']


@pytest.mark.parametrize("count", [1, 2, 3])
def test_items_come_out_as_they_went_in(count):
    assert items_in(shared_body(ITEMS[:count])) == ITEMS[:count]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[", b"[]", b'[{"n":1}', b'"[]"', b"[1,]"])
def test_what_is_no_array_of_items_is_one_item_as_it_came(body):
    assert items_in(body) == [body]


def test_a_provider_may_write_spaces():
    assert items_in(b' [ {"n": 1} , {"n": 2} ] ') == [b'{"n":1}', b'{"n":2}']


def test_items_of_ours_are_told_apart_without_being_read():
    items = [b"{unreadable}", *ITEMS]
    assert items_in(shared_body(items)) == items


def test_a_provider_may_write_lines():
    pretty = b'[\n  {\n    "n": 1,\n    "m": []\n  },\n  {\n    "n": 2\n  }\n]'
    assert items_in(pretty) == [b'{"n":1,"m":[]}', b'{"n":2}']
    assert items_in(b'[\n{"n": 1,\n"m": {}},\n{"n": 2}\n]') == [b'{"n":1,"m":{}}', b'{"n":2}']
