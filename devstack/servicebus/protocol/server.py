"""The listening side: one protocol object per client connection."""

import asyncio
import logging

from devstack.amqp.framing import AMQP_HEADER, EMPTY_FRAME, SASL_HEADER, Frame
from devstack.amqp.performatives import (
    Begin,
    Close,
    End,
    Error,
    Open,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
)
from devstack.amqp.protocol import MAX_FRAME_SIZE, FrameProtocol
from devstack.amqp.types import AmqpError
from devstack.servicebus.protocol.nodes import Nodes
from devstack.servicebus.protocol.session import Session
from devstack.servicebus.queues.broker import Broker
from devstack.servicebus.tokens import Authorization

_log = logging.getLogger(__name__)
_CHANNEL_MAX = 255
_SMALLEST_FRAME_SIZE = 512
_STOP_SECONDS = 1.0


class ServerConnection(FrameProtocol):
    """One client of the broker."""

    def __init__(self, broker: Broker, key: str | None, connections: set["ServerConnection"]) -> None:
        super().__init__()
        self._broker = broker
        self._authorization = Authorization(key)
        self._connections = connections
        self._sessions: dict[int, Session] = {}
        self._heartbeat: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take part in the broker."""
        super().connection_made(transport)
        self._connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Leave every queue. Locks stay until they end, because the client may still be working."""
        self._connections.discard(self)
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def before_write(self) -> None:
        """Make changes durable before the client hears of them."""
        self._broker.journal.flush()

    def header_received(self, header: bytes) -> None:
        """Agree on the protocol, first SASL, then AMQP."""
        match header:
            case b"AMQP\x03\x01\x00\x00":
                self.send_raw(SASL_HEADER)
                self.send_sasl(SaslMechanisms(["ANONYMOUS", "MSSBCBS"]))
            case b"AMQP\x00\x01\x00\x00":
                self.send_raw(AMQP_HEADER)
            case _:
                self.send_raw(AMQP_HEADER)
                self.close()

    def frame_received(self, frame: Frame) -> None:
        """Serve the connection itself, or pass the frame to its session."""
        match frame.performative:
            case None:
                pass
            case SaslInit():
                self.send_sasl(SaslOutcome(0))
            case Open() as opened:
                self._open(opened)
            case Begin() as begin:
                nodes = Nodes(self._broker, self._authorization)
                self._sessions[frame.channel] = Session(self, frame.channel, begin, nodes)
            case End():
                self._end(frame.channel)
            case Close():
                self.send(0, Close())
                self.close()
            case performative:
                if (session := self._sessions.get(frame.channel)) is not None:
                    session.handle(performative, frame.payload)

    def failed(self, error: AmqpError) -> None:
        """Close because the client broke the protocol."""
        self.send(0, Close(Error("amqp:decode-error", str(error), {})))

    def _open(self, opened: Open) -> None:
        self.peer_max_frame_size = max(opened.max_frame_size or MAX_FRAME_SIZE, _SMALLEST_FRAME_SIZE)
        self.send(0, Open("devstack-servicebus", None, MAX_FRAME_SIZE, _CHANNEL_MAX))
        if opened.idle_time_out:
            self._beat(opened.idle_time_out / 2000)

    def _end(self, channel: int) -> None:
        session = self._sessions.pop(channel, None)
        if session is not None:
            session.close()
            self.send(channel, End())

    def _beat(self, seconds: float) -> None:
        self.send_raw(EMPTY_FRAME)
        self._heartbeat = asyncio.get_running_loop().call_later(seconds, self._beat, seconds)


class Server:
    """Listens for clients of a broker on 127.0.0.1. `key` None means that every token is accepted."""

    def __init__(self, broker: Broker, *, key: str | None = None) -> None:
        self._broker = broker
        self._key = key
        self._connections: set[ServerConnection] = set()
        self._listener: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen; returns the port, which is a free one when `port` is 0."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._accept, "127.0.0.1", port)
        return int(self._listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._listener is None:
            return
        self._listener.close()
        for connection in tuple(self._connections):
            connection.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._listener.wait_closed()
        except TimeoutError:
            # A client does not read the last frames.
            self._listener.abort_clients()

    def _accept(self) -> ServerConnection:
        return ServerConnection(self._broker, self._key, self._connections)
