"""Frames and performatives are read as they were written, wherever the stream is cut."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstack.amqp.decode import decode_value
from devstack.amqp.encode import encoded
from devstack.amqp.framing import (
    AMQP_HEADER,
    EMPTY_FRAME,
    Frame,
    FrameReader,
    append_frame,
    append_sasl_frame,
)
from devstack.amqp.performatives import (
    Accepted,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Error,
    Flow,
    Header,
    Modified,
    Open,
    Properties,
    Rejected,
    Released,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    Source,
    Target,
    Transfer,
)
from devstack.amqp.types import AmqpError, Symbol

# A busy machine is no failure.
PATIENT = settings(deadline=None)
uint = st.integers(0, 2**32 - 1)
flag = st.none() | st.booleans()
text = st.text(max_size=20)


def records[T](kind: Callable[..., T], *fields: st.SearchStrategy[object]) -> st.SearchStrategy[T]:
    """Build named tuples from their first fields; hypothesis would guess the other ones by their types."""
    return st.tuples(*fields).map(lambda values: kind(*values))


errors = st.none() | records(Error, st.just(Symbol("amqp:not-found")), st.none() | text, st.just({}))
outcomes = st.one_of(
    st.just(Accepted()),
    st.just(Released()),
    records(Rejected, errors),
    records(Modified, flag, flag),
)
source = records(lambda address, name: Source(address, filter={Symbol("f"): name}), text, text)
performatives = st.one_of(
    records(Open, st.text(max_size=300), st.none() | text, uint, st.integers(0, 2**16 - 1)),
    records(Begin, st.none(), uint, uint, uint),
    records(Attach, text, uint, st.booleans(), st.none(), st.just(1), source, records(Target, text)),
    records(Flow, st.none() | uint, uint, uint, uint, st.none() | uint, uint, uint, st.none(), flag),
    records(Transfer, uint, st.none() | uint, st.none() | st.binary(max_size=32), uint, flag),
    records(Disposition, st.booleans(), uint, st.none() | uint, flag, st.none() | outcomes),
    records(Detach, uint, flag, errors),
    records(End, errors),
    records(Close, errors),
)
frames = records(Frame, st.integers(0, 2**16 - 1), performatives, st.binary(max_size=40))


@PATIENT
@given(st.lists(frames, max_size=6), st.data())
def test_frames_survive_however_the_stream_is_cut(sent: list[Frame], data: st.DataObject) -> None:
    stream = bytearray(AMQP_HEADER)
    for frame in sent:
        append_frame(stream, *frame)
        stream += EMPTY_FRAME
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    reader = FrameReader(65536)
    received: list[bytes | Frame] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += reader.feed(bytes(stream[start:end]))
    expected: list[bytes | Frame] = [AMQP_HEADER]
    for frame in sent:
        expected += [frame, Frame(0, None, b"")]
    assert received == expected


@pytest.mark.parametrize(
    "performative", [SaslMechanisms(["ANONYMOUS", "PLAIN"]), SaslInit("ANONYMOUS", b"x"), SaslOutcome(0)]
)
def test_sasl_frames_survive(performative: object) -> None:
    stream = bytearray()
    append_sasl_frame(stream, performative)
    assert stream[5] == 1
    assert list(FrameReader(512).feed(bytes(stream))) == [Frame(0, performative, b"")]


@PATIENT
@given(
    records(Header, flag, st.none(), st.none() | uint, flag, st.none() | uint),
    records(Properties, st.uuids() | text, st.none(), text, text, text, text, st.just("text/plain")),
)
def test_message_sections_survive(header: Header, properties: Properties) -> None:
    assert decode_value(encoded(header))[0] == header
    assert decode_value(encoded(properties))[0] == properties


def test_trailing_nulls_are_left_out_and_the_empty_list_is_one_byte() -> None:
    assert encoded(Accepted()) == bytes.fromhex("00532445")
    assert encoded(Detach(1)) == bytes.fromhex("005316c003015201")


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x00\x07\x02\x00\x00\x00",  # shorter than its own header
        b"\x00\x00\x00\x10\x01\x00\x00\x00",  # data begins inside the header
        b"\x7f\x00\x00\x00\x02\x00\x00\x00",  # larger than agreed
        b"\x00\x00\x00\x0a\x02\x00\x00\x00\xff\xff",  # no such constructor
        b"\x00\x00\x00\x0b\x02\x00\x00\x00\x00\x53\x14",  # ends inside a value
    ],
)
def test_broken_frames(data: bytes) -> None:
    with pytest.raises(AmqpError):
        list(FrameReader(65536).feed(data))
