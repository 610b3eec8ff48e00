"""AMQP frames: a size, a type, a channel, one performative and what follows it."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from devstack.amqp.decode import decode_value
from devstack.amqp.encode import encode_value
from devstack.amqp.types import AmqpError

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"
EMPTY_FRAME = b"\x00\x00\x00\x08\x02\x00\x00\x00"

_HEADER = struct.Struct(">IBBH")
_AMQP_TYPE, _SASL_TYPE = 0, 1


class Frame(NamedTuple):
    """One frame; `performative` is None for an empty frame, which only keeps the connection open."""

    channel: int
    performative: object
    payload: bytes


class FrameReader:
    """Cuts a byte stream into protocol headers and frames.

    `max_frame_size` in bytes bounds what is buffered of one frame.
    """

    def __init__(self, max_frame_size: int) -> None:
        self._max_frame_size = max_frame_size
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes | Frame]:
        """Yield the protocol headers (8 bytes) and frames that `data` completes; raises AmqpError."""
        if self._rest:
            data = self._rest + data
        at, length = 0, len(data)
        while length - at >= 8:
            if data.startswith(b"AMQP", at):
                yield data[at : at + 8]
                at += 8
                continue
            size, offset, _kind, channel = _HEADER.unpack_from(data, at)
            if size < 8 or offset < 2 or size > self._max_frame_size:
                raise AmqpError(f"invalid frame: size {size}, data offset {offset}")
            if length - at < size:
                break
            frame = data[at : at + size]
            at += size
            if size == offset * 4:
                yield Frame(channel, None, b"")
            else:
                performative, end = decode_value(frame, offset * 4)
                yield Frame(channel, performative, frame[end:])
        self._rest = data[at:]


def append_frame(out: bytearray, channel: int, performative: object, payload: bytes = b"") -> None:
    """Append one AMQP frame."""
    _append(out, _AMQP_TYPE, channel, performative, payload)


def append_sasl_frame(out: bytearray, performative: object) -> None:
    """Append one SASL frame."""
    _append(out, _SASL_TYPE, 0, performative, b"")


def _append(out: bytearray, kind: int, channel: int, performative: object, payload: bytes) -> None:
    start = len(out)
    out += b"\x00\x00\x00\x00\x02\x00\x00\x00"
    encode_value(out, performative)
    out += payload
    _HEADER.pack_into(out, start, len(out) - start, 2, kind, channel)
