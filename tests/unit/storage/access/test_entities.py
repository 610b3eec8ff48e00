"""Rows on their way through the table SDK."""

from datetime import UTC, datetime

import pytest
from azure.data.tables import EdmType, EntityProperty, TableEntity
from hypothesis import given
from hypothesis import strategies as st

from shared.storage.access.entities import to_entity, to_row
from tests.support.table_values import property_names, property_values


@given(st.dictionaries(property_names, property_values, max_size=5))
def test_values_come_back_as_they_went(properties):
    row = to_row(TableEntity(to_entity("p", "r", properties)))
    assert (row.partition_key, row.row_key) == ("p", "r")
    assert row.columns == properties
    assert {name: type(value) for name, value in row.columns.items()} == {
        name: type(value) for name, value in properties.items()
    }


@pytest.mark.parametrize("value", [0, 7, -(2**63), 2**63 - 1])
def test_every_integer_is_written_with_64_bits_and_no_truth_value_is(value):
    entity = to_entity("p", "r", {"n": value, "yes": True})
    assert entity["n"] == EntityProperty(value, EdmType.INT64)
    assert entity["yes"] is True


def test_instants_lose_the_digits_that_the_sdk_keeps_for_writing_back():
    class Remembering(datetime):
        tables_service_value = "2031-05-02T07:00:00.1234567Z"

    read = Remembering(2031, 5, 2, 7, 0, 0, 123456, tzinfo=UTC)
    instant = to_row(TableEntity(PartitionKey="p", RowKey="r", At=read)).columns["At"]
    assert type(instant) is datetime
    assert instant == datetime(2031, 5, 2, 7, 0, 0, 123456, tzinfo=UTC)
