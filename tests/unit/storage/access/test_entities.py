"""Rows as the table SDK reads them."""

from datetime import UTC, datetime
from typing import Any

from azure.data.tables import EdmType, EntityProperty, TableEntity
from hypothesis import given
from hypothesis import strategies as st

from shared.records.columns import Columns
from shared.storage.access.entities import to_row
from tests.support.table_values import property_names, property_values


@given(st.dictionaries(property_names, property_values, max_size=5))
def test_values_are_those_of_the_entity(properties):
    row = to_row(TableEntity({"PartitionKey": "p", "RowKey": "r", **of_sdk(properties)}))
    assert (row.partition_key, row.row_key) == ("p", "r")
    assert row.columns == properties
    assert {name: type(value) for name, value in row.columns.items()} == {
        name: type(value) for name, value in properties.items()
    }


def of_sdk(properties: Columns) -> dict[str, Any]:
    """Return properties as the SDK reads them: integers of 64 bits carry their type."""
    return {
        name: EntityProperty(value, EdmType.INT64) if type(value) is int else value
        for name, value in properties.items()
    }


def test_instants_lose_the_digits_that_the_sdk_keeps_for_writing_back():
    class Remembering(datetime):
        tables_service_value = "2031-05-02T07:00:00.1234567Z"

    read = Remembering(2031, 5, 2, 7, 0, 0, 123456, tzinfo=UTC)
    instant = to_row(TableEntity(PartitionKey="p", RowKey="r", At=read)).columns["At"]
    assert type(instant) is datetime
    assert instant == datetime(2031, 5, 2, 7, 0, 0, 123456, tzinfo=UTC)
