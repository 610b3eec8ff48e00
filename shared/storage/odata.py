"""Rows as Table Storage speaks of them: OData JSON with EDM types, keys in addresses and filters."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.ports import Delete, Insert, Merge, Operation, Properties, Row

_INT64_LIMIT = 2**63
_TYPE = "@odata.type"
_ANY_VERSION = "*"
# aiohttp decodes needlessly encoded characters before it sends, and the signature covers the path as sent
_SAFE_IN_PATH = "!$&'()*,;=@:"
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowRequest:
    """One change of one row as an HTTP request, alone or inside a `$batch`.

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
        case Delete(row_key):
            return RowRequest("DELETE", row_path(table, partition_key, row_key), if_match=_ANY_VERSION)


def row_path(table: str, partition_key: str, row_key: str) -> str:
    """Return the percent-encoded address of a row, relative to the account."""
    return f"{table}(PartitionKey={_quoted(partition_key)},RowKey={_quoted(row_key)})"


def range_filter(partition_key: str, above: str, below: str) -> str:
    """Return the filter for the rows of a partition strictly between two RowKeys."""
    partition, low, high = (key.replace("'", "''") for key in (partition_key, above, below))
    return f"PartitionKey eq '{partition}' and RowKey gt '{low}' and RowKey lt '{high}'"


def query_string(parameters: Mapping[str, str]) -> str:
    """Return the percent-encoded query part of an address."""
    return "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in parameters.items())


def select_list(names: Sequence[str]) -> str:
    """Return the value of `$select`; keys are always read, to tell rows apart."""
    return ",".join(("PartitionKey", "RowKey", *names))


def encode_properties(properties: Properties) -> Json:
    """Return property values as JSON members, each with its EDM type where JSON alone is ambiguous.

    Raises ValueError for what no row can hold: an integer beyond 64 bits, a naive datetime.
    """
    members: Json = {}
    for name, value in properties.items():
        match value:
            case bool() | str():
                members[name] = value
            case int():
                if not -_INT64_LIMIT <= value < _INT64_LIMIT:
                    raise ValueError(f"{name}: integers of a row have 64 bits")
                members[name] = str(value)
                members[name + _TYPE] = "Edm.Int64"
            case float():
                members[name] = value if value - value == 0 else _NOT_FINITE[str(value)]
                members[name + _TYPE] = "Edm.Double"
            case bytes():
                members[name] = base64.b64encode(value).decode("ascii")
                members[name + _TYPE] = "Edm.Binary"
            case datetime():
                if value.tzinfo is None:
                    raise ValueError(f"{name}: instants of a row are aware")
                members[name] = value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
                members[name + _TYPE] = "Edm.DateTime"
    return members


def decode_row(entity: Json, etag: str) -> Row:
    """Return a row as it was read with minimal metadata; the server's own Timestamp is left out."""
    properties: Properties = {}
    for name, value in entity.items():
        if name in _NOT_PROPERTIES or name.startswith("odata.") or name.endswith(_TYPE):
            continue
        decode = _DECODERS.get(entity.get(name + _TYPE, ""))
        properties[name] = value if decode is None else decode(value)
    return Row(entity["PartitionKey"], entity["RowKey"], etag, properties)


_NOT_FINITE = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
_NOT_PROPERTIES = frozenset({"PartitionKey", "RowKey", "Timestamp"})
_DECODERS: dict[str, Callable[[Any], int | float | bytes | datetime]] = {
    "Edm.Int64": int,
    "Edm.Double": float,
    "Edm.Binary": base64.b64decode,
    "Edm.DateTime": datetime.fromisoformat,
}


def _quoted(key: str) -> str:
    return "'" + quote(key.replace("'", "''"), safe=_SAFE_IN_PATH) + "'"


def _entity(partition_key: str, row_key: str, properties: Properties) -> bytes:
    members = {"PartitionKey": partition_key, "RowKey": row_key, **encode_properties(properties)}
    text = _to_json(members)
    # legal in JSON, but line ends to JavaScript, and Azurite reads the parts of a batch line by line
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()
