"""A world in which the real use cases run: storage, queues, providers and time that misbehave on command.

Storage can fail before or after applying any write, the process can die at any call, the queues lose, double
and reorder. Everything is in memory and deterministic, so hypothesis can search and shrink.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

import orjson

from shared.domain.condition import ConditionAnswer, ConditionPolicy
from shared.domain.contact_points import ContactPoints
from shared.domain.notification import EmailResult, Outcome, SmsResult
from shared.domain.order import Attachment, ChainRequest, SendingTimePolicy
from shared.domain.send_window import SendWindow
from shared.domain.slots import Limit
from shared.errors import ConflictError, TransientError, UnavailableError
from shared.ids import IdMaker
from shared.messaging import queues
from shared.messaging.envelope import dump_sms_report, load_feed_news, load_send_work, load_wake
from shared.ports import (
    ANY_ETAG,
    AttachmentProblem,
    Delete,
    EmailAttachment,
    EmailOperation,
    EmailOperationStatus,
    EmailSendOutcome,
    EmailSendStatus,
    Insert,
    Merge,
    Operation,
    OrganizationUsers,
    OutgoingEmail,
    OutgoingSms,
    Properties,
    QueuedMessage,
    Row,
    RowOperationError,
    SmsSubmitOutcome,
    SmsSubmitStatus,
)
from shared.services.advance_order import AdvanceOrder
from shared.services.append_feed import AppendFeed
from shared.services.cancel_chain import CancelChain
from shared.services.cancel_order import CancelOrder
from shared.services.hand_over import HandOver
from shared.services.pace_provider import PaceProvider
from shared.services.place_order import PlaceOrder, Receipt
from shared.services.purge_old import PurgeOld
from shared.services.record_outcomes import RecordOutcomes
from shared.services.record_report import RecordReport
from shared.services.release_delay import ReleaseDelay
from shared.services.release_due import ReleaseDue
from shared.services.resolve_recipients import ResolveRecipients
from shared.services.retry_work import RetryWork
from shared.services.send_email import SendEmail
from shared.services.send_instant import SendInstant
from shared.services.send_sms import SendSms
from shared.storage import codec, keys
from shared.storage.agenda import Agenda
from shared.storage.by_recipient import RecipientIndex
from shared.storage.by_reference import ReferenceIndex
from shared.storage.dead_letters import DeadLetters
from shared.storage.feed import StatusFeed
from shared.storage.feed_tail import FeedTail
from shared.storage.notification_log import NotificationLog
from shared.storage.order_indexes import OrderIndexes
from shared.storage.order_purge import OrderPurge
from shared.storage.orders import OrderTable
from shared.storage.provider_slots import ProviderSlots
from shared.storage.references import GatewayReferences

MET = ConditionAnswer(met=True, reason="answered")
NOT_MET = ConditionAnswer(met=False, reason="answered")
INCONCLUSIVE = ConditionAnswer(met=None, reason="status 503")
REPEAT_WINDOW = timedelta(minutes=5)
CONTENT_RETENTION = timedelta(days=30)
METADATA_RETENTION = timedelta(days=300)


class Fault(Enum):
    """What happens to the next call to the outside."""

    NONE = auto()
    BEFORE = auto()  # fails without effect
    AFTER = auto()  # takes effect, then reported as lost
    CONFLICT_AFTER = auto()  # takes effect, then an SDK's own retry meets it and reports a conflict
    DIE_BEFORE = auto()  # the process ends before the effect
    DIE_AFTER = auto()  # the process ends after the effect


class VirtualClock:
    """A clock that only moves when told."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class MemoryTables:
    """Rows with ETags, shared by all processes of the world."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Row] = {}
        self._etags = itertools.count(1)

    def partition(self, table: str, partition_key: str) -> list[Row]:
        return sorted(
            (row for (t, p, _), row in self.rows.items() if (t, p) == (table, partition_key)),
            key=lambda row: row.row_key,
        )

    def apply(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        keys = [(table, partition_key, operation.row_key) for operation in operations]
        assert len(set(keys)) == len(keys), "a row twice in one transaction"
        assert 0 < len(operations) <= 100
        for index, (key, operation) in enumerate(zip(keys, operations, strict=True)):
            row = self.rows.get(key)
            match operation:
                case Insert() if row is not None:
                    raise RowOperationError(index, 409)
                case Delete() if row is None:
                    raise RowOperationError(index, 404)
                case Merge() if row is None:
                    raise RowOperationError(index, 404)
                case Merge() | Delete() if row is not None and operation.etag not in (row.etag, ANY_ETAG):
                    raise RowOperationError(index, 412)
                case _:
                    pass
        return [self._apply_one(key, operation) for key, operation in zip(keys, operations, strict=True)]

    def _apply_one(self, key: tuple[str, str, str], operation: Operation) -> str:
        if isinstance(operation, Delete):
            del self.rows[key]
            return ""
        etag = f"e{next(self._etags)}"
        old = self.rows[key].properties if isinstance(operation, Merge) else {}
        self.rows[key] = Row(key[1], key[2], etag, {**old, **operation.properties})
        return etag


@dataclass
class World:
    """Everything outside the process, and the faults that wait for its next calls."""

    clock: VirtualClock
    real_time: VirtualClock
    window: SendWindow = field(default_factory=SendWindow)
    tables: MemoryTables = field(default_factory=MemoryTables)
    messages: list[QueuedMessage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    condition: ConditionAnswer = MET
    conditions: ConditionPolicy = field(default_factory=ConditionPolicy)
    asked: Counter[str] = field(default_factory=Counter)  # condition endpoints, by address
    links_hold: bool = True
    provider_limit: int = 0  # e-mails a minute, SMS a second; 0: none
    registers_down: bool = False
    told_of_cancellations: tuple[str, ...] = ("skd",)  # owners whose feed has their cancelled shipments
    gone: set[str] = field(default_factory=set)  # numbers the registers do not know any more
    emails: Counter[str] = field(default_factory=Counter)
    email_operations: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    sms_calls: Counter[str] = field(default_factory=Counter)
    sms_lost_answers: Counter[str] = field(default_factory=Counter)
    references: dict[str, str] = field(default_factory=dict)
    broken_rules: list[str] = field(default_factory=list)

    def next_fault(self) -> Fault:
        return self.faults.pop(0) if self.faults else Fault.NONE


class Process:
    """One run of the app: its own caches and tasks, gone when it dies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.died = asyncio.Event()
        self.calls: list[str] = []  # numbers the gateway was called with
        store, sender = _Store(self), _Sender(self)
        hand_over = HandOver(sender)
        orders, agenda = OrderTable(store), Agenda(store)
        references, feed = GatewayReferences(store), StatusFeed(store, world.clock)
        record = RecordOutcomes(orders=orders, hand_over=hand_over, clock=world.clock)
        provider, gateway, delay = _Email(self), _Gateway(self), ReleaseDelay(timedelta(minutes=10))
        ids = IdMaker(b"0" * 32)
        registers = _Registers(self)
        resolve = ResolveRecipients(
            contacts=registers, access=registers, names=registers, is_phone_number=lambda _: True
        )
        self.place_order = PlaceOrder(
            orders=orders,
            agenda=agenda,
            index=OrderIndexes(ReferenceIndex(store, ids), RecipientIndex(store, ids)),
            hand_over=hand_over,
            ids=ids,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
            release_delay=delay,
            resolve=resolve,
        )
        self.advance = AdvanceOrder(
            orders=orders,
            agenda=agenda,
            hand_over=hand_over,
            record=record,
            provider=provider,
            condition=_Condition(self),
            conditions=world.conditions,
            resolve=resolve,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
            release_delay=delay,
        )
        email_pace = _pace(self, store, "email", timedelta(minutes=1))
        sms_pace = _pace(self, store, "sms", timedelta(seconds=1))
        self.email_pace = email_pace
        self.send_email = SendEmail(
            orders=orders,
            provider=provider,
            attachments=_Attachments(self),
            pace=email_pace,
            record=record,
            hand_over=hand_over,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
        )
        self.send_sms = SendSms(
            orders=orders,
            references=references,
            gateway=gateway,
            pace=sms_pace,
            record=record,
            hand_over=hand_over,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
            release_delay=delay,
            call_timeout=timedelta(seconds=30),
        )
        self.orders = orders
        self.send_instant = SendInstant(
            orders=orders,
            agenda=agenda,
            index=ReferenceIndex(store, ids),
            references=references,
            gateway=gateway,
            provider=provider,
            sms_pace=sms_pace,
            email_pace=email_pace,
            record=record,
            ids=ids,
            clock=world.clock,
            real_time=world.real_time,
            window=world.window,
            sms_call=timedelta(seconds=30),
        )
        self.report = RecordReport(
            record=record,
            references=references,
            hand_over=hand_over,
            read_email_reports=_read_reports,
            clock=world.clock,
        )
        self.append_feed = AppendFeed(
            orders=orders,
            feed=feed,
            log=NotificationLog(store),
            agenda=agenda,
            hand_over=hand_over,
            clock=world.clock,
            cancellations_for=world.told_of_cancellations,
        )
        self.cancel_order = CancelOrder(orders=orders, hand_over=hand_over, clock=world.clock)
        self.cancel_chain = CancelChain(orders=orders, cancel_order=self.cancel_order)
        self.release_due = ReleaseDue(agenda=agenda, hand_over=hand_over, clock=world.clock)
        self.retry = RetryWork(sender=sender, clock=world.clock)
        self.purge = PurgeOld(
            orders=orders,
            purge=OrderPurge(store, orders),
            tail=FeedTail(store),
            log=NotificationLog(store),
            references=references,
            by_reference=ReferenceIndex(store, ids),
            by_recipient=RecipientIndex(store, ids),
            dead_letters=DeadLetters(store),
            clock=world.clock,
            content_retention=CONTENT_RETENTION,
            metadata_retention=METADATA_RETENTION,
        )

    async def place(self, creator: str, request: ChainRequest) -> Receipt:
        return await self.place_order(creator, request)

    async def handle(self, message: QueuedMessage) -> None:
        """Carry out one message as its trigger does."""
        body = message.body
        match message.queue:
            case queues.ORDERS:
                work: Coroutine[Any, Any, None] = self.advance(load_wake(body))
            case queues.EMAIL_SEND:
                work = self.send_email(load_send_work(body))
            case queues.SMS_SEND:
                work = self.send_sms(load_send_work(body))
            case queues.DELIVERY_REPORTS:
                work = self.report(body)
            case _:
                work = self.append_feed([load_feed_news(body)])
        await self.retry(message.queue, body, work)

    async def reach(self) -> Fault:
        """Meet the next fault on the way out; a dead process never comes back from here."""
        await asyncio.sleep(0)
        fault = self.world.next_fault()
        if self.died.is_set() or fault is Fault.DIE_BEFORE:
            await self.die()
        if fault is Fault.BEFORE:
            raise TransientError("lost on the way")
        return fault

    async def come_back(self, fault: Fault) -> None:
        if fault is Fault.DIE_AFTER:
            await self.die()
        if fault is Fault.AFTER:
            raise TransientError("the answer was lost")

    async def die(self) -> None:
        """End this process; the answers of calls that it had not written down yet are lost with it."""
        if not self.died.is_set():
            self.died.set()
            for number in self.calls:
                if not self._is_recorded(number):
                    self.world.sms_lost_answers[number] += 1
        await asyncio.Future()

    def _is_recorded(self, number: str) -> bool:
        states = [
            codec.state_from_json(orjson.loads(str(row.properties["State"])))
            for (table, _, _), row in self.world.tables.rows.items()
            if table == keys.ORDERS
        ]
        return any(n.address == number and not n.is_unsent for state in states for n in state.notifications)


def _pace(process: Process, store: "_Store", provider: str, window: timedelta) -> PaceProvider:
    calls = process.world.provider_limit
    limits = (Limit("Limit", calls, window),) if calls else ()
    slots = ProviderSlots(store, provider, [limit.name for limit in limits])
    world = process.world
    return PaceProvider(slots=slots, limits=limits, clock=world.clock, real_time=world.real_time)


# what an SDK's own retry of a write that was applied is answered with
_RETRIED = {Insert: 409, Merge: 412, Delete: 404}


class _Store:
    def __init__(self, process: Process) -> None:
        self._process = process
        self._tables = process.world.tables

    async def _write(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        fault = await self._process.reach()
        etags = self._tables.apply(table, partition_key, operations)
        if fault is Fault.CONFLICT_AFTER:
            raise RowOperationError(0, _RETRIED[type(operations[0])])
        await self._process.come_back(fault)
        return etags

    async def _single(self, table: str, partition_key: str, operation: Operation) -> str:
        try:
            return (await self._write(table, partition_key, [operation]))[0]
        except RowOperationError as error:
            raise ConflictError(str(error)) from error

    async def insert(self, table: str, partition_key: str, row_key: str, properties: Properties) -> str:
        return await self._single(table, partition_key, Insert(row_key, properties))

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        return await self._single(table, partition_key, operation)

    async def delete(self, table: str, partition_key: str, row_key: str) -> None:
        try:
            await self._write(table, partition_key, [Delete(row_key)])
        except RowOperationError:
            return

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        fault = await self._process.reach()
        row = self._tables.rows.get((table, partition_key, row_key))
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
        fault = await self._process.reach()
        rows = [row for row in self._tables.partition(table, partition_key) if above < row.row_key < below]
        await self._process.come_back(fault)
        return rows[:limit]

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        return await self._write(table, partition_key, operations)


class _Sender:
    def __init__(self, process: Process) -> None:
        self._process = process

    async def send(self, message: QueuedMessage, *, deadline: float) -> None:
        await self.send_all([message], deadline=deadline)

    async def send_all(self, messages: Sequence[QueuedMessage], *, deadline: float) -> None:
        fault = await self._process.reach()
        self._process.world.messages.extend(messages)
        await self._process.come_back(Fault.AFTER if fault is Fault.CONFLICT_AFTER else fault)


class _Email:
    """A provider that recognises a repeat by operation id and first-sent time for five minutes."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def send(self, email: OutgoingEmail) -> EmailSendOutcome:
        world = self._process.world
        try:
            fault = await self._process.reach()
        except TransientError:
            return EmailSendOutcome(EmailSendStatus.NOT_SENT)
        if fault is Fault.CONFLICT_AFTER:
            return EmailSendOutcome(EmailSendStatus.THROTTLED, retry_after=30)
        if "$" in email.subject + email.body:
            world.broken_rules.append("an e-mail left with a placeholder in it")
        known = world.email_operations.get(email.operation_id)
        repeat = known is not None and known[0] == email.first_sent_at
        if repeat and world.real_time.now() - known[1] > REPEAT_WINDOW:  # type: ignore[index]
            return EmailSendOutcome(EmailSendStatus.IN_DOUBT)
        if known is None:
            world.email_operations[email.operation_id] = (email.first_sent_at, world.real_time.now())
            world.emails[email.operation_id] += 1
        elif not repeat:  # the worst case: a new first-sent time is a new e-mail
            world.emails[email.operation_id] += 1
        try:
            await self._process.come_back(fault)
        except TransientError:
            return EmailSendOutcome(EmailSendStatus.IN_DOUBT)
        return EmailSendOutcome(EmailSendStatus.ACCEPTED, operation_id=email.operation_id)

    async def operation(self, operation_id: str) -> EmailOperation:
        try:
            await self._process.reach()
        except TransientError:
            return EmailOperation(EmailOperationStatus.UNKNOWN)
        known = operation_id in self._process.world.email_operations
        return EmailOperation(EmailOperationStatus.SUCCEEDED if known else EmailOperationStatus.NOT_FOUND)


class _Attachments:
    """Storage of a sender, which fails like everything else; its links may die."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @asynccontextmanager
    async def fetched(
        self, attachments: Sequence[Attachment], *, max_bytes: int
    ) -> AsyncIterator[tuple[EmailAttachment, ...] | AttachmentProblem]:
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
            yield AttachmentProblem.BUSY
        elif not self._process.world.links_hold:
            yield AttachmentProblem.LINK_INVALID
        else:
            yield tuple(EmailAttachment(file.filename, file.mime_type, b"file") for file in attachments)


class _Gateway:
    """A gateway that recognises nothing: every call is a message."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._numbers = itertools.count()

    async def submit(self, messages: Sequence[OutgoingSms]) -> list[SmsSubmitOutcome]:
        world = self._process.world
        try:
            fault = await self._process.reach()
        except TransientError:
            return [SmsSubmitOutcome(SmsSubmitStatus.NOT_SENT) for _ in messages]
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
            outcomes.append(SmsSubmitOutcome(SmsSubmitStatus.ACCEPTED, reference))
        try:
            await self._process.come_back(Fault.AFTER if fault is Fault.CONFLICT_AFTER else fault)
        except TransientError:
            return [SmsSubmitOutcome(SmsSubmitStatus.IN_DOUBT) for _ in messages]
        return outcomes


class _Condition:
    def __init__(self, process: Process) -> None:
        self._process = process

    async def ask(self, url: str) -> ConditionAnswer:
        self._process.world.asked[url] += 1
        try:
            await self._process.reach()
        except TransientError:
            return INCONCLUSIVE
        return self._process.world.condition


class _Registers:
    """All registers of the platform in one: everybody has an address of their own, names change with time."""

    def __init__(self, process: Process) -> None:
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


def registered(number: str) -> ContactPoints:
    """Return the contact points of a person or organisation; those ending with 9 are reserved."""
    return ContactPoints(
        emails=(f"p{number}@example.no",), mobiles=(f"+47{number[-8:]}",), reserved=number.endswith("9")
    )


@dataclass(frozen=True)
class _EmailReport:
    operation_id: str
    result: EmailResult


def _read_reports(body: bytes) -> list[_EmailReport]:
    event = orjson.loads(body)
    return [_EmailReport(event["operation"], EmailResult(event["result"]))]


def sms_report(reference: str, result: SmsResult, at: datetime) -> QueuedMessage:
    """Return the queue message that the webhook makes of a gateway's report."""
    return QueuedMessage(queues.DELIVERY_REPORTS, "r", dump_sms_report(reference, Outcome(result, at)))


def email_report(operation_id: str, result: str) -> QueuedMessage:
    """Return the queue message of a provider's e-mail report."""
    body = orjson.dumps({"kind": "event", "operation": operation_id, "result": result})
    return QueuedMessage(queues.DELIVERY_REPORTS, "r", body)


def start_of_day() -> datetime:
    """Return an instant at which the window is open: a Monday, 10:00 in Oslo."""
    return datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
