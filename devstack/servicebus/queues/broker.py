"""The namespace: every queue with its dead-letter queue, recovered from the journal, driven by one ticker."""

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from devstack.servicebus.queues import journal as log
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.queues.journal import FileJournal, NoJournal
from devstack.servicebus.queues.queue import Queue
from devstack.servicebus.queues.stored_message import State, StoredMessage
from devstack.servicebus.queues.time_source import TimeSource

DEAD_LETTER_SUFFIX = "/$deadletterqueue"
# The most by which a schedule, an expiry, the end of a lock or a moved clock is noticed late.
_TICK_SECONDS = 0.05


class Broker:
    """All queues of a namespace, by lower-case name; `orders/$deadletterqueue` is a queue like any other."""

    def __init__(
        self, declarations: Iterable[QueueDeclaration], time: TimeSource, data: Path | None = None
    ) -> None:
        self.journal: FileJournal | NoJournal = NoJournal()
        self.queues: dict[str, Queue] = {}
        self._declarations = tuple(declarations)
        self._time = time
        if data is None:
            self._open_queues()
        else:
            data.mkdir(parents=True, exist_ok=True)
            self._recover(data / "queues.journal")

    def find(self, name: str) -> Queue | None:
        """Return the queue of this name, in whatever case."""
        return self.queues.get(name.lower())

    def tick(self) -> None:
        """Do what has become due in every queue."""
        for queue in self.queues.values():
            queue.tick()
        self.journal.flush()

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            self.tick()
            await asyncio.sleep(_TICK_SECONDS)

    def wipe(self, name: str | None = None) -> dict[str, list[StoredMessage]]:
        """Lose the content of one queue and its dead letters, or of all; returns what was lost, by queue.

        A receiver that holds a locked message does not notice.
        """
        lost = {}
        for queue_name, queue in self.queues.items():
            if name is None or queue_name in {name.lower(), name.lower() + DEAD_LETTER_SUFFIX}:
                lost[queue_name] = queue.peek(0, sys.maxsize)
                queue.wipe()
        self.journal.flush()
        return lost

    def close(self) -> None:
        """Write what is pending."""
        if isinstance(self.journal, FileJournal):
            self.journal.close()

    def _open_queues(self) -> None:
        for declaration in self._declarations:
            name = declaration.name.lower()
            dead = replace(
                declaration,
                name=name + DEAD_LETTER_SUFFIX,
                default_time_to_live=None,
                dead_letters_expired=False,
                detects_duplicates=False,
            )
            dead_letters = Queue(dead, self._time, self.journal, None)
            self.queues[name] = Queue(replace(declaration, name=name), self._time, self.journal, dead_letters)
            self.queues[dead.name] = dead_letters

    def _recover(self, path: Path) -> None:
        """Replay the log into the queues and start a compacted one."""
        compacted = path.with_suffix(".compacted")
        compacted.unlink(missing_ok=True)
        self.journal = journal = FileJournal(compacted)
        self._open_queues()
        survivors: dict[str, dict[int, StoredMessage]] = {name: {} for name in self.queues}
        for kind, name, values in log.read_records(path):
            # A queue may have left the declaration since.
            if name in self.queues:
                self._replay(self.queues[name], survivors[name], kind, values)
        for name, messages in survivors.items():
            queue = self.queues[name]
            for number in sorted(messages):
                queue.restore(messages[number])
                journal.put(name, messages[number])
            journal.next_number(name, queue.next_sequence_number)
            for message_id, at in queue.history.entries(self._time.real()):
                journal.seen(name, message_id, at)
        journal.flush()
        log.replace(path, compacted)

    @staticmethod
    def _replay(queue: Queue, messages: dict[int, StoredMessage], kind: str, values: list[object]) -> None:
        match kind, values:
            case "put", _:
                message = log.stored_message(values)
                messages[message.sequence_number] = message
                queue.next_sequence_number = max(queue.next_sequence_number, message.sequence_number + 1)
                if message.message_id is not None:
                    queue.history.record(message.message_id, message.accepted_at)
            case "update", [int() as number, int() as delivery_count, int() as state]:
                if number in messages:
                    messages[number].delivery_count = delivery_count
                    messages[number].state = State(state)
            case "drop", [int() as number]:
                messages.pop(number, None)
            case "wipe", []:
                messages.clear()
                queue.history.clear()
            case "seen", [message_id, float() as at]:
                queue.history.record(message_id, at)
            case "next", [int() as number]:
                queue.next_sequence_number = max(queue.next_sequence_number, number)
            case _:
                raise ValueError(f"unknown journal record {kind!r}")
