"""One writer of the feed as a process of its own: appends its share of the entries, and counts its calls.

It reads its plan from the command line, begins at a line on its standard input, and prints its result.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.domain.orders.ended_shipment import ClosedShipment, SmsSize
from shared.domain.orders.metrics import counts_of
from shared.domain.orders.notification import Notification, SmsResult
from shared.domain.orders.order import Channel, OrderStatus, OrderType
from shared.ports.tables import Operation, RowOperationError
from shared.records.columns import Row
from shared.runtime.clock import SystemClock
from shared.runtime.http_transport import LeanTransport
from shared.storage.access.table_account import TableAccount
from shared.storage.access.tables import AzureTableStore
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.status_feed import StatusFeed

OWNER = "ttd"
BATCH = 100  # messages of one invocation: maxMessageBatchSize in host.json
PER_SECOND = 1000  # shipments that ended in one second
_STARTED = datetime(2031, 5, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WriterPlan:
    """Entries first ≤ number < last, dealt out in batches; `again` percent of each are older ones instead."""

    tables: str
    writer: int
    writers: int
    first: int
    last: int
    again: int = 0
    alone: bool = False


@dataclass(slots=True)
class Written:
    """What a writer did: `rows` were inserted or changed, `repeats` are entries that were there before."""

    calls: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    refused: int = 0
    repeats: int = 0
    entries: int = 0
    started: float = 0.0
    ended: float = 0.0


class CountedStore(AzureTableStore):
    """Counts calls, rows and refused transactions."""

    def __init__(self, account: TableAccount, written: Written) -> None:
        super().__init__(account)
        self._written = written

    async def get(self, *args: Any, **more: Any) -> Row | None:
        """Count and read."""
        self._written.calls["get"] += 1
        return await super().get(*args, **more)

    async def query(self, *args: Any, **more: Any) -> list[Row]:
        """Count and read."""
        self._written.calls["query"] += 1
        return await super().query(*args, **more)

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        """Count and write."""
        self._written.calls["transact"] += 1
        try:
            etags = await super().transact(table, partition_key, operations)
        except RowOperationError:
            self._written.refused += 1
            raise
        self._written.rows += len(operations)
        return etags


def new_entry(number: int, *, alone: bool = False) -> NewEntry:
    """Return an ended order of one SMS, the same for the same number; alone in its second, or one of many."""
    at = _STARTED + timedelta(seconds=number if alone else number / PER_SECOND)
    chain = UUID(int=random.Random(number).getrandbits(96) << 32 | 0x01000000)
    sms = Notification(1, 0, Channel.SMS, f"+4790{number % 10**6:06}", SmsResult.DELIVERED, at, f"r-{number}")
    closed = ClosedShipment(
        str(chain),
        OrderType.NOTIFICATION,
        OrderStatus.COMPLETED,
        at,
        f"sak-{number}",
        (sms,),
        requested_send_at=at,
        sms_template=SmsSize(80, 1),
    )
    return NewEntry(closed, counts_of([closed]))


def _batches(plan: WriterPlan) -> list[list[int]]:
    chance = random.Random(plan.writer)
    size = 1 if plan.alone else BATCH
    starts = range(plan.first + plan.writer * size, plan.last, plan.writers * size)
    return [
        [
            chance.randrange(plan.first) if chance.randrange(100) < plan.again else number
            for number in range(start, min(start + size, plan.last))
        ]
        for start in starts
    ]


async def _write(plan: WriterPlan) -> Written:
    written, transport = Written(), LeanTransport()
    store = CountedStore(TableAccount.from_connection_string(plan.tables, transport), written)
    feed = StatusFeed(store, SystemClock())
    batches = [
        (numbers, [new_entry(number, alone=plan.alone) for number in numbers]) for numbers in _batches(plan)
    ]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    written.started = time.monotonic()
    for numbers, entries in batches:
        left = entries
        while left:  # as a queue brings again what failed
            outcomes = await feed.append(OWNER, left)
            left = [entry for entry, outcome in zip(left, outcomes, strict=True) if outcome is not None]
        written.repeats += sum(number < plan.first for number in numbers)
        written.entries += len(numbers)
    written.ended = time.monotonic()
    await transport.shutdown()
    return written


if __name__ == "__main__":
    result = asyncio.run(_write(WriterPlan(**json.loads(sys.argv[1]))))
    sys.stdout.write(json.dumps({each.name: getattr(result, each.name) for each in fields(result)}) + "\n")
