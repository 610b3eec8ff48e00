"""The unmodified table SDK over the lean transport: addresses, signatures, bodies and errors must agree."""

from collections.abc import AsyncIterator

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables.aio import TableClient, TableServiceClient

from shared.runtime.http_transport import LeanTransport


@pytest.fixture
async def table(azurite: str) -> AsyncIterator[TableClient]:
    transport = LeanTransport()
    service = TableServiceClient.from_connection_string(azurite, transport=transport)
    client = await service.create_table_if_not_exists("Contract")
    yield client
    await service.delete_table("Contract")
    await transport.shutdown()


@pytest.mark.parametrize("key", ["plain", "with space", "it's", "a=b&c+d%", "æøå|~", "(1,2)", "sp:ace@$!*"])
async def test_any_key_is_signed_and_found(table, key):
    await table.create_entity({"PartitionKey": key, "RowKey": key, "text": "blåbær"})
    entity = await table.get_entity(key, key)
    assert (entity["PartitionKey"], entity["text"]) == (key, "blåbær")
    await table.update_entity({"PartitionKey": key, "RowKey": key, "more": 1})
    assert (await table.get_entity(key, key, select=["more"]))["more"] == 1
    await table.delete_entity(key, key)
    with pytest.raises(ResourceNotFoundError):
        await table.get_entity(key, key)


async def test_conditions_and_conflicts_are_told_apart(table):
    created = await table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    with pytest.raises(ResourceExistsError):
        await table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    condition = {"etag": created["etag"], "match_condition": MatchConditions.IfNotModified}
    await table.update_entity({"PartitionKey": "p", "RowKey": "r", "x": 1}, **condition)
    with pytest.raises(ResourceModifiedError):
        await table.update_entity({"PartitionKey": "p", "RowKey": "r", "x": 2}, **condition)


async def test_pages_are_followed_to_the_end(table):
    for number in range(5):
        await table.create_entity({"PartitionKey": "p", "RowKey": str(number)})
    found = table.query_entities("PartitionKey eq 'p'", results_per_page=2)
    assert [entity["RowKey"] async for entity in found] == list("01234")


async def test_closing_a_client_closes_nothing(table):
    async with table:
        await table.create_entity({"PartitionKey": "p", "RowKey": "1"})
    await table.close()
    assert (await table.get_entity("p", "1"))["RowKey"] == "1"
