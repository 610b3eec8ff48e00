"""The part of an AMQP connection that both ends share: bytes in, frames out, few writes."""

import asyncio
import logging
import socket
from abc import ABC, abstractmethod

from devstack.amqp.framing import Frame, FrameReader, append_frame, append_sasl_frame
from devstack.amqp.performatives import Transfer
from devstack.amqp.types import AmqpError

_log = logging.getLogger(__name__)
# Room for the transfer performative itself in a frame that carries part of a message.
_TRANSFER_OVERHEAD = 128
# The most that is buffered of one frame; the peer is told the same.
MAX_FRAME_SIZE = 65536


class FrameProtocol(asyncio.Protocol, ABC):
    """Collects frames and writes them once per burst of input or turn of the event loop.

    `peer_max_frame_size` in bytes bounds the frames that are sent, once the peer has named it.
    """

    def __init__(self) -> None:
        self.peer_max_frame_size = 512
        self._transport: asyncio.Transport | None = None
        self._reader = FrameReader(MAX_FRAME_SIZE)
        self._out = bytearray()
        self._flush_is_due = False

    @abstractmethod
    def header_received(self, header: bytes) -> None:
        """Handle a protocol header (8 bytes)."""

    @abstractmethod
    def frame_received(self, frame: Frame) -> None:
        """Handle a frame; AmqpError ends the connection."""

    @abstractmethod
    def failed(self, error: AmqpError) -> None:
        """Say that the peer broke the protocol; the connection closes afterwards."""

    def before_write(self) -> None:
        """Do what must be done before anything is written."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Prepare for many small exchanges."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Handle all that has arrived, then answer with one write."""
        self._flush_is_due = True
        try:
            for item in self._reader.feed(data):
                if isinstance(item, Frame):
                    self.frame_received(item)
                else:
                    self.header_received(item)
        except AmqpError as error:
            _log.warning("closing a connection: %s", error)
            self.failed(error)
            self.close()
        finally:
            self.flush()

    def send_raw(self, data: bytes) -> None:
        """Send a protocol header or an empty frame."""
        self._out += data
        self._flush_soon()

    def send_sasl(self, performative: object) -> None:
        """Send one SASL frame."""
        append_sasl_frame(self._out, performative)
        self._flush_soon()

    def send(self, channel: int, performative: object) -> None:
        """Send one frame."""
        append_frame(self._out, channel, performative)
        self._flush_soon()

    def send_message(self, channel: int, transfer: Transfer, payload: bytes) -> int:
        """Send a message in as many frames as the peer's frame size asks for; returns how many."""
        room = self.peer_max_frame_size - _TRANSFER_OVERHEAD
        frames = 1
        while len(payload) > room:
            append_frame(self._out, channel, transfer._replace(more=True), payload[:room])
            payload = payload[room:]
            frames += 1
        append_frame(self._out, channel, transfer, payload)
        self._flush_soon()
        return frames

    def flush(self) -> None:
        """Write everything collected."""
        self._flush_is_due = False
        if self._out:
            self.before_write()
            data, self._out = self._out, bytearray()
            if self._transport is not None and not self._transport.is_closing():
                self._transport.write(data)

    def close(self) -> None:
        """Write everything collected and close the socket."""
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def _flush_soon(self) -> None:
        if not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_soon(self.flush)
