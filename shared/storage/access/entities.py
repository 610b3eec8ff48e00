"""Rows in the entities that the table SDK reads."""

from datetime import datetime
from typing import Any

from azure.data.tables import EntityProperty, TableEntity

from shared.records.columns import Row

_KEYS = frozenset({"PartitionKey", "RowKey"})


def to_row(entity: TableEntity) -> Row:
    """Return a row that the SDK read; the server's own Timestamp is no property of it."""
    properties = {name: _plain(value) for name, value in entity.items() if name not in _KEYS}
    etag = entity.metadata["etag"]
    return Row(entity["PartitionKey"], entity["RowKey"], etag or "", properties)


def _plain(value: Any) -> Any:
    match value:
        case EntityProperty(value=inner):
            return inner
        case datetime():  # the SDK's own class, which would be written back with the digits it was read with
            return datetime.combine(value.date(), value.timetz())
        case _:
            return value
