"""The row of a provider behind a slow network, in virtual time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from shared.ports.tables import Merge
from shared.records.columns import Columns, Row
from shared.runtime.errors import ConflictError, TransientError

START = datetime(2031, 5, 5, 10, tzinfo=UTC)


class LoopClock:
    """Virtual time as instants."""

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())


@dataclass
class SlowTable:
    """One row behind a network: slow, contended, and now and then its answers are lost or confused."""

    random: Random
    latency: float  # up to which a message travels, in seconds
    faults: float = 0.0  # the part of answers that are lost, and of those that are confused
    row: Row | None = None
    writes: int = 0
    calls: int = 0

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        self.calls += 1
        await self._travel()
        row = self.row
        await self._travel()
        return row

    async def insert(self, table: str, partition_key: str, row_key: str, columns: Columns) -> str:
        return await self._write(None, row_key, columns)

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        return await self._write(operation.etag, operation.row_key, operation.columns)

    async def _write(self, etag: str | None, row_key: str, columns: Columns) -> str:
        self.calls += 1
        await self._travel()
        if (self.row.etag if self.row else None) != etag:
            raise ConflictError("somebody was faster")
        self.writes += 1
        old = self.row.columns if self.row else {}
        etag = f"e{self.writes}"
        self.row = Row("p", row_key, etag, {**old, **columns})
        await self._travel()
        match self.random.random():
            case draw if draw < self.faults:
                raise ConflictError("the SDK's own retry met its first try")
            case draw if draw < 2 * self.faults:
                raise TransientError("the answer was lost")
        return etag

    async def _travel(self) -> None:
        await asyncio.sleep(self.random.uniform(0, self.latency))
