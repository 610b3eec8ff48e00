"""The links of a session: on sender links messages come in, on consumer and reply links they go out."""

from collections.abc import Callable
from typing import Protocol

from devstack.amqp.performatives import (
    Accepted,
    Attach,
    Detach,
    Disposition,
    Error,
    Flow,
    Modified,
    Rejected,
    Released,
    Transfer,
)
from devstack.servicebus.errors import LockLostError
from devstack.servicebus.queues.queue import Queue
from devstack.servicebus.queues.stored_message import StoredMessage

MAX_MESSAGE_SIZE = 262144
_SETTLED_BY_SENDER = 1
_INCOMING_CREDIT = 1000

type Sink = Callable[[bytes, int], object]
"""Takes an encoded message and its format, returns the outcome for its sender."""


class Channel(Protocol):
    """What links need from their session."""

    def send(self, performative: object) -> None:
        """Send one frame."""
        ...

    def deliver(self, link: "ConsumerLink | ReplyLink", tag: bytes, payload: bytes, *, settled: bool) -> None:
        """Send a message to the client."""
        ...

    def send_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        """Tell the state of a link along with the session's."""
        ...

    def forget(self, handle: int) -> None:
        """Drop a link that was detached."""
        ...

    @property
    def window(self) -> int:
        """How many transfer frames the client takes now."""
        ...


class SenderLink:
    """The client sends: gathers frames to messages, hands them to a sink, answers with the outcome."""

    def __init__(self, channel: Channel, handle: int, sink: Sink) -> None:
        self._channel = channel
        self._handle = handle
        self._sink = sink
        self._delivery_count = 0
        self._credit = _INCOMING_CREDIT
        self._partial = bytearray()
        self._size = 0
        self._first: Transfer | None = None

    def start(self, attach: Attach) -> None:
        """Let the client send, once it knows that it is attached."""
        self._delivery_count = attach.initial_delivery_count or 0
        self._channel.send_flow(self._handle, self._delivery_count, self._credit)

    def flow(self, flow: Flow) -> None:
        """Answer a client that asks for the state of the link."""
        if flow.echo:
            self._channel.send_flow(self._handle, self._delivery_count, self._credit)

    def transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Take one frame of a message."""
        first = self._first = self._first or transfer
        self._size += len(payload)
        # Of an oversized message only the size is of interest.
        if self._size <= MAX_MESSAGE_SIZE and (transfer.more or self._partial):
            self._partial += payload
        if transfer.more:
            return
        data = bytes(self._partial) or payload
        size, self._size, self._first = self._size, 0, None
        self._partial.clear()
        if size > MAX_MESSAGE_SIZE:
            self._refuse_oversized(first, size)
            return
        outcome = self._sink(data, first.message_format or 0)
        self._delivery_count += 1
        self._credit -= 1
        if not (first.settled or transfer.settled):
            self._confirm(first, outcome)
        if self._credit <= _INCOMING_CREDIT // 2:
            self._credit = _INCOMING_CREDIT
            self._channel.send_flow(self._handle, self._delivery_count, self._credit)

    def detached(self) -> None:
        """Stop."""

    def _confirm(self, first: Transfer, outcome: object) -> None:
        if first.delivery_id is not None:
            self._channel.send(Disposition(True, first.delivery_id, first.delivery_id, True, outcome))

    def _refuse_oversized(self, first: Transfer, size: int) -> None:
        text = (
            f"The received message (delivery-id:{first.delivery_id}, size:{size} bytes) exceeds the limit "
            f"({MAX_MESSAGE_SIZE} bytes) currently allowed on the link."
        )
        error = Error("amqp:link:message-size-exceeded", text, {})
        # Both, as in the service: some clients read the outcome, others the detach.
        self._confirm(first, Rejected(error))
        self._channel.send(Detach(self._handle, True, error))
        self._channel.forget(self._handle)


class ReplyLink:
    """The client receives the replies of a request-response node."""

    def __init__(self, channel: Channel, handle: int, forget: Callable[[], None]) -> None:
        self.handle = handle
        self._channel = channel
        self._forget = forget
        self._sent = 0

    def start(self, _attach: Attach) -> None:
        """Wait for replies."""

    def reply(self, payload: bytes) -> None:
        """Send a reply; requests are few, so credit is not waited for."""
        self._sent += 1
        self._channel.deliver(self, self._sent.to_bytes(8), payload, settled=True)

    def flow(self, flow: Flow) -> None:
        """Answer a client that asks for the state of the link."""
        if flow.echo:
            self._channel.send_flow(self.handle, self._sent, flow.link_credit or 0)

    def transfer(self, _transfer: Transfer, _payload: bytes) -> None:
        """Ignore a message against the direction of the link."""

    def detached(self) -> None:
        """Stop."""
        self._forget()


class ConsumerLink:
    """The client receives from a queue, either settling each message or having it gone at delivery."""

    def __init__(self, channel: Channel, handle: int, queue: Queue, snd_settle_mode: int | None) -> None:
        self.handle = handle
        self.queue = queue
        self._channel = channel
        self._locks = snd_settle_mode != _SETTLED_BY_SENDER
        self._delivery_count = 0
        self._credit = 0

    @property
    def credit(self) -> int:
        """How many more messages the client takes now."""
        return min(self._credit, self._channel.window)

    @property
    def locks(self) -> bool:
        """Whether the client settles each message."""
        return self._locks

    def start(self, _attach: Attach) -> None:
        """Take part in the queue."""
        self.queue.consumers.add(self)

    def deliver(self, message: StoredMessage) -> None:
        """Send one message of the queue."""
        self._credit -= 1
        self._delivery_count += 1
        tag = message.lock.token if message.lock else message.sequence_number.to_bytes(8)
        self._channel.deliver(self, tag, message.encode(), settled=not self._locks)

    def flow(self, flow: Flow) -> None:
        """Take new credit; a drain uses up what the queue cannot fill."""
        if flow.link_credit is not None:
            # Less than nothing when the client took credit back while messages were under way.
            self._credit = max((flow.delivery_count or 0) + flow.link_credit - self._delivery_count, 0)
        self.queue.dispatch()
        if flow.drain:
            self._delivery_count += self._credit
            self._credit = 0
        if flow.drain or flow.echo:
            self._channel.send_flow(self.handle, self._delivery_count, self._credit, drain=bool(flow.drain))

    def transfer(self, _transfer: Transfer, _payload: bytes) -> None:
        """Ignore a message against the direction of the link."""

    def detached(self) -> None:
        """Leave the queue; what the client still holds stays locked until the locks end."""
        self.queue.consumers.remove(self)

    def settle(self, token: bytes, outcome: object) -> object:
        """Apply the client's outcome and return the one to confirm it with."""
        try:
            match outcome:
                case Accepted():
                    self.queue.complete(token)
                case Released():
                    self.queue.release(token)
                case Modified(undeliverable_here=True):
                    self.queue.defer(token)
                case Modified():
                    self.queue.abandon(token)
                case Rejected(error):
                    self.queue.dead_letter(token, *_dead_letter_reason(error))
                    # A confirmation with the error would look like a failure.
                    return Rejected()
                case _:
                    self.queue.release(token)
        except LockLostError as error:
            return Rejected(Error("com.microsoft:message-lock-lost", str(error), {}))
        return outcome


type Link = SenderLink | ReplyLink | ConsumerLink


def _dead_letter_reason(error: object) -> tuple[str | None, str | None]:
    if not isinstance(error, Error):
        return None, None
    info = {str(name): value for name, value in (error.info or {}).items()}
    reason, description = info.get("DeadLetterReason"), info.get("DeadLetterErrorDescription")
    return (
        reason if isinstance(reason, str) else None,
        description if isinstance(description, str) else None,
    )
