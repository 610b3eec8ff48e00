"""Puts messages on Service Bus queues: few transfers under load, no waiting when the service is down."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass, field

from shared.domain.orders.trace import Tracing
from shared.messaging.service_bus import SendOutcome, ServiceBusLink
from shared.messaging.sharing import as_one, shared_messages
from shared.ports.queues import QueuedMessage
from shared.runtime.breaker import Breaker
from shared.runtime.errors import TransientError
from shared.runtime.group_commit import GroupCommit

_MAX_MESSAGES = 200  # of one flush, so that a message waits for a few transfers at most
_STUCK_SECONDS = 10.0
# Between the begin of two transfers to a queue: what is sent meanwhile shares messages.
_APART_SECONDS = 0.05
_APART_IF_AWAITED_SECONDS = 0.025  # somebody outside waits, and may have only a few connections
_PAUSE_SECONDS = 30.0
_FAILURES = 3
_PROBE_SECONDS = 2.0
_INCIDENT_SECONDS = 0.5
_log = logging.getLogger(__name__)


type Connect = Callable[[str], Awaitable[ServiceBusLink]]


@dataclass(slots=True, eq=False)
class ServiceBusQueueSender:
    """`shared.ports.QueueSender` on Service Bus; queues are connected on first use or by `warm_up`.

    Concurrent sends to one queue share transfers, and messages where they may; those to queues in `awaited`,
    which callers of the service wait for, wait less for each other. When three sends in a row failed, sends
    to that queue fail at once for `pause_seconds`.
    """

    connect: Connect
    awaited: frozenset[str] = frozenset()
    pause_seconds: float = _PAUSE_SECONDS
    tracing: Tracing = field(default_factory=lambda: Tracing(0))
    _queues: dict[str, "_Queue"] = field(init=False, default_factory=dict)

    async def send(self, message: QueuedMessage, *, deadline: float) -> None:
        """Send one message.

        TransientError: not known to be accepted within `deadline` seconds. PermanentError: too large.
        """
        await self._queue(message.queue).send(message, deadline)

    async def send_all(self, messages: Sequence[QueuedMessage], *, deadline: float) -> None:
        """Send messages of one queue in as few transfers as possible; raise as `send` does.

        Each message has its own fate: when one is refused the others are sent.
        """
        sends = (self._queue(message.queue).send(message, deadline) for message in messages)
        for outcome in await asyncio.gather(*sends, return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def check(self, queue: str, *, deadline: float) -> None:
        """Make sure that there is a connection for a queue; TransientError when there is none in time."""
        await self._queue(queue).send(None, deadline)

    def warm_up(self, queues: Iterable[str]) -> None:
        """Connect to queues in the background, so that the first sends need not wait half a second."""
        for name in queues:
            self._queue(name).warm_up()

    async def close(self) -> None:
        """Close all connections. Messages still waiting are lost."""
        queues, self._queues = self._queues, {}
        await asyncio.gather(*(queue.close() for queue in queues.values()))

    def _queue(self, name: str) -> "_Queue":
        queue = self._queues.get(name)
        if queue is None:
            apart = _APART_IF_AWAITED_SECONDS if name in self.awaited else _APART_SECONDS
            queue = _Queue(name, self.connect, self.pause_seconds, apart, self.tracing)
            self._queues[name] = queue
        return queue


class _Queue:
    """One queue: its group commit is the one user of its link.

    A flush takes the link out and puts it back only when all went well, so a link that failed, or is stuck in
    a flush that was abandoned, is never met again.
    """

    def __init__(
        self, name: str, connect: Connect, pause_seconds: float, apart: float, tracing: Tracing
    ) -> None:
        self._name = name
        self._tracing = tracing
        self._connect = connect
        self._breaker = Breaker(
            failures=_FAILURES,
            open_seconds=pause_seconds,
            probe_seconds=_PROBE_SECONDS,
            incident_seconds=_INCIDENT_SECONDS,
            clock=lambda: asyncio.get_running_loop().time(),
        )
        self._link: ServiceBusLink | None = None
        self._group: GroupCommit[QueuedMessage | None, None] = GroupCommit(
            self._flush, max_items=_MAX_MESSAGES, flush_timeout=_STUCK_SECONDS, apart=apart
        )
        self._warming: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def send(self, message: QueuedMessage | None, deadline: float) -> None:
        if not self._breaker.admits():
            raise TransientError(f"sends to {self._name} are paused after failures")
        try:
            await self._group.commit(message, deadline)
        except TransientError as error:
            if self._breaker.failed():
                _log.warning("sends to %s pause after repeated failures: %s", self._name, error)
            raise

    def warm_up(self) -> None:
        self._warming = asyncio.create_task(self._connect_early(), context=Context())

    async def close(self) -> None:
        self._closed = True
        if self._warming is not None:
            self._warming.cancel()
        if self._link is not None:
            self._close_later(self._link)
            self._link = None
        await asyncio.gather(*self._closing)

    async def _connect_early(self) -> None:
        try:
            await self._group.commit(None, _STUCK_SECONDS)  # nothing to send, but a link is made
        except TransientError as error:
            _log.warning("warming up %s failed: %s", self._name, error)

    async def _flush(self, items: Sequence[QueuedMessage | None]) -> list[SendOutcome]:
        messages = [item for item in items if item is not None]
        link, self._link = self._link or await self._new_link(), None
        groups = shared_messages(messages)
        outcomes: list[SendOutcome] = []
        healthy = False
        try:
            if messages:
                together = ([messages[index] for index in group] for group in groups)
                outcomes = await link.send([as_one(each, self._tracing) for each in together])
            healthy = not any(isinstance(outcome, TransientError) for outcome in outcomes)
        finally:
            if healthy and not self._closed:
                self._link = link
            else:
                self._close_later(link)
        if healthy and messages:
            self._breaker.succeeded()
        of_each = {index: out for group, out in zip(groups, outcomes, strict=True) for index in group}
        in_order = (of_each[index] for index in range(len(messages)))
        return [None if item is None else next(in_order) for item in items]

    async def _new_link(self) -> ServiceBusLink:
        if self._closed:
            raise TransientError("the sender is closed")
        return await self._connect(self._name)

    def _close_later(self, link: ServiceBusLink) -> None:
        closing = asyncio.create_task(link.close(), context=Context())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
