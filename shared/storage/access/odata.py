"""Rows as the table service writes them: OData JSON with EDM types, keys in addresses."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from shared.ports.tables import Delete, Insert, Merge, Operation
from shared.records.columns import Columns, Row

_TYPE = "@odata.type"
_INT64_LIMIT = 2**63
# aiohttp decodes needlessly encoded characters before it sends, and the signature covers the path as sent
_SAFE_IN_PATH = "!$&'()*,;=@:"
type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowRequest:
    """One change of one row as an HTTP request, of its own or inside a `$batch`.

    `path` is percent-encoded and relative to the account; `if_match` is None where no ETag is compared.
    """

    method: str
    path: str
    body: bytes = b""
    if_match: str | None = None


def row_request(table: str, partition_key: str, operation: Operation) -> RowRequest:
    """Return the request that carries out one operation."""
    match operation:
        case Insert(row_key, properties):
            return RowRequest("POST", table, _entity(partition_key, row_key, properties))
        case Merge(row_key, properties, etag):
            path = row_path(table, partition_key, row_key)
            return RowRequest("PATCH", path, _entity(partition_key, row_key, properties), etag)
        case Delete(row_key, etag):
            return RowRequest("DELETE", row_path(table, partition_key, row_key), if_match=etag)


def row_path(table: str, partition_key: str, row_key: str) -> str:
    """Return the percent-encoded address of a row, relative to the account."""
    return f"{table}(PartitionKey={_quoted(partition_key)},RowKey={_quoted(row_key)})"


def encode_properties(properties: Columns) -> Json:
    """Return property values as JSON members, each with its EDM type where JSON alone is ambiguous.

    Raises ValueError for what no row can hold.
    """
    _refuse_unstorable(properties)
    members: Json = {}
    for name, value in properties.items():
        match value:
            case bool() | str():
                members[name] = value
            case int():
                members[name] = str(value)
                members[name + _TYPE] = "Edm.Int64"
            case float():
                members[name] = value if value - value == 0 else _NOT_FINITE[str(value)]
                members[name + _TYPE] = "Edm.Double"
            case bytes():
                members[name] = base64.b64encode(value).decode("ascii")
                members[name + _TYPE] = "Edm.Binary"
            case datetime():
                members[name] = value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
                members[name + _TYPE] = "Edm.DateTime"
    return members


def _refuse_unstorable(properties: Columns) -> None:
    """Raise ValueError for an integer beyond 64 bits or a naive datetime."""
    for name, value in properties.items():
        match value:
            case int() if not -_INT64_LIMIT <= value < _INT64_LIMIT:
                raise ValueError(f"{name}: integers of a row have 64 bits")
            case datetime(tzinfo=None):
                raise ValueError(f"{name}: instants of a row are aware")


def decode_row(body: bytes) -> Row:
    """Return the row in an answer with `odata=minimalmetadata`, without the server's own Timestamp.

    ValueError, KeyError or TypeError: there is none.
    """
    members: Json = dict(orjson.loads(body))
    properties = {
        name: _plain(value, members.get(name + _TYPE))
        for name, value in members.items()
        if name not in _NOT_PROPERTIES and not name.startswith("odata.") and not name.endswith(_TYPE)
    }
    etag = members["odata.etag"]
    return Row(members["PartitionKey"], members["RowKey"], etag, properties)


def _plain(value: Any, edm_type: str | None) -> Any:
    match edm_type:
        case "Edm.Int64":
            return int(value)
        case "Edm.Binary":
            return base64.b64decode(value)
        case "Edm.DateTime":
            return datetime.fromisoformat(value)
        case "Edm.Double":
            return float(value)
        case _:
            return value


_NOT_PROPERTIES = frozenset({"PartitionKey", "RowKey", "Timestamp"})
_NOT_FINITE = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def _quoted(key: str) -> str:
    return "'" + quote(key.replace("'", "''"), safe=_SAFE_IN_PATH) + "'"


def _entity(partition_key: str, row_key: str, properties: Columns) -> bytes:
    members = {"PartitionKey": partition_key, "RowKey": row_key, **encode_properties(properties)}
    # legal in JSON, but line ends to JavaScript, and Azurite reads the parts of a batch line by line
    return orjson.dumps(members).replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
