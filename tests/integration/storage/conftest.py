"""Azurite for the whole session, a table of its own for each test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count

import pytest
from azure.data.tables.aio import TableServiceClient

from devstack.azurite import azurite_spec, table_connection_string
from devstack.child import Child
from devstack.ports import free_ports
from shared.storage.table_account import TableAccount
from shared.storage.tables import AzureTableStore
from shared.transport import LeanTransport

_numbers = count(1)


@pytest.fixture(scope="session")
def table_connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    (port,) = free_ports(1)
    child = Child(azurite_spec(port, None), tmp_path_factory.mktemp("azurite") / "azurite.log")
    child.start()
    child.wait_ready(30)
    yield table_connection_string(port)
    child.stop(3)


@pytest.fixture
async def transport() -> AsyncIterator[LeanTransport]:
    lean = LeanTransport()
    yield lean
    await lean.shutdown()


@pytest.fixture
def store(table_connection: str, transport: LeanTransport) -> AzureTableStore:
    return AzureTableStore(TableAccount.from_connection_string(table_connection, transport))


@pytest.fixture
async def table(store: AzureTableStore) -> str:
    name = f"Table{next(_numbers)}"
    await store.ensure_tables([name])
    return name


@asynccontextmanager
async def opened_store(connection: str) -> AsyncIterator[AzureTableStore]:
    """Yield a store for tests that run a loop of their own for each example."""
    transport = LeanTransport()
    try:
        yield AzureTableStore(TableAccount.from_connection_string(connection, transport))
    finally:
        await transport.shutdown()


@pytest.fixture
async def sdk(table_connection: str, table: str) -> AsyncIterator:
    async with TableServiceClient.from_connection_string(table_connection) as service:
        yield service.get_table_client(table)
