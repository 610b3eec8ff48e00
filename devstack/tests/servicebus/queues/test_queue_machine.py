"""In any order of operations every message is in exactly one place, also after a restart from the journal."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from devstack.servicebus.errors import LockLostError
from devstack.servicebus.queues.broker import Broker
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.queues.queue import Queue
from devstack.servicebus.queues.stored_message import State, StoredMessage
from devstack.tests.support.queue_world import Clocks, Taker, envelope, text_of

DECLARATION = QueueDeclaration(
    "q",
    lock_duration=timedelta(seconds=30),
    max_delivery_count=3,
    default_time_to_live=timedelta(seconds=500),
    dead_letters_expired=True,
    detects_duplicates=True,
    duplicate_window=timedelta(days=1),
)
ONE_OF_HELD = st.integers(0, 99)


class QueueMachine(RuleBasedStateMachine):
    """Drives a broker with a journal. `held` are locks, some of them ended; `gone` is what was removed."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.clocks = Clocks()
        self.sent = 0
        self.gone: set[str] = set()
        self.held: list[tuple[str, bytes]] = []
        self._start()

    def teardown(self) -> None:
        self.broker.close()
        shutil.rmtree(self.directory)

    @rule(ttl=st.none() | st.integers(1, 100), due=st.none() | st.integers(-50, 100))
    def send(self, ttl: int | None, due: int | None) -> None:
        when = None if due is None else self.clocks.moved + due
        assert (
            self.queue.send(envelope(str(self.sent), message_id=str(self.sent), ttl=ttl, due=when))
            is not None
        )
        self.sent += 1

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        text = str(data.draw(st.integers(0, self.sent - 1)))
        assert self.queue.send(envelope(text, message_id=text)) is None

    @rule(count=st.integers(1, 3))
    def take(self, count: int) -> None:
        self.taker.credit, self.taker.got = count, []
        self.queue.dispatch()
        self.taker.credit = 0
        for message in self.taker.got:
            assert message.lock is not None
            self.held.append((text_of(message), message.lock.token))

    @precondition(lambda self: self.held)
    @rule(
        index=ONE_OF_HELD, outcome=st.sampled_from(["complete", "abandon", "defer", "release", "dead_letter"])
    )
    def settle(self, index: int, outcome: str) -> None:
        text, token = self.held.pop(index % len(self.held))
        try:
            match outcome:
                case "complete":
                    self.queue.complete(token)
                    assert text not in self.gone
                    self.gone.add(text)
                case "dead_letter":
                    self.queue.dead_letter(token, "reason", None)
                case _:
                    getattr(self.queue, outcome)(token)
        except LockLostError:
            # The lock had ended, so the message must be elsewhere; the invariant looks for it.
            assert all(
                m.lock is None or m.lock.token != token or self._ended(m) for m in self.queue.peek(0, 9999)
            )

    @precondition(lambda self: self.held)
    @rule(index=ONE_OF_HELD)
    def renew(self, index: int) -> None:
        _, token = self.held[index % len(self.held)]
        try:
            assert self.queue.renew_lock(token).shown == self.clocks.real + 30
        except LockLostError:
            self.held.pop(index % len(self.held))

    @rule()
    def take_deferred(self) -> None:
        numbers = [
            m.sequence_number for m in self.queue.peek(0, 9999) if m.state is State.DEFERRED and not m.lock
        ]
        for message in self.queue.receive_deferred(numbers, locks=True):
            assert message.lock is not None
            self.held.append((text_of(message), message.lock.token))

    @rule()
    def cancel_scheduled(self) -> None:
        scheduled = [m for m in self.queue.peek(0, 9999) if m.state is State.SCHEDULED]
        self.gone |= {text_of(message) for message in scheduled}
        self.queue.cancel_scheduled(message.sequence_number for message in scheduled)

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.clocks.pass_by(seconds)
        self.broker.tick()

    @rule(seconds=st.integers(-100, 200))
    def clock_is_moved(self, seconds: int) -> None:
        self.clocks.moved += seconds
        self.broker.tick()

    @rule()
    def restart(self) -> None:
        before = [_picture(queue) for queue in self.broker.queues.values()]
        self.broker.close()
        self._start()
        assert [_picture(queue) for queue in self.broker.queues.values()] == before

    @invariant()
    def every_message_is_in_one_place(self) -> None:
        texts = [text_of(message) for queue in self.broker.queues.values() for message in queue.peek(0, 9999)]
        assert sorted([*texts, *self.gone], key=int) == [str(number) for number in range(self.sent)]

    @invariant()
    def numbers_ascend(self) -> None:
        for queue in self.broker.queues.values():
            numbers = [message.sequence_number for message in queue.peek(0, 9999)]
            assert numbers == sorted(set(numbers))

    @invariant()
    def counts_add_up(self) -> None:
        for queue in self.broker.queues.values():
            assert sum(queue.counts().values()) == len(queue.peek(0, 9999))

    def _start(self) -> None:
        self.broker = Broker([DECLARATION], self.clocks.source, self.directory)
        self.queue = self.broker.queues["q"]
        self.taker = Taker()
        self.queue.consumers.add(self.taker)

    def _ended(self, message: StoredMessage) -> bool:
        return message.lock is not None and message.lock.until <= self.clocks.source.steady()


def _picture(queue: Queue) -> object:
    """What must survive a restart: everything but the locks."""
    messages = [
        (m.sequence_number, m.bare, m.state, m.delivery_count, m.enqueued_at, m.expires_at, m.scheduled_for)
        for m in queue.peek(0, 9999)
    ]
    return messages, queue.next_sequence_number


QueueMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestQueueMachine = QueueMachine.TestCase
