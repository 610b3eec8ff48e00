"""A world in which the real use cases run: storage, queues, providers and time that misbehave on command.

Storage can fail before or after applying any write, the process can die at any call, the queues lose, double
and reorder. Everything is in memory and deterministic, so hypothesis can search and shrink. The ports to this
world are in `surroundings`, the app that uses them in `process`.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import orjson

from shared.domain.orders.condition import ConditionAnswer, ConditionPolicy
from shared.domain.orders.notification import Outcome, SmsResult
from shared.domain.orders.order import Channel
from shared.domain.recipients.contact_points import ContactPoints
from shared.domain.sending.send_window import SendWindow
from shared.ports.queues import QueuedMessage
from shared.ports.tables import ANY_ETAG, Delete, Insert, Merge, Operation, RowOperationError
from shared.records import queues
from shared.records.columns import Row
from shared.records.messages import dump_sms_report
from shared.storage.keys import CHAIN, ORDERS, REFERENCE

MET = ConditionAnswer(met=True, reason="answered")
NOT_MET = ConditionAnswer(met=False, reason="answered")
INCONCLUSIVE = ConditionAnswer(met=None, reason="status 503")
SILENT = ConditionAnswer(met=None, reason="deadline", silent=True)
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


@dataclass(frozen=True)
class Enqueued(QueuedMessage):
    """A message on a queue, with the business time at which it got there."""

    accepted_at: datetime = field(kw_only=True)

    @property
    def active_from(self) -> datetime:
        """When it is handed out; a scheduled one is enqueued at its time."""
        return self.accepted_at if self.scheduled_at is None else max(self.accepted_at, self.scheduled_at)


class Outage(Enum):
    """How a provider is out of order, for as long as that lasts."""

    REFUSED = auto()  # no connection
    SERVER_ERROR = auto()  # 500, and nothing was taken
    TIMEOUT = auto()  # no answer, and nothing was taken
    FULL = auto()  # 429
    SETTINGS = auto()  # it does not accept our settings


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
        found = [
            (row_key, row)
            for (of_table, partition, row_key), row in self.rows.items()
            if partition == partition_key and of_table == table
        ]
        return [row for _, row in sorted(found)]

    def chains(self) -> dict[tuple[str, str, str], Row]:
        """The rows of orders and their pages, by key."""
        return {key: row for key, row in self._of_orders() if key[2].startswith(CHAIN)}

    def agenda(self) -> dict[tuple[str, str, str], Row]:
        """The rows of the agenda, by key."""
        return {key: row for key, row in self._of_orders() if not key[2].startswith((CHAIN, REFERENCE))}

    def index(self) -> dict[tuple[str, str, str], Row]:
        """The rows of the index of references, by key."""
        return {key: row for key, row in self._of_orders() if key[2].startswith(REFERENCE)}

    def _of_orders(self) -> list[tuple[tuple[str, str, str], Row]]:
        return [item for item in self.rows.items() if item[0][0] == ORDERS]

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
        old = self.rows[key].columns if isinstance(operation, Merge) else {}
        self.rows[key] = Row(key[1], key[2], etag, {**old, **operation.columns})
        return etag


@dataclass
class Receiver:
    """What listens at the address of a webhook, and the numbers it has taken, in the order they came."""

    status: int | None = 200  # None: there is no answer
    retry_after: float | None = None
    took: list[int] = field(default_factory=list)
    calls: list[tuple[str, bytes, tuple[str, ...]]] = field(default_factory=list)  # id, body, secrets

    @property
    def first_seen(self) -> list[int]:
        """The numbers in the order in which each came first."""
        return list(dict.fromkeys(self.took))


@dataclass
class World:
    """Everything outside the process, and the faults that wait for its next calls."""

    clock: VirtualClock
    real_time: VirtualClock
    window: SendWindow = field(default_factory=SendWindow)
    tables: MemoryTables = field(default_factory=MemoryTables)
    messages: list[QueuedMessage] = field(default_factory=list)
    deliveries: Counter[QueuedMessage] = field(default_factory=Counter)  # that ended with an error
    dead: list[QueuedMessage] = field(default_factory=list)  # those that were given up
    faults: list[Fault] = field(default_factory=list)
    condition: ConditionAnswer = MET
    questions_put_off: float = 0  # for how many seconds questions are put off; 0: none is
    conditions: ConditionPolicy = field(default_factory=ConditionPolicy)
    asked: Counter[str] = field(default_factory=Counter)  # condition endpoints, by address
    links_hold: bool = True
    provider_limit: int = 0  # e-mails a minute, SMS a second; 0: none
    registers_down: bool = False
    storage_down: bool = False
    queues_down: bool = False  # sends fail; messages that are there are delivered
    outages: dict[Channel, Outage] = field(default_factory=dict)
    told_of_cancellations: tuple[str, ...] = ("skd",)  # owners whose feed has their cancelled shipments
    gone: set[str] = field(default_factory=set)  # numbers that the registers have removed
    emails: Counter[str] = field(default_factory=Counter)
    email_operations: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    sms_calls: Counter[str] = field(default_factory=Counter)
    sms_lost_answers: Counter[str] = field(default_factory=Counter)
    requests: Counter[Channel] = field(default_factory=Counter)  # by channel, refused ones included
    references: dict[str, str] = field(default_factory=dict)
    webhooks: dict[str, "Receiver"] = field(default_factory=dict)  # by address
    broken_rules: list[str] = field(default_factory=list)

    def enqueue(self, messages: Iterable[QueuedMessage]) -> None:
        """Put messages on their queues."""
        now = self.clock.now()
        self.messages += [
            Enqueued(m.queue, m.message_id, m.body, m.scheduled_at, m.may_share, accepted_at=now)
            for m in messages
        ]

    def active(self) -> list[Enqueued]:
        """Return the messages that are there to be handled now."""
        now = self.clock.now()
        return [m for m in self.messages if isinstance(m, Enqueued) and m.active_from <= now]

    def oldest(self, queue: str) -> datetime | None:
        """Return since when the oldest message of a queue has been there to be handled."""
        return min((m.active_from for m in self.active() if m.queue == queue), default=None)

    def next_fault(self) -> Fault:
        return self.faults.pop(0) if self.faults else Fault.NONE


def registered(number: str) -> ContactPoints:
    """Return the contact points of a person or organisation; those ending with 9 are reserved.

    Numbers that end with the same eight digits are those of colleagues, who share what they have.
    """
    shared = number[-8:]
    return ContactPoints(
        emails=(f"p{shared}@example.no",), mobiles=(f"+47{shared}",), reserved=number.endswith("9")
    )


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
