"""An append-only log that lets the queues survive the death of their process.

Every record is `length, crc32, body`; a body is a kind and AMQP-encoded values. Records are collected and
written by one `write` per flush, and clients are answered after the flush. Not synced to disk: it survives a
killed process, not a power failure. A record that a kill cut off fails its checksum and ends the log.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from devstack.amqp.decode import decode_value
from devstack.amqp.encode import encode_value
from devstack.amqp.types import AmqpError
from devstack.servicebus.queues.stored_message import State, StoredMessage

_FRAME = struct.Struct(">II")

type Record = tuple[str, str, list[Any]]
"""Kind, queue name, values."""


class Journal(Protocol):
    """Takes changes that shall survive the process; nothing is durable before the next flush."""

    def put(self, queue: str, message: StoredMessage) -> None:
        """Note a new message."""
        ...

    def update(self, queue: str, message: StoredMessage) -> None:
        """Note the delivery count and state of a message."""
        ...

    def drop(self, queue: str, sequence_number: int) -> None:
        """Note that a message is gone."""
        ...

    def wipe(self, queue: str) -> None:
        """Note that every message and the duplicate history are gone."""
        ...

    def flush(self) -> None:
        """Make everything noted so far durable."""
        ...


class NoJournal:
    """Keeps nothing: the queues die with the process."""

    def put(self, queue: str, message: StoredMessage) -> None:
        """Do nothing."""

    def update(self, queue: str, message: StoredMessage) -> None:
        """Do nothing."""

    def drop(self, queue: str, sequence_number: int) -> None:
        """Do nothing."""

    def wipe(self, queue: str) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""


class FileJournal:
    """Appends to one file; a second process must not have it open."""

    def __init__(self, path: Path) -> None:
        self._pending = bytearray()
        self._file = path.open("ab", buffering=0)

    def put(self, queue: str, message: StoredMessage) -> None:
        """Note a new message."""
        self._append("put", queue, _message_values(message))

    def update(self, queue: str, message: StoredMessage) -> None:
        """Note the delivery count and state of a message."""
        self._append("update", queue, [message.sequence_number, message.delivery_count, message.state.value])

    def drop(self, queue: str, sequence_number: int) -> None:
        """Note that a message is gone."""
        self._append("drop", queue, [sequence_number])

    def wipe(self, queue: str) -> None:
        """Note that every message and the duplicate history are gone."""
        self._append("wipe", queue, [])

    def seen(self, queue: str, message_id: object, at: float) -> None:
        """Note an entry of the duplicate history, whose message is gone."""
        self._append("seen", queue, [message_id, at])

    def next_number(self, queue: str, number: int) -> None:
        """Note that lower sequence numbers have been used."""
        self._append("next", queue, [number])

    def flush(self) -> None:
        """Hand everything noted so far to the operating system."""
        if self._pending:
            data, self._pending = self._pending, bytearray()
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]

    def close(self) -> None:
        """Flush and close the file."""
        self.flush()
        self._file.close()

    def _append(self, kind: str, queue: str, values: list[object]) -> None:
        body = bytearray()
        encode_value(body, [kind, queue, *values])
        self._pending += _FRAME.pack(len(body), zlib.crc32(body))
        self._pending += body


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a log up to its end or its first torn record; nothing when there is no log."""
    data = path.read_bytes() if path.exists() else b""
    at = 0
    while at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        body = data[at + _FRAME.size : at + _FRAME.size + length]
        if len(body) < length or zlib.crc32(body) != checksum:
            return
        at += _FRAME.size + length
        match decode_value(body)[0]:
            case [str() as kind, str() as queue, *values]:
                yield kind, queue, values
            case other:
                raise AmqpError(f"{path} holds a record that is not ours: {type(other).__name__}")


def replace(path: Path, replacement: Path) -> None:
    """Put a compacted log in the place of the old one, which is intact until then."""
    descriptor = os.open(replacement, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    replacement.replace(path)


def _message_values(message: StoredMessage) -> list[object]:
    return [
        message.state.value,
        message.sequence_number,
        message.enqueue_sequence_number,
        message.bare,
        dict(message.annotations),
        message.message_id,
        message.durable,
        message.priority,
        message.time_to_live,
        message.enqueued_at,
        message.accepted_at,
        message.scheduled_for,
        message.delivery_count,
        message.dead_letter_source,
    ]


def stored_message(values: list[Any]) -> StoredMessage:
    """Rebuild the message of a `put` record."""
    state, *fields = values
    return StoredMessage(State(state), *fields)
