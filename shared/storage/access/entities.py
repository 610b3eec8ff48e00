"""Rows as entities of the table SDK, whose integers are declared as having 64 bits."""

from datetime import datetime
from typing import Any

from azure.data.tables import EdmType, EntityProperty, TableEntity

from shared.records.columns import Columns, Row

_INT64_LIMIT = 2**63
_KEYS = frozenset({"PartitionKey", "RowKey"})


def to_entity(partition_key: str, row_key: str, properties: Columns) -> dict[str, Any]:
    """Return what the SDK is to write; ValueError for what no row can hold."""
    refuse_unstorable(properties)
    entity: dict[str, Any] = {"PartitionKey": partition_key, "RowKey": row_key}
    for name, value in properties.items():
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        entity[name] = EntityProperty(value, EdmType.INT64) if is_integer else value
    return entity


def to_row(entity: TableEntity) -> Row:
    """Return a row that the SDK read; the server's own Timestamp is no property of it."""
    properties = {name: _plain(value) for name, value in entity.items() if name not in _KEYS}
    etag = entity.metadata["etag"]
    return Row(entity["PartitionKey"], entity["RowKey"], etag or "", properties)


def refuse_unstorable(properties: Columns) -> None:
    """Raise ValueError for an integer beyond 64 bits or a naive datetime."""
    for name, value in properties.items():
        match value:
            case int() if not -_INT64_LIMIT <= value < _INT64_LIMIT:
                raise ValueError(f"{name}: integers of a row have 64 bits")
            case datetime(tzinfo=None):
                raise ValueError(f"{name}: instants of a row are aware")


def _plain(value: Any) -> Any:
    match value:
        case EntityProperty(value=inner):
            return inner
        case datetime():  # the SDK's own class, which would be written back with the digits it was read with
            return datetime.combine(value.date(), value.timetz())
        case _:
            return value
