"""A store on Azurite, and a table of its own for each test."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from azure.data.tables.aio import TableServiceClient

from shared.runtime.http_transport import LeanTransport
from shared.storage.access.table_account import TableAccount
from shared.storage.access.tables import AzureTableStore

_numbers = count(1)


@pytest.fixture
async def transport() -> AsyncIterator[LeanTransport]:
    lean = LeanTransport()
    yield lean
    await lean.shutdown()


@pytest.fixture
def store(azurite: str, transport: LeanTransport) -> AzureTableStore:
    return AzureTableStore(TableAccount.from_connection_string(azurite, transport))


@pytest.fixture
async def table(store: AzureTableStore) -> str:
    name = f"Table{next(_numbers)}"
    await store.ensure_tables([name])
    return name


@pytest.fixture
async def sdk(azurite: str, table: str) -> AsyncIterator:
    async with TableServiceClient.from_connection_string(azurite) as service:
        yield service.get_table_client(table)
