"""Property values and keys in the OData dialect of Table Storage, as transactions send and reads get them."""

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from shared.ports.tables import Delete, Insert, Merge
from shared.records.columns import Row
from shared.storage.access.odata import decode_row, encode_properties, row_path, row_request
from tests.support.table_values import keys, property_names, property_values


def test_integers_are_64_bit_strings_and_ambiguous_values_carry_their_type():
    instant = datetime(2031, 5, 2, 9, 0, 0, 250000, tzinfo=timezone(timedelta(hours=2)))
    values = {"n": 7, "f": 1.0, "b": b"\x00\xff", "at": instant, "yes": True, "s": "7"}
    assert encode_properties(values) == {
        "n": "7",
        "n@odata.type": "Edm.Int64",
        "f": 1.0,
        "f@odata.type": "Edm.Double",
        "b": "AP8=",
        "b@odata.type": "Edm.Binary",
        "at": "2031-05-02T07:00:00.250000Z",
        "at@odata.type": "Edm.DateTime",
        "yes": True,
        "s": "7",
    }


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, datetime(2031, 5, 2)])  # noqa: DTZ001
def test_what_no_row_can_hold_is_refused_before_it_is_sent(value):
    with pytest.raises(ValueError, match="x: "):
        encode_properties({"x": value})


@given(st.dictionaries(property_names, property_values, max_size=6))
def test_what_is_read_is_what_was_written(properties):
    stored = {
        "odata.metadata": "http://h/$metadata#T/@Element",
        "odata.etag": 'W/"1"',
        "PartitionKey": "p",
        "RowKey": "r",
        "Timestamp": "2031-05-02T07:00:00.1234567Z",
        "Timestamp@odata.type": "Edm.DateTime",
        **encode_properties(properties),
    }
    row = decode_row(json.dumps(stored, ensure_ascii=False).encode())
    assert row == Row("p", "r", 'W/"1"', properties)
    assert [type(value) for value in row.columns.values()] == [type(v) for v in properties.values()]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"odata.etag": "1", "n": "x", "n@odata.type": "Edm.Int64"}']
)
def test_what_is_no_row_is_told(body):
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode_row(body)


def test_line_ends_of_javascript_are_escaped():
    body = row_request("T", "p", Insert("r", {"x": "a\u2028b\u2029c\r\nd"})).body
    assert rb'"a\u2028b\u2029c\r\nd"' in body


@given(keys)
def test_keys_in_addresses_are_what_an_http_client_sends_unchanged(key):
    path = "/account/" + row_path("T", key, "r")
    assert path.isascii()
    assert URL("http://h" + path).raw_path == path == URL("http://h" + path, encoded=True).raw_path
    doubled = key.replace("'", "''")
    assert unquote(path) == f"/account/T(PartitionKey='{doubled}',RowKey='r')"


def test_requests_compare_what_their_operation_compares():
    assert row_request("T", "p", Insert("r", {})).if_match is None
    assert row_request("T", "p", Merge("r", {}, 'W/"1"')).if_match == 'W/"1"'
    assert row_request("T", "p", Delete("r")).if_match == "*"
