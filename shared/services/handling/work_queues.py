"""Puts work on the queues: wakes, questions, sends, outcomes, news for the feed.

Transport only. The agenda brings again whatever does not arrive, so most methods log a failed send and
return; those whose caller must know raise TransientError.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.order import Channel
from shared.domain.orders.shipment import AgendaKey
from shared.domain.texts.keywords import has_long_email
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
from shared.records.shipment_rows import StoredShipment
from shared.records.webhook_records import WebhookWake, dump_webhook_wake
from shared.runtime.errors import PermanentError, TransientError
from shared.services.handling.busy_owners import BusyOwners

DIRECT_SECONDS = 1.0  # how long the queue has for a new order before the agenda starts it
COPY_SECONDS = 10.0
_CLOCKS_DIFFER = timedelta(seconds=1)  # a message must not be early by the clock of the process that gets it

# For each channel the queue of most work, and the one for bulk.
_SEND_QUEUES = {
    Channel.EMAIL: (queues.EMAIL_SEND, queues.EMAIL_SEND_BULK),
    Channel.SMS: (queues.SMS_SEND, queues.SMS_SEND_BULK),
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQueues:
    """Sends the messages of the pipeline; message ids make a repeat within minutes one message.

    Pages, long texts and what a busy owner has too much of go to queues for bulk, so that work of others does
    not wait behind it. Small work may share a message. A page is a hundred recipients, files have to be
    fetched, and a visit may take long: such work is a message of its own, so that it spreads over processes.
    """

    sender: QueueSender
    busy_owners: BusyOwners

    async def forward(
        self,
        stored: StoredShipment,
        channels: Iterable[Channel],
        visit: AgendaKey,
        *,
        deadline: float = DIRECT_SECONDS,
    ) -> bool:
        """Put the unsent notifications of these channels on their send queues; return whether that worked."""
        messages = [self._sending(stored, channel, visit) for channel in channels]
        return all([await self._try_send(message, deadline) for message in messages])

    async def send_copy(self, channel: Channel, work: SendWork, at: datetime) -> None:
        """Schedule a copy of send work for a later attempt; TransientError when not taken."""
        message_id = f"{work.item}|{channel.value}|{work.attempt}|{instant_key(at)}"
        queue = _SEND_QUEUES[channel][work.bulk]
        message = QueuedMessage(queue, message_id, dump_send_work(work), at)
        await self.sender.send(message, deadline=COPY_SECONDS)

    async def wake_moved(self, moves: Sequence[tuple[AgendaEntry, AgendaEntry]]) -> None:
        """Wake the shipments and webhooks of agenda rows that move; TransientError when that may have failed.

        Each pair is the row as it is and as it will be. The old row is in the message id, so two processes
        that make the same visit wake once.
        """
        messages = [self._wake(Wake(moved), f"visit|{_visit(entry.key)}") for entry, moved in moves]
        await self.sender.send_all(messages, deadline=COPY_SECONDS)

    async def wake_all(self, wakes: Sequence[tuple[Wake, datetime | None]]) -> None:
        """Wake each at its instant, None at once; TransientError when that is not known to have worked."""
        messages = [self._wake(wake) if at is None else _later(self._wake(wake), at) for wake, at in wakes]
        await self.sender.send_all(messages, deadline=COPY_SECONDS)

    async def wake(self, wake: Wake) -> bool:
        """Wake one shipment at once; return whether the queue took it."""
        return await self._try_send(self._wake(wake), DIRECT_SECONDS)

    async def wake_at(self, wake: Wake, at: datetime) -> bool:
        """Wake one shipment or page at an instant; return whether the queue took it."""
        return await self._try_send(_later(self._wake(wake), at), COPY_SECONDS)

    async def ask(self, wake: Wake) -> bool:
        """Have the condition of a shipment asked; return whether the queue took it."""
        return await self._try_send(_question(wake), COPY_SECONDS)

    async def ask_at(self, wake: Wake, at: datetime) -> None:
        """Have a condition asked at an instant; TransientError when that is not known to have worked."""
        await self.sender.send(_later(_question(wake), at), deadline=COPY_SECONDS)

    async def wake_answered(self, wake: Wake, answered_at: datetime) -> bool:
        """Wake a shipment whose condition was answered; return whether the queue took it."""
        why = f"answered|{_visit(wake.entry.key)}|{instant_key(answered_at)}"
        return await self._try_send(self._wake(wake, why), COPY_SECONDS)

    async def publish(
        self, stored: StoredShipment, agenda: AgendaKey | None = None, *, deadline: float = COPY_SECONDS
    ) -> bool:
        """Queue the news that a shipment has ended; `agenda` is its row, if not the one in the state."""
        key = agenda or stored.state.agenda
        closed = closed_shipment(str(stored.item), stored.order, stored.state)
        body = dump_feed_news(FeedNews(stored.item, stored.creator, key, closed))
        message_id = f"{stored.item}|feed|{_visit(key)}"
        message = QueuedMessage(queues.STATUS_FEED, message_id, body, may_share=True)
        return await self._try_send(message, deadline)

    async def keep_outcome(self, news: OutcomeNews, at: datetime) -> None:
        """Queue an outcome that could not be recorded; TransientError when the queue does not take it."""
        message_id = f"{news.notification}|outcome|{news.outcome.result.value}|{instant_key(at)}"
        message = QueuedMessage(queues.DELIVERY_REPORTS, message_id, dump_outcome(news), at)
        await self.sender.send(message, deadline=COPY_SECONDS)

    def _sending(self, stored: StoredShipment, channel: Channel, visit: AgendaKey) -> QueuedMessage:
        # the agenda row is in the id, so a later visit sends again what a queue lost
        message_id = f"{stored.item}|{channel.value}|1|{_visit(visit)}"
        common, bulk = _SEND_QUEUES[channel]
        is_bulk = _is_long(stored) or self.busy_owners.is_busy(stored.creator, common)
        body = dump_send_work(SendWork(stored.item, 1, stored, bulk=is_bulk))
        return QueuedMessage(bulk if is_bulk else common, message_id, body, may_share=_is_small(stored))

    def _wake(self, wake: Wake, why: str | None = None) -> QueuedMessage:
        # a later visit has another agenda row: its wake must arrive, a repeat of this one need not
        if wake.entry.item.is_webhook:
            return _visit_of_webhook(wake.entry, why or "visit")
        item = wake.entry.item.of_page(wake.page) if wake.page else wake.entry.item
        message_id = f"{item}|{why or f'wake|{_visit(wake.entry.key)}'}"
        is_bulk = bool(wake.page) or self.busy_owners.is_busy(wake.entry.owner, queues.ORDERS)
        queue = queues.ORDERS_BULK if is_bulk else queues.ORDERS
        return QueuedMessage(queue, message_id, dump_wake(wake), may_share=not is_bulk)

    async def _try_send(self, message: QueuedMessage, deadline: float) -> bool:
        try:
            await self.sender.send(message, deadline=deadline)
        except (TransientError, PermanentError) as error:
            _log.warning("queue %s did not take a message, the agenda will: %s", message.queue, error)
            return False
        return True


def _is_long(stored: StoredShipment) -> bool:
    return bool(stored.item.page) or has_long_email(stored.order)


def _is_small(stored: StoredShipment) -> bool:
    has_files = stored.order.email is not None and bool(stored.order.email.attachments)
    return not stored.item.page and not has_files


def _visit_of_webhook(entry: AgendaEntry, why: str) -> QueuedMessage:
    body = dump_webhook_wake(WebhookWake(entry.owner, entry.item, entry.key))
    return QueuedMessage(queues.WEBHOOKS, f"{entry.item}|{why}", body)


def _question(wake: Wake) -> QueuedMessage:
    message_id = f"{wake.entry.item}|ask|{_visit(wake.entry.key)}"
    return QueuedMessage(queues.CONDITIONS, message_id, dump_wake(wake))


def _later(message: QueuedMessage, at: datetime) -> QueuedMessage:
    message_id = f"{message.message_id}|{instant_key(at)}"
    return replace(message, message_id=message_id, scheduled_at=at + _CLOCKS_DIFFER)


def _visit(key: AgendaKey) -> str:
    due, _, nonce = agenda_parts(key.row_key)
    return f"{due}|{nonce}"
