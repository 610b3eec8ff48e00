"""Hands work to the queues: wakes, sends, news for the feed.

Transport only. Whatever does not arrive is found again through the agenda, so a hand-over that fails is
logged and forgotten, except where the caller needs to know.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.order import Channel
from shared.domain.orders.shipment import AgendaKey
from shared.ports.queues import QueuedMessage, QueueSender
from shared.records import queues
from shared.records.agenda_entry import AgendaEntry, agenda_parts
from shared.records.keys import instant_key
from shared.records.messages import (
    FeedNews,
    OutcomeNews,
    SendWork,
    Wake,
    dump_feed_news,
    dump_outcome,
    dump_send_work,
    dump_wake,
)
from shared.records.order_rows import StoredOrder
from shared.runtime.errors import PermanentError, TransientError

DIRECT_SECONDS = 1.0  # how long a request waits for the queue before it relies on the agenda
COPY_SECONDS = 10.0

_SEND_QUEUES = {Channel.EMAIL: queues.EMAIL_SEND, Channel.SMS: queues.SMS_SEND}
_log = logging.getLogger(__name__)


class HandOver:
    """Puts work on the queues; message ids make a repeat within minutes one message."""

    def __init__(self, sender: QueueSender) -> None:
        self._sender = sender

    async def forward(
        self,
        stored: StoredOrder,
        channels: Iterable[Channel],
        visit: AgendaKey,
        *,
        deadline: float = DIRECT_SECONDS,
    ) -> bool:
        """Put the unsent notifications of these channels on their send queues; return whether that worked."""
        done = True
        for channel in channels:
            work = SendWork(stored.item, 1, stored)
            # the agenda row in the id lets a later visit repeat what a lost queue swallowed
            message_id = f"{stored.item}|{channel.value}|1|{_visit(visit)}"
            done = (
                await self._attempt(_SEND_QUEUES[channel], message_id, dump_send_work(work), deadline)
                and done
            )
        return done

    async def send_copy(self, channel: Channel, work: SendWork, at: datetime) -> None:
        """Schedule a copy of send work for a later attempt; TransientError when not taken."""
        when = instant_key(at)
        message_id = f"{work.item}|{channel.value}|{work.attempt}|{when}"
        message = QueuedMessage(_SEND_QUEUES[channel], message_id, dump_send_work(work), at)
        await self._sender.send(message, deadline=COPY_SECONDS)

    async def release(self, moves: Sequence[tuple[AgendaEntry, AgendaEntry]]) -> None:
        """Wake the shipments of agenda rows that move; TransientError when that is not known to have worked.

        Each pair is the row as it is and as it will be. The visit that ends is in the id of the message, so
        that two who make it at the same time wake once.
        """
        messages = [_wake_message(Wake(moved), f"visit|{_visit(entry.key)}") for entry, moved in moves]
        await self._sender.send_all(messages, deadline=COPY_SECONDS)

    async def wake_all(self, wakes: Sequence[Wake]) -> None:
        """Put wakes on the orders queue; TransientError when that is not known to have worked."""
        messages = [_wake_message(wake) for wake in wakes]
        await self._sender.send_all(messages, deadline=COPY_SECONDS)

    async def wake(self, wake: Wake) -> bool:
        """Wake one shipment at once, best effort."""
        message = _wake_message(wake)
        return await self._attempt(message.queue, message.message_id, message.body, DIRECT_SECONDS)

    async def wake_at(self, wake: Wake, at: datetime) -> bool:
        """Wake one shipment or page at an instant, best effort."""
        now = _wake_message(wake)
        message_id = f"{now.message_id}|{instant_key(at)}"
        return await self._attempt(now.queue, message_id, now.body, COPY_SECONDS, at)

    async def publish(
        self, stored: StoredOrder, agenda: AgendaKey | None = None, *, deadline: float = COPY_SECONDS
    ) -> bool:
        """Tell the feed that a shipment has ended; `agenda` is its row, if not the one in the state."""
        state = stored.state
        key = agenda or state.agenda
        closed = closed_shipment(str(stored.item), stored.order, state)
        news = FeedNews(stored.item, stored.creator, key, closed)
        message_id = f"{stored.item}|feed|{_visit(key)}"
        return await self._attempt(queues.STATUS_FEED, message_id, dump_feed_news(news), deadline)

    async def keep_outcome(self, news: OutcomeNews, at: datetime) -> None:
        """Queue an outcome that could not be recorded; TransientError when the queue does not take it."""
        message_id = f"{news.notification}|outcome|{news.outcome.result.value}|{instant_key(at)}"
        message = QueuedMessage(queues.DELIVERY_REPORTS, message_id, dump_outcome(news), at)
        await self._sender.send(message, deadline=COPY_SECONDS)

    async def _attempt(
        self, queue: str, message_id: str, body: bytes, deadline: float, at: datetime | None = None
    ) -> bool:
        try:
            await self._sender.send(QueuedMessage(queue, message_id, body, at), deadline=deadline)
        except (TransientError, PermanentError) as error:
            _log.warning("queue %s did not take a message, the agenda will: %s", queue, error)
            return False
        return True


def _wake_message(wake: Wake, why: str | None = None) -> QueuedMessage:
    # the agenda key tells a rescue, which must arrive, from a repeat, which need not
    item = wake.entry.item.of_page(wake.page) if wake.page else wake.entry.item
    message_id = f"{item}|{why or f'wake|{_visit(wake.entry.key)}'}"
    return QueuedMessage(queues.ORDERS, message_id, dump_wake(wake))


def _visit(key: AgendaKey) -> str:
    due, _, nonce = agenda_parts(key.row_key)
    return f"{due}|{nonce}"
