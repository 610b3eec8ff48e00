"""The bench counts table calls on the wire: each once, by kind, and no query of a timer."""

from collections import Counter
from pathlib import Path

from benchmarks.table_log import LoggedTables
from devstack.tests.support.conditions import until
from shared.ports.tables import Delete, Insert, Merge
from shared.runtime.http_transport import LeanTransport
from shared.storage.access.table_account import TableAccount
from shared.storage.access.tables import AzureTableStore
from shared.storage.keys import ORDERS


async def test_every_call_is_counted_by_its_kind(tmp_path: Path) -> None:
    with LoggedTables(tmp_path) as tables:
        transport = LeanTransport()
        store = AzureTableStore(TableAccount.from_connection_string(tables.connection_string, transport))
        etag = await store.insert(ORDERS, "p", "å b", {"n": 1})
        await store.merge(ORDERS, "p", Merge("å b", {"n": 2}, etag))
        await store.get(ORDERS, "p", "å b")
        await store.query(ORDERS, "p", above="!", below="~", limit=1)
        await store.transact(ORDERS, "p", [Insert("c", {}), Delete("å b")])
        await transport.shutdown()
        expected = Counter({f"{kind} {ORDERS}": 1 for kind in ("insert", "merge", "get")} | {"transact": 1})
        await until(lambda: {**tables.calls(), "insert Tables": 0} == {**expected, "insert Tables": 0})
