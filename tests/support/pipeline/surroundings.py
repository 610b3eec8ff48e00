"""The adapters of the app in the test world; each of their calls may meet a fault."""

import itertools
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Protocol

import orjson

from shared.domain.orders.condition import ConditionAnswer
from shared.domain.orders.notification import EmailResult
from shared.domain.orders.order import Attachment, Channel, SendingTimePolicy
from shared.domain.recipients.contact_points import ContactPoints
from shared.ports.email import (
    AttachmentProblem,
    EmailAttachment,
    EmailOperation,
    EmailOperationStatus,
    EmailReport,
    FetchedFiles,
    FilesPutOff,
    OutgoingEmail,
)
from shared.ports.queues import QueuedMessage
from shared.ports.registers import OrganizationUsers
from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms
from shared.ports.tables import Delete, Insert, Merge, Operation, RowOperationError
from shared.records.columns import Columns, Row
from shared.runtime.errors import ConflictError, TransientError, UnavailableError
from shared.runtime.fair_shares import FairShares
from tests.support.pipeline.world import INCONCLUSIVE, REPEAT_WINDOW, Fault, Outage, World, registered


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


class Email:
    """A provider that recognises a repeat by operation id and first-sent time for five minutes."""

    def __init__(self, process: Reach) -> None:
        self._process = process

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        world = self._process.world
        try:
            fault = await self._process.reach()
        except TransientError:
            return SendOutcome(SendStatus.NOT_SENT)
        world.requests[Channel.EMAIL] += 1
        if (outage := world.outages.get(Channel.EMAIL)) is not None:
            return broken(outage)
        if fault is Fault.CONFLICT_AFTER:
            return SendOutcome(SendStatus.NOT_SENT, retry_after=30)
        if "$" in email.subject + email.body:
            world.broken_rules.append("an e-mail left with a placeholder in it")
        known = world.email_operations.get(email.operation_id)
        repeat = known is not None and known[0] == email.first_sent_at
        if repeat and world.real_time.now() - known[1] > REPEAT_WINDOW:  # type: ignore[index]
            return SendOutcome(SendStatus.IN_DOUBT)
        if known is None:
            world.email_operations[email.operation_id] = (email.first_sent_at, world.real_time.now())
            world.emails[email.operation_id] += 1
        elif not repeat:  # the worst case: a new first-sent time is a new e-mail
            world.emails[email.operation_id] += 1
        try:
            await self._process.come_back(fault)
        except TransientError:
            return SendOutcome(SendStatus.IN_DOUBT)
        return SendOutcome(SendStatus.ACCEPTED, reference=email.operation_id)

    async def operation(self, operation_id: str) -> EmailOperation:
        try:
            await self._process.reach()
        except TransientError:
            return EmailOperation(EmailOperationStatus.UNKNOWN)
        if Channel.EMAIL in self._process.world.outages:
            return EmailOperation(EmailOperationStatus.UNKNOWN)
        known = operation_id in self._process.world.email_operations
        return EmailOperation(EmailOperationStatus.SUCCEEDED if known else EmailOperationStatus.NOT_FOUND)


class Attachments:
    """Storage of a sender, which fails like everything else; its links may die."""

    def __init__(self, process: Reach) -> None:
        self._process = process

    @asynccontextmanager
    async def fetched(
        self, attachments: Sequence[Attachment], *, owner: str, max_bytes: int
    ) -> AsyncIterator[FetchedFiles]:
        if not attachments:
            yield ()
            return
        try:
            fault = await self._process.reach()
            await self._process.come_back(fault)
        except TransientError:
            yield AttachmentProblem.UNAVAILABLE
            return
        if fault is Fault.CONFLICT_AFTER:
            yield FilesPutOff(10)
        elif not self._process.world.links_hold:
            yield AttachmentProblem.LINK_INVALID
        else:
            yield tuple(EmailAttachment(file.filename, file.mime_type, b"file") for file in attachments)


class Gateway:
    """A gateway that recognises nothing: every call is a message."""

    def __init__(self, process: Reach) -> None:
        self._process = process
        self._numbers = itertools.count()

    async def submit(self, messages: Sequence[OutgoingSms]) -> list[SendOutcome]:
        world = self._process.world
        try:
            fault = await self._process.reach()
        except TransientError:
            return [SendOutcome(SendStatus.NOT_SENT) for _ in messages]
        world.requests[Channel.SMS] += 1
        if (outage := world.outages.get(Channel.SMS)) is not None:
            outcome = broken(outage)
            if outcome.status is SendStatus.IN_DOUBT:
                world.sms_lost_answers.update(message.to for message in messages)
            return [outcome for _ in messages]
        outcomes = []
        for message in messages:
            world.sms_calls[message.to] += 1
            self._process.calls.append(message.to)
            if fault in (Fault.AFTER, Fault.CONFLICT_AFTER):
                world.sms_lost_answers[message.to] += 1
            if message.sender == SendingTimePolicy.DAYTIME and not world.window.is_open(world.clock.now()):
                world.broken_rules.append("an SMS left outside the window")
            if "$" in message.text:
                world.broken_rules.append("an SMS left with a placeholder in it")
            reference = f"ref-{len(world.references)}"
            world.references[reference] = message.to
            outcomes.append(SendOutcome(SendStatus.ACCEPTED, reference))
        try:
            await self._process.come_back(Fault.AFTER if fault is Fault.CONFLICT_AFTER else fault)
        except TransientError:
            return [SendOutcome(SendStatus.IN_DOUBT) for _ in messages]
        return outcomes

    async def answers(self) -> SendOutcome:
        try:
            await self._process.reach()
        except TransientError:
            return SendOutcome(SendStatus.NOT_SENT)
        outage = self._process.world.outages.get(Channel.SMS)
        return SendOutcome(SendStatus.ACCEPTED) if outage is None else broken(outage)


def broken(outage: Outage) -> SendOutcome:
    """Return the outcome of a call to a provider that is out of order."""
    match outage:
        case Outage.REFUSED:
            return SendOutcome(SendStatus.NOT_SENT)
        case Outage.SERVER_ERROR | Outage.TIMEOUT:
            return SendOutcome(SendStatus.IN_DOUBT)
        case Outage.FULL:
            return SendOutcome(SendStatus.NOT_SENT, retry_after=20)
        case Outage.SETTINGS:
            return SendOutcome(SendStatus.NOT_SENT, wrong_settings="A_SETTING")


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


def read_reports(body: bytes) -> tuple[list[EmailReport], None]:
    event = orjson.loads(body)
    return [EmailReport(event["operation"], EmailResult(event["result"]))], None
