"""One queue in memory: order, locks, schedules, expiry, dead letters; without sockets, files or clocks."""

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from devstack.amqp.message import Envelope, add_application_properties, count_items, read_message_id
from devstack.amqp.types import AmqpError
from devstack.servicebus.queues.consumers import Consumers
from devstack.servicebus.queues.deadlines import Deadlines
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.queues.duplicates import DuplicateHistory
from devstack.servicebus.queues.journal import Journal
from devstack.servicebus.queues.locks import LockTable
from devstack.servicebus.queues.stored_message import Lock, State, StoredMessage, accepted_message
from devstack.servicebus.queues.time_source import TimeSource

_log = logging.getLogger(__name__)
_COUNTED = (
    "sent",
    "items",
    "delivered",
    "completed",
    "deadLettered",
    "expired",
    "duplicates",
    "locksExpired",
)


class MessageNotFoundError(Exception):
    """No message with this sequence number is in the state that the operation needs."""


class Queue:
    """Messages by sequence number, delivered to the consumers in turn, oldest first.

    A dead-letter queue is a queue whose own `dead_letters` is None: nothing leaves it by counting or expiry.
    """

    def __init__(
        self, declaration: QueueDeclaration, time: TimeSource, journal: Journal, dead_letters: "Queue | None"
    ) -> None:
        self.name = declaration.name
        self.dead_letters = dead_letters
        self.counters = Counter(dict.fromkeys(_COUNTED, 0))
        self.history = DuplicateHistory(declaration.duplicate_window.total_seconds())
        self.consumers = Consumers()
        self.next_sequence_number = 1
        self._declaration = declaration
        lifetime = declaration.default_time_to_live
        self._most_seconds = None if lifetime is None else lifetime.total_seconds()
        self._time = time
        self._journal = journal
        # In ascending order of sequence number, because new numbers only grow.
        self._messages: dict[int, StoredMessage] = {}
        self._available: list[int] = []
        self._locks = LockTable(declaration.lock_duration.total_seconds(), time)
        self._schedule: Deadlines[int] = Deadlines()
        self._expiry: Deadlines[int] = Deadlines()
        self._sent = asyncio.Event()

    def send(self, envelope: Envelope) -> int | None:
        """Enqueue or schedule a message; returns its sequence number, None when it is a duplicate."""
        message_id = read_message_id(envelope.bare) if self._declaration.detects_duplicates else None
        if message_id is not None:
            if self.history.seen(message_id, self._time.real()):
                self.counters["duplicates"] += 1
                return None
            self.history.record(message_id, self._time.real())
        now = self._time.moved()
        number = self._take_number()
        message = accepted_message(
            envelope,
            number=number,
            message_id=message_id,
            most_seconds=self._most_seconds,
            now=now,
            accepted_at=self._time.real(),
        )
        self.counters["sent"] += 1
        self.counters["items"] += count_items(envelope.bare)
        self._sent.set()
        self._sent.clear()
        self._enter(message)
        return number

    async def wait_items(self, count: int) -> None:
        """Wait until `count` items have been sent here in all."""
        while self.counters["items"] < count:
            await self._sent.wait()

    def admit_dead(
        self, message: StoredMessage, source: str, reason: str | None, description: str | None
    ) -> None:
        """Take a message of another queue as a dead letter, the reason among its application properties."""
        texts = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        additions = {name: text for name, text in texts.items() if text is not None}
        try:
            message.bare = add_application_properties(message.bare, additions)
        except AmqpError:
            _log.warning("%s: a dead letter has unreadable properties and goes without its reason", self.name)
        message.sequence_number = self._take_number()
        message.state = State.ACTIVE
        message.time_to_live = None
        message.dead_letter_source = source
        self._enter(message)

    def cancel_scheduled(self, sequence_numbers: Iterable[int]) -> None:
        """Remove scheduled messages, all or none; raises MessageNotFoundError."""
        for message in self._in_state(sequence_numbers, State.SCHEDULED):
            self._remove(message)

    def dispatch(self) -> None:
        """Deliver available messages to consumers with credit, in turn."""
        while self._available:
            consumer = self.consumers.next_with_credit()
            if consumer is None:
                return
            message = self._messages.get(heapq.heappop(self._available))
            # It may have expired while it waited.
            if message is not None:
                self._hand_over(message, locks=consumer.locks)
                consumer.deliver(message)

    def receive_deferred(self, sequence_numbers: Iterable[int], *, locks: bool) -> list[StoredMessage]:
        """Lock, or take out, deferred messages, all or none; raises MessageNotFoundError."""
        messages = self._in_state(sequence_numbers, State.DEFERRED)
        for message in messages:
            self._hand_over(message, locks=locks)
        return messages

    def peek(self, from_number: int, count: int) -> list[StoredMessage]:
        """Return up to `count` messages in any state from a sequence number on, changing nothing."""
        return list(islice((m for number, m in self._messages.items() if number >= from_number), count))

    def renew_lock(self, token: bytes) -> Lock:
        """Let a lock last the queue's lock duration from now; raises LockLostError."""
        return self._locks.renew(token)

    def complete(self, token: bytes) -> None:
        """Remove a locked message; raises LockLostError."""
        message = self._locks.end(token)
        self.counters["completed"] += 1
        self._remove(message)

    def release(self, token: bytes) -> None:
        """Give a message back without counting a delivery; raises LockLostError."""
        self._give_back(self._locks.end(token))

    def abandon(self, token: bytes) -> None:
        """Give a message back after a failed attempt; raises LockLostError."""
        self._delivery_failed(self._locks.end(token))

    def defer(self, token: bytes) -> None:
        """Set a message aside: from now on only `receive_deferred` returns it; raises LockLostError."""
        message = self._locks.end(token)
        message.state = State.DEFERRED
        self._journal.update(self.name, message)
        self._give_back(message)

    def dead_letter(self, token: bytes, reason: str | None, description: str | None) -> None:
        """Move a message to the dead-letter queue; one that is there already stays; raises LockLostError."""
        message = self._locks.end(token)
        if self.dead_letters is None:
            self._give_back(message)
        else:
            self._move_to_dead_letters(message, self.dead_letters, reason, description)

    def tick(self) -> None:
        """Do what has become due: activate scheduled messages, end locks, expire messages."""
        now = self._time.moved()
        for number in self._schedule.due(now):
            self._activate(self._messages[number], now)
        for message in self._locks.expired():
            self.counters["locksExpired"] += 1
            self._delivery_failed(message)
        for number in self._expiry.due(now):
            # A locked message expires only when its lock ends.
            if self._messages[number].lock is None:
                self._expire(self._messages[number])

    def counts(self) -> dict[str, int]:
        """Return how many messages are in each state."""
        states = Counter(message.state for message in self._messages.values() if message.lock is None)
        return {
            "active": states[State.ACTIVE],
            "scheduled": states[State.SCHEDULED],
            "deferred": states[State.DEFERRED],
            "locked": len(self._locks),
        }

    def wipe(self) -> None:
        """Lose every message and lock, and the duplicate history."""
        self._messages.clear()
        self._available.clear()
        self._locks.clear()
        self._schedule.clear()
        self._expiry.clear()
        self.history.clear()
        self._journal.wipe(self.name)

    def restore(self, message: StoredMessage) -> None:
        """Take back a message of an earlier process; call in order of sequence number."""
        self.next_sequence_number = max(self.next_sequence_number, message.sequence_number + 1)
        self._admit(message)

    def _take_number(self) -> int:
        number = self.next_sequence_number
        self.next_sequence_number += 1
        return number

    def _enter(self, message: StoredMessage) -> None:
        self._journal.put(self.name, message)
        self._admit(message)
        self.dispatch()

    def _admit(self, message: StoredMessage) -> None:
        self._messages[message.sequence_number] = message
        if message.state is State.SCHEDULED and message.scheduled_for is not None:
            self._schedule.set(message.sequence_number, message.scheduled_for)
            return
        if message.expires_at is not None:
            self._expiry.set(message.sequence_number, message.expires_at)
        if message.state is State.ACTIVE:
            heapq.heappush(self._available, message.sequence_number)

    def _remove(self, message: StoredMessage) -> None:
        self._forget(message.sequence_number)
        self._journal.drop(self.name, message.sequence_number)

    def _forget(self, number: int) -> None:
        del self._messages[number]
        self._schedule.discard(number)
        self._expiry.discard(number)

    def _activate(self, message: StoredMessage, now: float) -> None:
        # As in the service, a due message is enqueued anew: it gets a number behind what is already there.
        scheduled_number = message.sequence_number
        self._forget(scheduled_number)
        message.sequence_number = self._take_number()
        message.enqueued_at = now
        message.state = State.ACTIVE
        self._enter(message)
        self._journal.drop(self.name, scheduled_number)

    def _hand_over(self, message: StoredMessage, *, locks: bool) -> None:
        self.counters["delivered"] += 1
        if locks:
            self._locks.grant(message)
        else:
            self.counters["completed"] += 1
            self._remove(message)

    def _delivery_failed(self, message: StoredMessage) -> None:
        message.delivery_count += 1
        limit = self._declaration.max_delivery_count
        if self.dead_letters is not None and message.delivery_count >= limit:
            description = f"Message could not be consumed after {limit} delivery attempts."
            self._move_to_dead_letters(message, self.dead_letters, "MaxDeliveryCountExceeded", description)
            return
        self._journal.update(self.name, message)
        self._give_back(message)

    def _give_back(self, message: StoredMessage) -> None:
        if message.expires_at is not None and message.expires_at <= self._time.moved():
            self._expire(message)
        elif message.state is State.ACTIVE:
            heapq.heappush(self._available, message.sequence_number)
            self.dispatch()

    def _expire(self, message: StoredMessage) -> None:
        self.counters["expired"] += 1
        if self.dead_letters is not None and self._declaration.dead_letters_expired:
            description = "The message expired and was dead lettered."
            self._move_to_dead_letters(message, self.dead_letters, "TTLExpiredException", description)
        else:
            self._remove(message)

    def _move_to_dead_letters(
        self, message: StoredMessage, dead_letters: "Queue", reason: str | None, description: str | None
    ) -> None:
        self.counters["deadLettered"] += 1
        number = message.sequence_number
        self._forget(number)
        # Added there first: a journal that is cut off between the two has the message twice, not never.
        dead_letters.admit_dead(message, self.name, reason, description)
        self._journal.drop(self.name, number)

    def _in_state(self, sequence_numbers: Iterable[int], state: State) -> list[StoredMessage]:
        messages = []
        for number in dict.fromkeys(sequence_numbers):  # one lock per message, however often it is named
            message = self._messages.get(number)
            if message is None or message.state is not state or message.lock is not None:
                raise MessageNotFoundError(f"no {state.name.lower()} message has sequence number {number}")
            messages.append(message)
        return messages
