"""The table store against Azurite, and against what the SDK makes of the same rows."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.data.tables import EdmType, EntityProperty, UpdateMode
from azure.data.tables.aio import TableClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devstack.processes.ports import free_ports
from shared.ports.tables import Delete, Insert, Merge, RowOperationError
from shared.runtime.errors import ConflictError, PermanentError, TransientError
from shared.runtime.http_transport import LeanTransport
from shared.storage.access import table_account
from shared.storage.access.table_account import TableAccount
from shared.storage.access.tables import AzureTableStore
from tests.support.table_values import keys, property_names, property_values

INSTANT = datetime(2031, 5, 2, 7, 0, 0, 123456, tzinfo=UTC)
VALUES = {
    "Text": "æøå 😀 \u2028 \r\n\t\"'\\ {}%--batch_1 HTTP/1.1",
    "Empty": "",
    "Number": -(2**63),
    "Small": 7,
    "Ratio": 1.0,
    "Flag": False,
    "Raw": bytes(range(256)),
    "At": INSTANT,
}
# Azurite takes `',` within a RowKey for the end of the PartitionKey when it reads a batch
keys_for_azurite = keys.filter(lambda key: "," not in key)
own_loop = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


@asynccontextmanager
async def opened_store(connection: str) -> AsyncIterator[AzureTableStore]:
    """Yield a store for tests that run a loop of their own for each example."""
    transport = LeanTransport()
    try:
        yield AzureTableStore(TableAccount.from_connection_string(connection, transport))
    finally:
        await transport.shutdown()


def sdk_values(entity: dict) -> dict:
    """Return the properties of an entity of the SDK with our types."""
    return {
        name: value.value if isinstance(value, EntityProperty) else value
        for name, value in entity.items()
        if name not in {"PartitionKey", "RowKey"}
    }


async def test_a_row_written_alone_is_what_the_sdk_reads(store, sdk, table):
    etag = await store.insert(table, "p", "r", VALUES)
    entity = await sdk.get_entity("p", "r")
    assert sdk_values(entity) == VALUES
    assert entity.metadata["etag"] == etag


async def test_rows_of_a_transaction_are_what_the_sdk_reads(store, sdk, table):
    etags = await store.transact(table, "p", [Insert("a", VALUES), Insert("b", {"Text": "b"})])
    entities = [await sdk.get_entity("p", row_key) for row_key in ("a", "b")]
    assert [sdk_values(entity) for entity in entities] == [VALUES, {"Text": "b"}]
    assert [entity.metadata["etag"] for entity in entities] == etags


async def test_a_row_written_by_the_sdk_is_read_with_its_types_and_etag(store, sdk, table):
    number = EntityProperty(VALUES["Number"], EdmType.INT64)
    written = await sdk.create_entity({"PartitionKey": "p", "RowKey": "r", **VALUES, "Number": number})
    row = await store.get(table, "p", "r")
    assert row.columns == VALUES
    assert {name: type(value) for name, value in row.columns.items()} == {
        name: type(value) for name, value in VALUES.items()
    }
    assert row.etag == written["etag"]


async def test_etags_of_the_sdk_and_ours_guard_the_same_row(store, sdk, table):
    ours = await store.insert(table, "p", "r", {"n": 1})
    theirs = await sdk.update_entity(
        {"PartitionKey": "p", "RowKey": "r", "m": 2},
        mode=UpdateMode.MERGE,
        etag=ours,
        match_condition=MatchConditions.IfNotModified,
    )
    with pytest.raises(ConflictError):
        await store.merge(table, "p", Merge("r", {"n": 3}, ours))
    latest = await store.merge(table, "p", Merge("r", {"n": 3}, theirs["etag"]))
    assert (await store.get(table, "p", "r")).etag == latest
    assert sdk_values(await sdk.get_entity("p", "r")) == {"n": 3, "m": 2}


def test_any_values_survive_alone_and_in_a_transaction(azurite):
    @own_loop
    @given(st.dictionaries(property_names, property_values, max_size=6))
    def round_trip(properties):
        async def scenario() -> None:
            async with opened_store(azurite) as store:
                await store.ensure_tables(["AnyValues"])
                partition = uuid.uuid4().hex
                await store.insert("AnyValues", partition, "alone", properties)
                inserts = [Insert("grouped", properties), Insert("~beside", {})]
                etag, other = await store.transact("AnyValues", partition, inserts)
                merges = [Merge("grouped", properties, etag), Merge("~beside", properties, other)]
                await store.transact("AnyValues", partition, merges)
                rows = await store.query("AnyValues", partition, above="", below="~", limit=9)
                assert [row.row_key for row in rows] == ["alone", "grouped"]
                assert [await store.get("AnyValues", partition, row.row_key) for row in rows] == rows
                assert [row.columns for row in rows] == [properties] * 2

        asyncio.run(scenario())

    round_trip()


def test_any_keys_address_the_same_row_alone_in_a_transaction_and_in_a_filter(azurite):
    @own_loop
    @given(keys_for_azurite, keys_for_azurite)
    def addressing(partition, row_key):
        async def scenario() -> None:
            async with opened_store(azurite) as store:
                await store.ensure_tables(["AnyKeys"])
                await store.delete("AnyKeys", partition, row_key)
                etag = await store.insert("AnyKeys", partition, row_key, {"n": 1})
                etag = await store.merge("AnyKeys", partition, Merge(row_key, {"n": 2}, etag))
                changes = [Merge(row_key, {"n": 3}, etag), Insert(uuid.uuid4().hex, {})]
                etag, _ = await store.transact("AnyKeys", partition, changes)
                row = await store.get("AnyKeys", partition, row_key)
                assert (row.partition_key, row.row_key, row.etag) == (partition, row_key, etag)
                assert row.columns == {"n": 3}
                found = await store.query("AnyKeys", partition, above="", below=row_key + "\x20", limit=9)
                assert row_key in [each.row_key for each in found]
                await store.transact("AnyKeys", partition, [Delete(row_key)])
                assert await store.get("AnyKeys", partition, row_key) is None

        asyncio.run(scenario())

    addressing()


async def test_inserting_twice_is_a_conflict(store, table):
    await store.insert(table, "p", "r", {"n": 1})
    with pytest.raises(ConflictError):
        await store.insert(table, "p", "r", {"n": 2})
    assert (await store.get(table, "p", "r")).columns == {"n": 1}


async def test_a_row_that_is_gone_conflicts_with_a_merge_and_suits_a_delete(store, table):
    etag = await store.insert(table, "p", "r", {})
    await store.delete(table, "p", "r")
    await store.delete(table, "p", "r")
    with pytest.raises(ConflictError):
        await store.merge(table, "p", Merge("r", {"n": 1}, etag))
    assert await store.get(table, "p", "r") is None


async def test_only_selected_properties_are_read(store, table):
    await store.insert(table, "p", "r", {"a": 1, "b": 2})
    assert (await store.get(table, "p", "r", select=["b"])).columns == {"b": 2}
    (row,) = await store.query(table, "p", above="", below="z", limit=1, select=["a"])
    assert (row.row_key, row.columns) == ("r", {"a": 1})


async def test_a_refused_operation_is_named_and_nothing_is_applied(store, table):
    old = await store.insert(table, "p", "there", {"n": 1})
    etag = await store.merge(table, "p", Merge("there", {"n": 2}, old))
    refusals = {
        409: Insert("there", {}),
        412: Merge("there", {"n": 3}, old),
        404: Delete("absent"),
        400: Insert("large", {"x": "x" * 70_000}),
    }
    for status, operation in refusals.items():
        with pytest.raises(RowOperationError) as caught:
            await store.transact(table, "p", [Insert("new", {}), operation, Insert("other", {})])
        assert (caught.value.index, caught.value.status) == (1, status)
    with pytest.raises(RowOperationError) as caught:
        await store.transact(table, "p", [Merge("absent", {}, etag)])
    assert (caught.value.index, caught.value.status) == (0, 404)
    rows = await store.query(table, "p", above="", below="z", limit=9)
    assert [(row.row_key, row.columns) for row in rows] == [("there", {"n": 2})]


async def test_a_hundred_operations_fit_into_a_transaction(store, table):
    etags = await store.transact(table, "p", [Insert(f"{n:03d}", {"n": n}) for n in range(100)])
    mixed = [
        *(Delete(f"{n:03d}") for n in range(50)),
        *(Merge(f"{n:03d}", {"m": n}, etags[n]) for n in range(50, 100)),
    ]
    merged = await store.transact(table, "p", mixed)
    assert merged[:50] == [""] * 50
    rows = await store.query(table, "p", above="", below="z", limit=1000)
    assert [row.columns for row in rows] == [{"n": n, "m": n} for n in range(50, 100)]
    assert [row.etag for row in rows] == merged[50:]


async def test_a_query_reads_a_range_in_order_across_pages(store, table):
    for hundred in range(11):
        await store.transact(table, "p", [Insert(f"{hundred * 100 + n:04d}", {}) for n in range(100)])
    await store.insert(table, "other", "0500", {})

    async def found(above: str, below: str, limit: int) -> list[int]:
        rows = await store.query(table, "p", above=above, below=below, limit=limit, select=[])
        return [int(row.row_key) for row in rows]

    assert await found("", "z", 5000) == list(range(1100))
    assert await found("", "z", 1050) == list(range(1050))
    assert await found("0099", "0103", 9) == [100, 101, 102]
    assert await found("0099", "0103", 2) == [100, 101]
    assert await found("2000", "3000", 9) == []


async def test_ensuring_tables_twice_is_fine_and_a_missing_one_is_no_absent_row(store, table):
    await store.ensure_tables([table, table])
    for use in (
        store.get("Missing", "p", "r"),
        store.insert("Missing", "p", "r", {}),
        store.transact("Missing", "p", [Insert("r", {})]),
    ):
        with pytest.raises(HttpResponseError, match="TableNotFound"):
            await use


async def test_what_the_service_never_takes_is_permanent(store, table):
    with pytest.raises(PermanentError):
        await store.insert(table, "p", "r", {"x": "x" * 70_000})


async def test_a_wrong_key_is_no_conflict(azurite, transport, table):
    wrong = base64.b64encode(b"wrong").decode()
    settings = (s if not s.startswith("AccountKey=") else f"AccountKey={wrong}" for s in azurite.split(";"))
    store = AzureTableStore(TableAccount.from_connection_string(";".join(settings), transport))
    with pytest.raises(HttpResponseError, match="403"):
        await store.get(table, "p", "r")


async def test_a_service_that_is_down_is_transient(transport):
    (port,) = free_ports(1)
    connection = f"AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:{port}/a"
    store = AzureTableStore(TableAccount.from_connection_string(connection, transport))
    with pytest.raises(TransientError, match="unreachable"):
        await store.insert("T", "p", "r", {})


@pytest.mark.parametrize("kind", ["get", "query"])
async def test_silence_ends_a_read_soon(transport, monkeypatch, kind):
    """The first connection is given up for another one, and all of it before a caller has to wait long."""
    asked = []

    async def listen(reader, writer):
        asked.append(await reader.readline())
        await reader.read()
        writer.close()

    monkeypatch.setitem(table_account.QUICK_READ, "read_timeout", 0.05)
    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = f"AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:{port}/a"
        account = TableAccount.from_connection_string(connection, transport)
        store = AzureTableStore(account, read_seconds=0.2)
        reading = (
            store.get("T", "p", "r")
            if kind == "get"
            else store.query("T", "p", above="a", below="b", limit=1)
        )
        with pytest.raises(TransientError, match="in time"):
            await reading
        await transport.shutdown()
    assert len(asked) > 1


async def test_many_writes_at_once(store: AzureTableStore, table: str, sdk: TableClient):
    await asyncio.gather(*(store.insert(table, f"p{n}", "r", {"n": n}) for n in range(100)))
    entities = [entity async for entity in sdk.list_entities()]
    assert sorted(sdk_values(entity)["n"] for entity in entities) == list(range(100))
