"""The client's end of an AMQP connection: one session, awaited attaches, requests and settlements."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from devstack.amqp.framing import AMQP_HEADER, SASL_HEADER, Frame
from devstack.amqp.message import Content, open_envelope, read_content, write_message
from devstack.amqp.performatives import (
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    Error,
    Flow,
    Open,
    Properties,
    SaslInit,
    SaslOutcome,
    Source,
    Target,
    Transfer,
)
from devstack.amqp.protocol import MAX_FRAME_SIZE, FrameProtocol
from devstack.amqp.types import AmqpError
from devstack.servicebus.client.connection_string import ConnectionString
from devstack.servicebus.tokens import TOKEN_TYPE, sign

_HANDSHAKE_SECONDS = 5.0
_TOKEN_SECONDS = 24 * 3600.0
_WINDOW = 0x7FFFFFFF
_REPLY_CREDIT = 1000

type OnMessage = Callable[[Transfer, bytes], None]


class ClientConnection(FrameProtocol):
    """One connection with one session. After a loss every call and every waiter gets a ConnectionError."""

    def __init__(self, address: ConnectionString) -> None:
        super().__init__()
        self.error: ConnectionError | None = None
        self.on_lost: Callable[[], None] = lambda: None
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._waiters: dict[object, asyncio.Future[Any]] = {}
        self._handles: dict[str, int] = {}
        self._receivers: dict[int, OnMessage] = {}
        self._partial: dict[int, tuple[Transfer, bytearray]] = {}
        self._next_outgoing_id = 0
        self._next_incoming_id = 0

    @classmethod
    async def open(cls, address: ConnectionString) -> "ClientConnection":
        """Connect without authorization; raises ConnectionError or another OSError."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                _, connection = await loop.create_connection(lambda: cls(address), address.host, address.port)
                await connection._handshake()  # noqa: SLF001 -- its own class
        except TimeoutError:
            raise ConnectionError(f"Service Bus at {address.host}:{address.port} does not answer") from None
        return connection

    async def authorize(self, entity: str) -> None:
        """Put a token for an entity; raises PermissionError when the broker refuses it."""
        uri = f"sb://{self._address.host}:{self._address.port}/{entity}"
        requests = await Requests.attach(self, "$cbs")
        token = sign(uri, self._address.key_name, self._address.key, _TOKEN_SECONDS)
        reply = await requests.ask({"operation": "put-token", "type": TOKEN_TYPE, "name": uri}, token)
        if reply.application_properties.get("status-code") not in {200, 202}:
            raise PermissionError(f"Service Bus refused the token: {_description(reply)}")

    async def attach_sender(self, address: str) -> int:
        """Attach a link to send on; returns its handle. Raises ConnectionError when it is refused."""
        return await self._attach(Attach("", 0, False, None, None, Source(), Target(address), None, None, 0))

    async def attach_receiver(self, address: str, on_message: OnMessage, *, second: bool = False) -> int:
        """Attach a link to receive on, without credit; `second` means that settlements are confirmed."""
        attach = Attach("", 0, True, 0, 1 if second else 0, Source(address), Target(address))
        handle = await self._attach(attach)
        self._receivers[handle] = on_message
        return handle

    def send_credit(self, handle: int, delivery_count: int, credit: int, *, echo: bool = False) -> None:
        """Let the broker send `credit` more messages on a link."""
        incoming, outgoing = self._next_incoming_id, self._next_outgoing_id
        flow = Flow(incoming, _WINDOW, outgoing, _WINDOW, handle, delivery_count, credit, echo=echo)
        self.send(0, flow)

    async def withdraw_credit(self, handle: int, delivery_count: int) -> None:
        """Take back all credit of a link; returns when all messages on their way have arrived."""
        waiting = self._wait_for(("flow", handle))
        self.send_credit(handle, delivery_count, 0, echo=True)
        await waiting

    def send_transfer(self, handle: int, payload: bytes) -> None:
        """Send a message without waiting for its outcome."""
        number = self._next_outgoing_id
        transfer = Transfer(handle, number, number.to_bytes(8), 0, True, False)
        self._next_outgoing_id += self.send_message(0, transfer, payload)

    async def settle(self, delivery_id: int, outcome: object) -> object:
        """Settle a delivery; returns the outcome that the broker confirms."""
        waiting = self._wait_for(("settled", delivery_id))
        self.send(0, Disposition(True, delivery_id, delivery_id, False, outcome))
        return await waiting

    def settle_unconfirmed(self, delivery_id: int, outcome: object) -> None:
        """Settle a delivery without a confirmation."""
        self.send(0, Disposition(True, delivery_id, delivery_id, True, outcome))

    async def reply(self, request_id: object) -> Content:
        """Wait for the reply to a request, delivered by `replied`."""
        content: Content = await self._wait_for(("reply", request_id))
        return content

    def replied(self, content: Content) -> None:
        """Give a reply to its waiting request."""
        self._resolve(("reply", content.properties.correlation_id), content)

    def header_received(self, header: bytes) -> None:
        """Continue the handshake."""
        self._resolve(header, None)

    def frame_received(self, frame: Frame) -> None:
        """Wake the waiter for this frame."""
        match frame.performative:
            case Transfer() as transfer:
                self._transfer(transfer, frame.payload)
            case Disposition(role=False, settled=True) as disposition:
                last = disposition.first if disposition.last is None else disposition.last
                for number in range(disposition.first, last + 1):
                    self._resolve(("settled", number), disposition.state)
            case Flow(handle=int() as handle):
                self._resolve(("flow", handle), None)
            case Attach() as attach:
                # A refusal has neither source nor target; the detach that follows gives the reason.
                if attach.source is not None and attach.target is not None:
                    self._resolve(("attach", attach.name), attach)
            case Detach(error=error) | Close(error=error):
                self._fail(ConnectionError(f"Service Bus closed the link: {_reason(error)}"))
                self.close()
            case SaslOutcome() | Open() | Begin() as performative:
                self._resolve(type(performative), performative)
            case _:
                pass

    def failed(self, error: AmqpError) -> None:
        """Close because the broker broke the protocol."""
        self.send(0, Close(Error("amqp:decode-error", str(error), {})))

    def connection_lost(self, error: Exception | None) -> None:
        """Fail every waiter."""
        address = self._address
        reason = f": {error}" if error else ""
        self._fail(
            ConnectionError(f"lost the connection to Service Bus at {address.host}:{address.port}{reason}")
        )

    async def _handshake(self) -> None:
        self.send_raw(SASL_HEADER)
        self.send_sasl(SaslInit("ANONYMOUS"))
        outcome = await self._wait_for(SaslOutcome)
        if outcome.code != 0:
            raise ConnectionError(f"Service Bus refused the SASL exchange with code {outcome.code}")
        self.send_raw(AMQP_HEADER)
        self.send(0, Open("devstack-client", self._address.host, MAX_FRAME_SIZE, 0))
        self.send(0, Begin(None, 0, _WINDOW, _WINDOW, 255))
        # Both answers may come in one burst, so both must be expected before either is awaited.
        opening, beginning = self._wait_for(Open), self._wait_for(Begin)
        self.peer_max_frame_size = (await opening).max_frame_size or MAX_FRAME_SIZE
        await beginning

    async def _attach(self, attach: Attach) -> int:
        handle = len(self._handles)
        name = f"link-{handle}"
        self._handles[name] = handle
        waiting = self._wait_for(("attach", name))
        self.send(0, attach._replace(name=name, handle=handle))
        await waiting
        return handle

    def _transfer(self, transfer: Transfer, payload: bytes) -> None:
        self._next_incoming_id += 1
        handle = transfer.handle
        if handle in self._partial:
            first, gathered = self._partial[handle]
            gathered += payload
            if not transfer.more:
                del self._partial[handle]
                self._receivers[handle](first, bytes(gathered))
        elif transfer.more:
            self._partial[handle] = (transfer, bytearray(payload))
        else:
            self._receivers[handle](transfer, payload)

    def _wait_for(self, key: object) -> asyncio.Future[Any]:
        if self.error is not None:
            raise self.error
        waiting = self._waiters.get(key)
        if waiting is None:
            waiting = self._waiters[key] = self._loop.create_future()
        return waiting

    def _resolve(self, key: object, result: object) -> None:
        waiting = self._waiters.pop(key, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def _fail(self, error: ConnectionError) -> None:
        if self.error is not None:
            return
        self.error = error
        waiters, self._waiters = self._waiters, {}
        for waiting in waiters.values():
            if not waiting.done():
                waiting.set_exception(error)
        self.on_lost()


class Requests:
    """A pair of links to a request-response node."""

    def __init__(self, connection: ClientConnection, node: str, sender: int) -> None:
        self._connection = connection
        self._node = node
        self._sender = sender
        self._numbers = itertools.count(1)

    @classmethod
    async def attach(cls, connection: ClientConnection, node: str) -> "Requests":
        """Attach both links; raises ConnectionError when the node does not exist."""

        def on_reply(_transfer: Transfer, payload: bytes) -> None:
            connection.replied(read_content(open_envelope(payload).bare))

        receiver = await connection.attach_receiver(node, on_reply)
        connection.send_credit(receiver, 0, _REPLY_CREDIT)
        return cls(connection, node, await connection.attach_sender(node))

    async def ask(self, application_properties: dict[str, object], body: object) -> Content:
        """Send a request and wait for its reply."""
        request_id = f"{self._node}-{next(self._numbers)}"
        properties = Properties(message_id=request_id, reply_to=self._node)
        message = write_message(body, properties=properties, application_properties=application_properties)
        self._connection.send_transfer(self._sender, message)
        return await self._connection.reply(request_id)


def _description(reply: Content) -> object:
    return reply.application_properties.get("status-description")


def _reason(error: object) -> str:
    return f"{error.condition}: {error.description}" if isinstance(error, Error) else "without a reason"
