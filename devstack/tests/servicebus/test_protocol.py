"""What clients other than the SDK rely on, frame by frame over a socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from devstack.amqp.framing import (
    AMQP_HEADER,
    SASL_HEADER,
    Frame,
    FrameReader,
    append_frame,
    append_sasl_frame,
)
from devstack.amqp.message import open_envelope, write_message
from devstack.amqp.performatives import (
    Accepted,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    Error,
    Flow,
    Modified,
    Open,
    Properties,
    Rejected,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    Source,
    Target,
    Transfer,
)
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.running import RunningBroker, running_broker

WINDOW = 1000


class Peer:
    """A socket that speaks frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._frames = FrameReader(1 << 20)
        self._received: list[bytes | Frame] = []

    def send(self, *performatives: object, payload: bytes = b"") -> None:
        out = bytearray()
        for performative in performatives:
            append_frame(out, 0, performative, payload)
        self._writer.write(out)

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    def close(self) -> None:
        self._writer.close()

    async def receive(self) -> object:
        """Return the next header or performative, None for an empty frame; raises EOFError at the end."""
        async with asyncio.timeout(5):
            while not self._received:
                data = await self._reader.read(65536)
                if not data:
                    raise EOFError
                self._received += self._frames.feed(data)
        item = self._received.pop(0)
        return item.performative if isinstance(item, Frame) else item

    async def expect[T](self, kind: type[T]) -> T:
        """Return the next performative of this kind, skipping others."""
        while True:
            performative = await self.receive()
            if isinstance(performative, kind):
                return performative

    async def silence(self) -> list[object]:
        """Return what the broker has said by the time it refuses a link to a queue that does not exist."""
        self.send(Attach("marker", 99, True, source=Source("marker"), target=Target()))
        seen: list[object] = []
        while not isinstance(performative := await self.receive(), Detach):
            if not isinstance(performative, Attach):
                seen.append(performative)
        return seen


@pytest.fixture
async def running() -> AsyncIterator[RunningBroker]:
    async with running_broker([QueueDeclaration("orders")]) as broker:
        yield broker


@pytest.fixture
async def stranger(running: RunningBroker) -> AsyncIterator[Peer]:
    """A connection on which nothing has been said."""
    peer = Peer(*await asyncio.open_connection("127.0.0.1", running.port))
    yield peer
    peer.close()


@pytest.fixture
async def peer(stranger: Peer) -> Peer:
    """A connection with an open session."""
    await hello(stranger, Begin(None, 0, WINDOW, WINDOW))
    return stranger


async def hello(peer: Peer, begin: Begin, idle_time_out: int | None = None) -> None:
    peer.send_raw(AMQP_HEADER)
    peer.send(Open("peer", None, 65536, None, idle_time_out), begin)
    await peer.expect(Begin)


async def consume(peer: Peer, credit: int, *, settles: bool = True) -> None:
    peer.send(Attach("consumer", 1, True, 0 if settles else 1, 1, Source("orders"), Target("me")))
    attach = await peer.expect(Attach)
    assert (attach.role, attach.initial_delivery_count) == (False, 0)
    peer.send(Flow(0, WINDOW, 0, WINDOW, 1, 0, credit))


def fill(running: RunningBroker, count: int) -> None:
    for number in range(count):
        data = write_message(str(number).encode(), properties=Properties())
        running.broker.queues["orders"].send(open_envelope(data))


async def test_sasl_comes_first_and_anonymous_is_enough(stranger: Peer) -> None:
    stranger.send_raw(SASL_HEADER)
    assert await stranger.receive() == SASL_HEADER
    mechanisms = await stranger.expect(SaslMechanisms)
    assert "ANONYMOUS" in mechanisms.mechanisms
    out = bytearray()
    append_sasl_frame(out, SaslInit("ANONYMOUS"))
    stranger.send_raw(bytes(out))
    assert (await stranger.expect(SaslOutcome)).code == 0
    await hello(stranger, Begin(None, 0, WINDOW, WINDOW))


async def test_another_protocol_gets_the_one_we_speak_and_a_closed_door(stranger: Peer) -> None:
    stranger.send_raw(b"AMQP\x00\x00\x09\x01")
    assert await stranger.receive() == AMQP_HEADER
    with pytest.raises(EOFError):
        await stranger.receive()


async def test_garbage_is_answered_with_the_reason(peer: Peer) -> None:
    peer.send_raw(b"\x00\x00\x00\x0a\x02\x00\x00\x00\xff\xff")
    close = await peer.expect(Close)
    assert close.error.condition == "amqp:decode-error"
    with pytest.raises(EOFError):
        await peer.receive()


async def test_a_peer_with_an_idle_timeout_is_kept_awake(stranger: Peer) -> None:
    await hello(stranger, Begin(None, 0, WINDOW, WINDOW), idle_time_out=100)
    assert [await stranger.receive() for _ in range(3)] == [None, None, None]


async def test_no_more_than_the_session_window_is_sent(running: RunningBroker, stranger: Peer) -> None:
    await hello(stranger, Begin(None, 0, 2, WINDOW))
    fill(running, 5)
    stranger.send(Attach("consumer", 1, True, 0, 1, Source("orders"), Target("me")))
    stranger.send(Flow(0, 2, 0, WINDOW, 1, 0, 5))
    assert [(await stranger.expect(Transfer)).delivery_id for _ in range(2)] == [0, 1]
    assert running.broker.queues["orders"].counts()["active"] == 3
    stranger.send(Flow(2, 2, 0, WINDOW))
    assert [(await stranger.expect(Transfer)).delivery_id for _ in range(2)] == [2, 3]
    assert running.broker.queues["orders"].counts()["active"] == 1


async def test_a_drain_uses_up_the_credit(running: RunningBroker, peer: Peer) -> None:
    fill(running, 2)
    await consume(peer, 0)
    peer.send(Flow(0, WINDOW, 0, WINDOW, 1, 0, 10, drain=True))
    assert [(await peer.expect(Transfer)).delivery_id for _ in range(2)] == [0, 1]
    flow = await peer.expect(Flow)
    assert (flow.handle, flow.delivery_count, flow.link_credit, flow.drain) == (1, 10, 0, True)


async def test_a_range_is_settled_and_confirmed_for_each_delivery(running: RunningBroker, peer: Peer) -> None:
    fill(running, 4)
    await consume(peer, 4)
    for _ in range(4):
        await peer.expect(Transfer)
    peer.send(Disposition(True, 0, 2, False, Accepted()))
    confirmed = [await peer.expect(Disposition) for _ in range(3)]
    assert confirmed == [Disposition(False, number, number, True, Accepted()) for number in range(3)]
    # Ids that were never delivered, up to the largest there is, are nobody's business.
    peer.send(Disposition(True, 2, 2**32 - 1, False, Modified(delivery_failed=True)))
    assert await peer.expect(Disposition) == Disposition(False, 3, 3, True, Modified(delivery_failed=True))
    assert running.broker.queues["orders"].counts()["active"] == 1


async def test_a_settled_outcome_is_not_confirmed(running: RunningBroker, peer: Peer) -> None:
    fill(running, 1)
    await consume(peer, 1)
    await peer.expect(Transfer)
    peer.send(Disposition(True, 0, 0, True, Accepted()))
    assert await peer.silence() == []
    assert sum(running.broker.queues["orders"].counts().values()) == 0


async def test_a_message_in_many_frames_and_an_unreadable_one(running: RunningBroker, peer: Peer) -> None:
    peer.send(Attach("producer", 0, False, 0, 0, Source("me"), Target("orders"), initial_delivery_count=0))
    assert (await peer.expect(Flow)).link_credit
    data = write_message(b"0123456789" * 10, properties=Properties("id"))
    for start in range(0, len(data), 10):
        more = start + 10 < len(data)
        first = Transfer(0, 0, b"t", 0, False, more) if start == 0 else Transfer(0, more=more)
        peer.send(first, payload=data[start : start + 10])
    assert await peer.expect(Disposition) == Disposition(True, 0, 0, True, Accepted())
    (stored,) = running.broker.queues["orders"].peek(0, 9)
    assert stored.bare == data

    peer.send(Transfer(0, 1, b"u", 0, False), payload=b"\x00\x53\x75\xa0\xff")
    outcome = (await peer.expect(Disposition)).state
    assert isinstance(outcome, Rejected)
    assert isinstance(outcome.error, Error)
    assert outcome.error.condition == "amqp:decode-error"


async def test_a_detached_consumer_gets_nothing_more(running: RunningBroker, peer: Peer) -> None:
    await consume(peer, 10)
    peer.send(Detach(1, True))
    assert await peer.expect(Detach) == Detach(1, True)
    fill(running, 1)
    assert await peer.silence() == []
    assert running.broker.queues["orders"].counts()["active"] == 1


async def test_a_broker_stops_though_nobody_hangs_up() -> None:
    async with asyncio.timeout(3):
        async with running_broker([QueueDeclaration("orders")]) as running:
            peer = Peer(*await asyncio.open_connection("127.0.0.1", running.port))
            await hello(peer, Begin(None, 0, WINDOW, WINDOW))
            curious = Peer(*await asyncio.open_connection("127.0.0.1", running.control_port))
    for client in (peer, curious):
        client.close()
