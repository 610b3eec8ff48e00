"""The `$management` node of a queue: schedules, peeking, deferred messages and locks by request and reply."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from devstack.amqp.message import open_envelope
from devstack.amqp.types import AmqpError, Array, Timestamp
from devstack.servicebus.errors import LockLostError
from devstack.servicebus.queues.queue import MessageNotFoundError, Queue

_VENDOR = "com.microsoft:"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request: HTTP-like status, error condition unless it went well, and a value body."""

    status: int
    description: str
    condition: str | None = None
    body: object = None


class ManagementNode:
    """Serves the management requests for one queue."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._operations: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "renew-lock": self._renew_locks,
            "schedule-message": self._schedule,
            "cancel-scheduled-message": self._cancel_scheduled,
            "peek-message": self._peek,
            "receive-by-sequence-number": self._receive_deferred,
            "update-disposition": self._settle,
        }

    def request(self, operation: str, body: object) -> Reply:
        """Answer one request; failures become replies with an error condition."""
        serve = self._operations.get(operation.removeprefix(_VENDOR))
        if serve is None or not isinstance(body, dict):
            return Reply(501, f"{operation} is not supported.", "amqp:not-implemented")
        try:
            return serve(body)
        except LockLostError:
            return Reply(410, "The lock supplied is invalid.", f"{_VENDOR}message-lock-lost")
        except MessageNotFoundError as error:
            return Reply(404, str(error), f"{_VENDOR}message-not-found")
        except (KeyError, TypeError, ValueError, AmqpError) as error:
            return Reply(400, f"{type(error).__name__}: {error}", f"{_VENDOR}argument-error")

    def _renew_locks(self, body: dict[str, Any]) -> Reply:
        locks = [self._queue.renew_lock(token) for token in _tokens(body)]
        return _ok({"expirations": Array([Timestamp(int(lock.shown * 1000)) for lock in locks])})

    def _schedule(self, body: dict[str, Any]) -> Reply:
        numbers = [self._queue.send(open_envelope(item["message"])) for item in body["messages"]]
        # A duplicate is accepted without becoming a message; the service names no number for it either.
        return _ok({"sequence-numbers": Array([number or 0 for number in numbers])})

    def _cancel_scheduled(self, body: dict[str, Any]) -> Reply:
        self._queue.cancel_scheduled(body["sequence-numbers"])
        return _ok()

    def _peek(self, body: dict[str, Any]) -> Reply:
        messages = self._queue.peek(int(body["from-sequence-number"]), int(body["message-count"]))
        if not messages:
            return Reply(204, "No messages.", body={})
        return _ok({"messages": [{"message": message.encode()} for message in messages]})

    def _receive_deferred(self, body: dict[str, Any]) -> Reply:
        # The modes of the protocol: 0 settles at delivery, 1 when the receiver says so.
        locks = bool(body.get("receiver-settle-mode", 1))
        received = []
        for message in self._queue.receive_deferred(body["sequence-numbers"], locks=locks):
            entry: dict[str, object] = {"message": message.encode()}
            if message.lock is not None:
                entry["lock-token"] = UUID(bytes_le=message.lock.token)
            received.append(entry)
        return _ok({"messages": received})

    def _settle(self, body: dict[str, Any]) -> Reply:
        reason, description = body.get("deadletter-reason"), body.get("deadletter-description")
        for token in _tokens(body):
            match body["disposition-status"]:
                case "completed":
                    self._queue.complete(token)
                case "abandoned":
                    self._queue.abandon(token)
                case "defered":  # spelled like this on the wire
                    self._queue.defer(token)
                case "suspended":
                    self._queue.dead_letter(token, reason, description)
                case status:
                    raise ValueError(f"unknown disposition status {status!r}")
        return _ok()


def _ok(body: object = None) -> Reply:
    return Reply(200, "OK", body={} if body is None else body)


def _tokens(body: dict[str, Any]) -> list[bytes]:
    return [UUID(str(token)).bytes_le for token in body["lock-tokens"]]
