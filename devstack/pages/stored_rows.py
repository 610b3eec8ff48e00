"""Reads the stored rows of orders and of the agenda as they are, without the product's code."""

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from azure.data.tables.aio import TableClient, TableServiceClient

ORDERS = "Orders"
_SHARDS = tuple(f"{shard:02x}" for shard in range(16))
_DUE = "%Y%m%dT%H%M%S.%fZ"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CHAIN = "chain|"
_AFTER_DIGITS = ":"  # the rows of work that is under way begin with a letter


async def next_agenda_row(
    tables: TableServiceClient, not_before: datetime | None = None
) -> dict[str, Any] | None:
    """Return when an order must next be looked at: `at`, `what`, `shipmentId`; None when none waits."""
    agenda = tables.get_table_client(ORDERS)
    lowest = "0" if not_before is None else f"{not_before.astimezone(UTC):{_DUE}}"
    firsts = await asyncio.gather(*(_first_waiting(agenda, shard, lowest) for shard in _SHARDS))
    key = min((key for key in firsts if key is not None), default=None)
    if key is None:
        return None
    due, shipment, *_ = key.split("|")
    at = datetime.strptime(due, _DUE).replace(tzinfo=UTC)
    return {"at": at.isoformat(), "what": "an order on the agenda", "shipmentId": shipment}


async def rows_of_chain(tables: TableServiceClient, chain_key: str, most: int = 200) -> list[dict[str, Any]]:
    """Return the rows of an order with its reminders and pages, as JSON, at most `most`."""
    above = f"{_CHAIN}{chain_key}"
    rows = tables.get_table_client(ORDERS).query_entities(
        "PartitionKey eq @shard and RowKey gt @above and RowKey lt @below",
        parameters={"shard": f"0{chain_key[0]}", "above": f"{above}|", "below": f"{above}}}"},
    )
    return [named(readable(row)) async for row in _some(rows, most)]


async def newest_orders(tables: TableServiceClient, count: int, most: int = 5000) -> list[dict[str, Any]]:
    """Return the main rows of the newest orders; of more than `most` rows only those are looked at."""
    columns = ["RowKey", "Status", "Creator", "CreatedAt", "References"]
    rows = tables.get_table_client(ORDERS).query_entities("Creator ge ''", select=columns)
    found = [named(readable(row)) async for row in _some(rows, most)]
    found = [row for row in found if row["RowKey"] == "S01"]
    found.sort(key=lambda row: str(row.get("CreatedAt", "")), reverse=True)
    return list(islice(found, count))


def named(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of an order with its key taken apart: `Chain`, and `RowKey` such as S01 or S01P001."""
    _, chain_key, row_key = str(row["RowKey"]).split("|")
    return row | {"Chain": chain_key, "RowKey": row_key}


def readable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as JSON: packed and textual JSON is unfolded, numbers are plain."""
    shown = {}
    for name, value in row.items():
        if not isinstance(value, bytes):
            shown[name] = _plain(value)
        elif (head := name.rstrip("0123456789")) == name or head not in row:
            shown[name] = _unpacked(_whole(row, name, value))
    return shown


def _whole(row: Mapping[str, Any], name: str, first: bytes) -> bytes:
    """Join a value that goes on in other columns: its first byte is their number."""
    more = (row.get(f"{name}{number}", b"") for number in range(1, first[0] if first else 0))
    return first[1:] + b"".join(more)


async def _first_waiting(agenda: TableClient, shard: str, lowest: str) -> str | None:
    rows = agenda.query_entities(
        f"PartitionKey eq '{shard}' and RowKey lt '{_AFTER_DIGITS}' and RowKey ge '{lowest}'",
        results_per_page=1,
        select=["RowKey"],
    )
    async for row in _some(rows, 1):
        return str(row["RowKey"])
    return None


async def _some(rows: Any, most: int) -> AsyncIterator[Mapping[str, Any]]:
    seen = 0
    async for row in rows:
        yield row
        seen += 1
        if seen >= most:
            return


def _plain(value: object) -> Any:
    match value:
        case str() if value[:1] in ("{", "["):
            try:
                return json.loads(value)
            except ValueError:
                return value
        case datetime():
            return value.isoformat()
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return getattr(value, "value", str(value))  # EntityProperty, for numbers of 64 bits


def _unpacked(data: bytes) -> Any:
    """Read packed JSON: after a mark it is plain, or compressed after `z`."""
    try:
        return json.loads(zlib.decompress(data[1:]) if data[:1] == b"z" else data[1:])
    except (ValueError, zlib.error):
        return f"{len(data)} bytes"


async def order_of_reference(tables: TableServiceClient, reference: str) -> str | None:
    """Return the id of the notification that the SMS gateway knows by a reference, None for none."""
    references = tables.get_table_client("GatewayReferences")
    wanted = {"key": reference, "other": reference.lower()}
    async for row in references.query_entities("RowKey eq @key or RowKey eq @other", parameters=wanted):
        if (found := _UUID.search(str(dict(row)))) is not None:
            return found[0]
    return None
