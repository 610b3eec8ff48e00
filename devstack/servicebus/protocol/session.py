"""One AMQP session of a client: numbers deliveries, routes frames to links, confirms settlements."""

import logging

from devstack.amqp.performatives import Attach, Begin, Detach, Disposition, Flow, Source, Target, Transfer
from devstack.amqp.protocol import FrameProtocol
from devstack.servicebus.protocol.links import MAX_MESSAGE_SIZE, ConsumerLink, Link, ReplyLink
from devstack.servicebus.protocol.nodes import LinkRefusedError, Nodes

_log = logging.getLogger(__name__)
# Never exhausted: the broker takes transfers as fast as they come and bounds them by link credit.
_INCOMING_WINDOW = 0x7FFFFFFF
_HANDLE_MAX = 255


class Session:
    """The broker's end of a session; implements what links need of it."""

    def __init__(self, connection: FrameProtocol, channel: int, begin: Begin, nodes: Nodes) -> None:
        self._connection = connection
        self._channel = channel
        self._nodes = nodes
        self._links: dict[int, Link] = {}
        self._unsettled: dict[int, tuple[ConsumerLink, bytes]] = {}
        self._next_incoming_id = begin.next_outgoing_id
        self._next_outgoing_id = 0
        self._next_delivery_id = 0
        self._window = begin.incoming_window
        self.send(Begin(channel, 0, _INCOMING_WINDOW, _INCOMING_WINDOW, _HANDLE_MAX))

    @property
    def window(self) -> int:
        """How many transfer frames the client takes now."""
        return self._window

    def handle(self, performative: object, payload: bytes) -> None:
        """Act on one frame."""
        match performative:
            case Transfer():
                self._next_incoming_id += 1
                # A handle may be unknown because the link was refused while its client kept on sending.
                if (link := self._links.get(performative.handle)) is not None:
                    link.transfer(performative, payload)
            case Disposition(role=True):
                self._settle(performative)
            case Flow():
                self._flow(performative)
            case Attach():
                self._attach(performative)
            case Detach():
                self._detach(performative)
            case _:
                _log.debug("nothing to do for %s", type(performative).__name__)

    def close(self) -> None:
        """Detach every link on our side; locks stay until they end."""
        for link in self._links.values():
            link.detached()
        self._links.clear()

    def send(self, performative: object) -> None:
        """Send one frame."""
        self._connection.send(self._channel, performative)

    def deliver(self, link: ConsumerLink | ReplyLink, tag: bytes, payload: bytes, *, settled: bool) -> None:
        """Send a message to the client."""
        delivery_id = self._next_delivery_id
        self._next_delivery_id += 1
        transfer = Transfer(link.handle, delivery_id, tag, 0, settled, False)
        frames = self._connection.send_message(self._channel, transfer, payload)
        self._next_outgoing_id += frames
        self._window -= frames
        if isinstance(link, ConsumerLink) and not settled:
            self._unsettled[delivery_id] = (link, tag)

    def send_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        """Tell the state of a link along with the session's."""
        self.send(
            Flow(
                self._next_incoming_id,
                _INCOMING_WINDOW,
                self._next_outgoing_id,
                _INCOMING_WINDOW,
                handle,
                delivery_count,
                credit,
                drain=drain,
            )
        )

    def forget(self, handle: int) -> None:
        """Drop a link that was detached."""
        link = self._links.pop(handle, None)
        if link is not None:
            link.detached()

    def _attach(self, attach: Attach) -> None:
        name, handle, role = attach.name, attach.handle, not attach.role
        try:
            link = self._nodes.attach(self, attach)
        except LinkRefusedError as error:
            _log.info("refused a link: %s", error)
            # Neither source nor target says that the link does not exist; the detach that follows says why.
            self.send(Attach(name, handle, role, initial_delivery_count=None if role else 0))
            self.send(Detach(handle, True, error.error))
            return
        self._links[handle] = link
        self.send(
            Attach(
                name,
                handle,
                role,
                attach.snd_settle_mode,
                attach.rcv_settle_mode,
                attach.source or Source(),
                attach.target or Target(),
                initial_delivery_count=None if role else 0,
                max_message_size=MAX_MESSAGE_SIZE,
            )
        )
        link.start(attach)

    def _detach(self, detach: Detach) -> None:
        if detach.handle in self._links:
            self.forget(detach.handle)
            self.send(Detach(detach.handle, detach.closed))

    def _flow(self, flow: Flow) -> None:
        was_closed = self._window <= 0
        self._window = (flow.next_incoming_id or 0) + flow.incoming_window - self._next_outgoing_id
        if flow.handle is not None and (link_of_flow := self._links.get(flow.handle)) is not None:
            link_of_flow.flow(flow)
        if was_closed:
            for link in self._links.values():
                if isinstance(link, ConsumerLink):
                    link.queue.dispatch()

    def _settle(self, disposition: Disposition) -> None:
        last = disposition.first if disposition.last is None else disposition.last
        # `last` comes from the client: with a large range only the known ids are walked.
        if last - disposition.first >= len(self._unsettled):
            ids = [number for number in self._unsettled if disposition.first <= number <= last]
        else:
            ids = [number for number in range(disposition.first, last + 1) if number in self._unsettled]
        for number in ids:
            link, token = self._unsettled.pop(number)
            outcome = link.settle(token, disposition.state)
            if not disposition.settled:
                self.send(Disposition(False, number, number, True, outcome))
