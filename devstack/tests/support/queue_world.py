"""A queue whose clocks a test moves, without sockets."""

from dataclasses import dataclass, field
from datetime import timedelta

from devstack.amqp.encode import encoded
from devstack.amqp.message import Envelope, read_content, write_message
from devstack.amqp.performatives import Header, Properties
from devstack.amqp.types import Timestamp
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.queues.journal import NoJournal
from devstack.servicebus.queues.queue import Queue
from devstack.servicebus.queues.stored_message import StoredMessage
from devstack.servicebus.queues.time_source import TimeSource

DECLARATION = QueueDeclaration(
    "orders",
    lock_duration=timedelta(seconds=60),
    max_delivery_count=3,
    default_time_to_live=timedelta(hours=1),
    dead_letters_expired=True,
    detects_duplicates=True,
    duplicate_window=timedelta(minutes=10),
)


@dataclass
class Clocks:
    """Moved time can jump alone; real and steady time pass together."""

    moved: float = 1_000_000.0
    real: float = 2_000_000.0

    def pass_by(self, seconds: float) -> None:
        self.moved += seconds
        self.real += seconds

    @property
    def source(self) -> TimeSource:
        return TimeSource(moved=lambda: self.moved, real=lambda: self.real, steady=lambda: self.real - 999)


@dataclass
class Taker:
    """A consumer that keeps what it gets."""

    credit: int = 0
    locks: bool = True
    got: list[StoredMessage] = field(default_factory=list)

    def deliver(self, message: StoredMessage) -> None:
        self.credit -= 1
        self.got.append(message)


class World:
    """One queue with its dead letters and a consumer that has no credit until it takes."""

    def __init__(self, declaration: QueueDeclaration = DECLARATION) -> None:
        self.clocks = Clocks()
        dead = QueueDeclaration(f"{declaration.name}/$deadletterqueue")
        self.dead_letters = Queue(dead, self.clocks.source, NoJournal(), None)
        self.queue = Queue(declaration, self.clocks.source, NoJournal(), self.dead_letters)
        self.taker = Taker()
        self.queue.consumers.add(self.taker)

    def send(
        self, text: str, *, message_id: str | None = None, ttl: float | None = None, due: float | None = None
    ) -> int | None:
        return self.queue.send(envelope(text, message_id=message_id, ttl=ttl, due=due))

    def take(self, count: int = 1) -> list[StoredMessage]:
        self.taker.credit, self.taker.got = count, []
        self.queue.dispatch()
        self.taker.credit = 0
        return self.taker.got

    def token(self) -> bytes:
        """Take one message and return its lock token."""
        (message,) = self.take()
        assert message.lock is not None
        return message.lock.token


def envelope(
    text: str, *, message_id: str | None = None, ttl: float | None = None, due: float | None = None
) -> Envelope:
    bare = write_message(text.encode(), properties=Properties(message_id=message_id))
    annotations = {} if due is None else {"x-opt-scheduled-enqueue-time": encoded(Timestamp(int(due * 1000)))}
    return Envelope(Header(ttl=None if ttl is None else int(ttl * 1000)), annotations, bare)


def text_of(message: StoredMessage) -> str:
    body = read_content(message.bare).body
    assert isinstance(body, bytes)
    return body.decode()


def texts(messages: list[StoredMessage]) -> list[str]:
    return [text_of(message) for message in messages]
