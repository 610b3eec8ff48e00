"""The adapters of the app in the test world; each of their calls may meet a fault."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from shared.domain.orders.condition import ConditionAnswer
from shared.domain.recipients.contact_points import ContactPoints
from shared.ports.queues import QueuedMessage
from shared.ports.registers import OrganizationUsers
from shared.ports.tables import Delete, Insert, Merge, Operation, RowOperationError
from shared.records.columns import Columns, Row
from shared.runtime.errors import ConflictError, TransientError, UnavailableError
from shared.runtime.fair_shares import FairShares
from tests.support.pipeline.world import INCONCLUSIVE, Fault, World, registered


class Reach(Protocol):
    """The process that an adapter belongs to: it lets calls out and their answers in."""

    world: World
    calls: list[str]

    async def reach(self) -> Fault:
        """Meet the next fault on the way out."""
        ...

    async def come_back(self, fault: Fault) -> None:
        """Meet the same fault on the way back."""
        ...


# the status that an SDK gets when it repeats a write that was applied
_RETRIED = {Insert: 409, Merge: 412, Delete: 404}


class Store:
    def __init__(self, process: Reach) -> None:
        self._process = process
        self.tables = process.world.tables

    async def _reach(self) -> Fault:
        fault = await self._process.reach()
        if self._process.world.storage_down:
            raise TransientError("storage is down")
        return fault

    async def write(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        fault = await self._reach()
        etags = self.tables.apply(table, partition_key, operations)
        if fault is Fault.CONFLICT_AFTER:
            raise RowOperationError(0, _RETRIED[type(operations[0])])
        await self._process.come_back(fault)
        return etags

    async def _single(self, table: str, partition_key: str, operation: Operation) -> str:
        try:
            return (await self.write(table, partition_key, [operation]))[0]
        except RowOperationError as error:
            raise ConflictError(str(error)) from error

    async def insert(self, table: str, partition_key: str, row_key: str, columns: Columns) -> str:
        return await self._single(table, partition_key, Insert(row_key, columns))

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        return await self._single(table, partition_key, operation)

    async def delete(self, table: str, partition_key: str, row_key: str) -> None:
        try:
            await self.write(table, partition_key, [Delete(row_key)])
        except RowOperationError:
            return

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        fault = await self._reach()
        row = self.tables.rows.get((table, partition_key, row_key))
        await self._process.come_back(fault)
        return row

    async def query(
        self,
        table: str,
        partition_key: str,
        *,
        above: str,
        below: str,
        limit: int,
        select: Sequence[str] | None = None,
    ) -> list[Row]:
        fault = await self._reach()
        rows = [row for row in self.tables.partition(table, partition_key) if above < row.row_key < below]
        await self._process.come_back(fault)
        return rows[:limit]

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        return await self.write(table, partition_key, operations)


class Sender:
    def __init__(self, process: Reach) -> None:
        self._process = process

    async def send(self, message: QueuedMessage, *, deadline: float) -> None:
        await self.send_all([message], deadline=deadline)

    async def send_all(self, messages: Sequence[QueuedMessage], *, deadline: float) -> None:
        fault = await self._process.reach()
        if self._process.world.queues_down:
            raise TransientError("no queue takes anything")
        self._process.world.enqueue(messages)
        await self._process.come_back(Fault.AFTER if fault is Fault.CONFLICT_AFTER else fault)

    async def check(self, queue: str, *, deadline: float) -> None:
        fault = await self._process.reach()
        if self._process.world.queues_down:
            raise TransientError(f"there is no connection for {queue}")
        await self._process.come_back(fault)


class Watch:
    def __init__(self, process: Reach) -> None:
        self._process = process

    async def oldest(self, queue: str) -> datetime | None:
        fault = await self._process.reach()
        oldest = self._process.world.oldest(queue)
        await self._process.come_back(fault)
        return oldest


class Condition:
    def __init__(self, process: Reach) -> None:
        self._process = process

    async def ask(self, url: str) -> ConditionAnswer:
        self._process.world.asked[url] += 1
        try:
            await self._process.reach()
        except TransientError:
            return INCONCLUSIVE
        return self._process.world.condition


class BusyShares(FairShares):
    """Fair shares of which others hold all places, for as long as the world says so."""

    def __init__(self, process: Reach) -> None:
        super().__init__(places=1, clock=time.monotonic)
        self._world = process.world

    @contextmanager
    def held(self, owner: str, host: str) -> Iterator[bool]:
        yield not self._world.questions_put_off

    def pause(self, owner: str) -> float:
        return self._world.questions_put_off

    def count(self, owner: str, host: str) -> int:
        return 1


class Registers:
    """All registers of the platform in one; everybody has addresses, except numbers that are gone."""

    def __init__(self, process: Reach) -> None:
        self._process = process

    async def persons(self, numbers: Collection[str], *, use_stale: bool) -> dict[str, ContactPoints]:
        return await self._found(numbers)

    async def external_identities(self, urns: Collection[str]) -> dict[str, ContactPoints]:
        return {}

    async def organizations(self, numbers: Collection[str]) -> dict[str, ContactPoints]:
        return await self._found(numbers)

    async def organization_users(
        self, numbers: Collection[str], resource: str
    ) -> dict[str, OrganizationUsers]:
        await self._ask(numbers)
        return {}

    async def permitted(
        self, organizations: Collection[OrganizationUsers], resource: str, action: str
    ) -> set[tuple[int, int]]:
        return set()

    async def names(self, organizations: Collection[str], persons: Collection[str]) -> dict[str, str]:
        await self._ask([*organizations, *persons])
        return {number: f"navn {number}" for number in (*organizations, *persons)}

    async def _found(self, numbers: Collection[str]) -> dict[str, ContactPoints]:
        await self._ask(numbers)
        return {number: registered(number) for number in numbers if number not in self._process.world.gone}

    async def _ask(self, numbers: Collection[str]) -> None:
        """Fail as anything outside may; a register has no effects to lose."""
        if not numbers:
            return
        world = self._process.world
        fault = await self._process.reach()
        if world.registers_down or fault not in (Fault.NONE, Fault.DIE_AFTER):
            raise UnavailableError("a register is down")
        await self._process.come_back(fault)
