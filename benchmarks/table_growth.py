"""What a call costs the table emulator when its tables are nearly empty, and when they are full.

Two emulators run side by side and take turns, so that a busy machine slows both alike. Half of the rows lie
in one partition, the others in partitions of a hundred.
"""

import asyncio
import base64
import contextlib
import random
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlencode

from azure.data.tables import UpdateMode

from benchmarks.processes import thread_cpu_seconds
from benchmarks.report import Figure
from devstack.azurite.account import create_tables, table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.processes.child import Child
from devstack.processes.ports import free_ports
from shared.ports.tables import ANY_ETAG, Delete, Insert, Merge, Operation, RowOperationError
from shared.records.columns import Columns
from shared.runtime.http_transport import LeanTransport
from shared.storage.access.table_account import TableAccount
from shared.storage.access.tables import AzureTableStore

_FEW, _MANY = 1_000, 300_000
_GROWTH = 1.3
_TABLE = "Rows"
_PER_TRANSACTION = 100
_LARGE_PARTITION = "large"
_COLUMNS: Columns = {"Status": "Order_Processing", "Body": "x" * 300, "Attempts": 1}
_CHANGES: Columns = {"Status": "Order_Completed"}
_RANGE_ROWS = 10
_WARM_UP = 10
_ROUNDS = 30
_CALLS = 15  # of each kind in a round
_READY_SECONDS, _STOP_SECONDS = 30.0, 3.5


@dataclass(frozen=True, slots=True)
class CallCosts:
    """CPU seconds of the emulator for a round of calls of one kind: with few rows and with many, by round."""

    few: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """How many times as much a call costs with many rows; the median of the rounds."""
        return statistics.median(self.many) / statistics.median(self.few)


class FilledTable:
    """A table with rows on an emulator of its own, and the calls that are measured."""

    def __init__(self, pid: int, account: TableAccount, rows: int) -> None:
        self._pid = pid
        self._account = account
        self._store = AzureTableStore(account)
        self._transactions = rows // _PER_TRANSACTION
        self._numbers = count()
        self._random = random.Random(rows)
        self._added: list[tuple[str, str]] = []
        self.kinds: dict[str, Callable[[], Awaitable[object]]] = {
            "point read": self._read,
            "insert": self._insert,
            "merge": self._merge,
            "replace": self._replace,
            "delete": self._delete,
            "range of ten rows": self._range,
            "page after a continuation token": self._page,
            "two transactions": self._transact,
            "transaction rolled back": self._roll_back,
        }

    async def fill(self) -> None:
        """Insert the rows."""
        for number in range(self._transactions):
            inserts = [Insert(_row_key(number, place), _COLUMNS) for place in range(_PER_TRANSACTION)]
            await self._store.transact(_TABLE, _partition(number), inserts)

    async def cpu_of(self, kind: str, calls: int) -> float:
        """Return the CPU seconds that calls of one kind cost the emulator."""
        call = self.kinds[kind]
        before = thread_cpu_seconds(self._pid)
        for _ in range(calls):
            await call()
        return thread_cpu_seconds(self._pid) - before

    async def _read(self) -> None:
        if await self._store.get(_TABLE, *self._any_row()) is None:
            raise LookupError("a stored row was not found")

    async def _insert(self) -> None:
        partition, row = self._new_row()
        await self._store.insert(_TABLE, partition, row, _COLUMNS)
        self._added.append((partition, row))

    async def _delete(self) -> None:
        await self._store.delete(_TABLE, *self._added.pop())

    async def _merge(self) -> None:
        partition, row = self._any_row()
        await self._store.merge(_TABLE, partition, Merge(row, _CHANGES, ANY_ETAG))

    async def _replace(self) -> None:
        partition, row = self._any_row()
        entity = {"PartitionKey": partition, "RowKey": row, **_COLUMNS}
        await self._account.table(_TABLE).update_entity(entity, UpdateMode.REPLACE)

    async def _range(self) -> None:
        partition, row = self._any_row()
        await self._store.query(_TABLE, partition, above=row[:-2], below="~", limit=_RANGE_ROWS)

    async def _page(self) -> None:
        partition, row = self._any_row()
        query = {
            "$filter": f"PartitionKey eq '{partition}'",
            "$top": _RANGE_ROWS,
            "NextPartitionKey": _encoded(partition),
            "NextRowKey": _encoded(row),
        }
        answer = await self._account.read(f"{_TABLE}()?{urlencode(query, quote_via=quote)}")
        answer.raise_for_status()

    async def _transact(self) -> None:
        partition, row = self._any_row()
        new = f"{row}-{next(self._numbers)}"
        await self._store.transact(_TABLE, partition, [Insert(new, _COLUMNS), Merge(row, _CHANGES, ANY_ETAG)])
        await self._store.transact(_TABLE, partition, [Delete(new)])

    async def _roll_back(self) -> None:
        partition, row = self._any_row()
        new = f"{row}-{next(self._numbers)}"
        operations: list[Operation] = [
            Merge(row, _CHANGES, ANY_ETAG),
            Insert(new, _COLUMNS),
            Delete(f"{new}-absent"),
        ]
        try:
            await self._store.transact(_TABLE, partition, operations)
        except RowOperationError:
            return
        raise LookupError("a row that is not there was deleted")

    def _any_row(self) -> tuple[str, str]:
        number = self._random.randrange(self._transactions)
        return _partition(number), _row_key(number, self._random.randrange(_PER_TRANSACTION))

    def _new_row(self) -> tuple[str, str]:
        partition, row = self._any_row()
        return partition, f"{row}-{next(self._numbers)}"


def measure_growth() -> dict[str, CallCosts]:
    """Fill two emulators and return what each kind of call costs."""
    return asyncio.run(_measure())


def growth_figures(costs: dict[str, CallCosts]) -> list[Figure]:
    """Return how much each kind of call grows, and all of them together.

    A garbage collection of the whole heap falls into one round of one kind, so that only the sum shows it.
    """
    group = f"CPU of a table call of Azurite with {_MANY} rows stored, against {_FEW}"
    few = sum(sum(each.few) for each in costs.values())
    many = sum(sum(each.many) for each in costs.values())
    return [
        *(Figure(group, kind, each.growth, "", at_most=_GROWTH) for kind, each in costs.items()),
        Figure(group, "all, with garbage collection", many / few, "", at_most=_GROWTH),
        Figure(group, f"average at {_MANY}", many * 1000 / (_ROUNDS * _CALLS * len(costs)), "ms"),
    ]


async def _measure() -> dict[str, CallCosts]:
    async with _filled_table(_FEW) as few, _filled_table(_MANY) as many:
        costs = {kind: CallCosts() for kind in few.kinds}
        for number in range(_WARM_UP + _ROUNDS):
            for kind, found in costs.items():
                spent = await few.cpu_of(kind, _CALLS), await many.cpu_of(kind, _CALLS)
                if number >= _WARM_UP:
                    found.few.append(spent[0])
                    found.many.append(spent[1])
        return costs


@contextlib.asynccontextmanager
async def _filled_table(rows: int) -> AsyncIterator[FilledTable]:
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        child = Child(azurite_spec(port, None), Path(folder, "tables.log"))
        child.start()
        transport = LeanTransport()
        try:
            child.wait_ready(_READY_SECONDS)
            create_tables(port, [_TABLE])
            account = TableAccount.from_connection_string(table_connection_string(port), transport)
            assert child.pid is not None
            table = FilledTable(child.pid, account, rows)
            await table.fill()
            yield table
        finally:
            await transport.shutdown()
            child.stop(_STOP_SECONDS)


def _partition(number: int) -> str:
    return _LARGE_PARTITION if number % 2 else f"small-{number:05}"


def _row_key(number: int, place: int) -> str:
    return f"{number:05}-{place:02}"


def _encoded(key: str) -> str:
    """Return a key as the emulator writes it into a continuation token."""
    return base64.b64encode(key.encode()).decode()
