"""Handles the messages of every queue; each work item in them succeeds or fails by itself.

A message may hold several items, and a trigger may get several messages, which it settles together: an error
brings all of them back. So work that fails is kept elsewhere, item by item (`failed_work`). An item that can
be kept nowhere is tried again here for a while, because a message that is given back is delivered again at
once. Only then is it left to Service Bus.

Items are handled side by side, a bounded number of each queue. One that gets no place in time is put off as a
copy of its own, so that its message is settled while its lock lasts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.orders.dead_letter import Cause
from shared.records import queues
from shared.records.messages import FeedNews, SendWork, Wake, load_feed_news, load_send_work, load_wake
from shared.records.named_items import item_in
from shared.records.shared_messages import items_in
from shared.records.webhook_records import WebhookWake, load_webhook_wake
from shared.runtime.errors import ThrottledError, TransientError
from shared.services.handling.failed_work import FailedWork, ReturnedError
from shared.services.hops import Hops, follow

GIVE_BACK_AFTER_SECONDS = 20.0  # ten deliveries then last minutes, and the lock of a message lasts one
ITEMS_AT_ONCE = 100  # of a queue in a process; its messages may hold ten times as many
BULK_AT_ONCE = 8  # of wakes for bulk: enough to use a core, and others get their turn sooner
PLACE_SECONDS = 10.0  # for which an item waits for a place
BULK_PLACE_SECONDS = 60.0  # the same of a wake for bulk, alone in its message: waiting is cheaper than a copy
_MORE_ROUNDS = 2
_REPORT_SECONDS = 35.0  # nothing renews the locks of a batch, and a message that failed must be kept in time
_GIVEN_UP_BY_BROKER = frozenset({"MaxDeliveryCountExceeded", "TTLExpiredException"})


def _places_by_queue() -> dict[str, asyncio.Semaphore]:
    return {
        queue: asyncio.Semaphore(BULK_AT_ONCE if queue == queues.ORDERS_BULK else ITEMS_AT_ONCE)
        for queue in queues.QUEUES
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleMessages:
    """What every queue trigger does with its messages."""

    advance_order: Callable[[Wake], Awaitable[None]]
    ask_condition: Callable[[Wake], Awaitable[None]]
    send_email: Callable[[SendWork], Awaitable[None]]
    send_sms: Callable[[SendWork], Awaitable[None]]
    record_report: Callable[[bytes], Awaitable[None]]
    deliver_entries: Callable[[WebhookWake], Awaitable[None]]
    append_feed: Callable[[Sequence[FeedNews]], Awaitable[Sequence[Exception | None]]]
    failed_work: FailedWork
    hops: Hops
    _places: Mapping[str, asyncio.Semaphore] = field(init=False, default_factory=_places_by_queue)

    async def __call__(self, queue: str, bodies: Sequence[bytes]) -> None:
        """Handle messages of one queue; they may be completed when this returns.

        TransientError: some could be neither done nor kept. Those that were done may be repeated.
        """
        loop = asyncio.get_running_loop()
        keep_until = loop.time() + GIVE_BACK_AFTER_SECONDS
        items = [item for body in bodies for item in self._items(queue, body)]
        left = await self._round(queue, items)
        for _ in range(_MORE_ROUNDS):
            if not left or loop.time() >= keep_until:
                break
            await asyncio.sleep(GIVE_BACK_AFTER_SECONDS / _MORE_ROUNDS)
            left = await self._round(queue, left)
        if left:
            raise TransientError(f"{len(left)} of {len(items)} items of {queue} stay there")

    async def dead_letter(self, queue: str, body: bytes, reason: str) -> None:
        """Handle a message of a dead-letter queue; `reason` says why it is there.

        A message that Service Bus gave up goes to its queue again; any other is recorded. TransientError:
        neither was possible. The message stays in the dead-letter queue, without limit, until this returns.
        """
        for item in items_in(body):
            _follow(item)
            if reason in _GIVEN_UP_BY_BROKER:
                is_kept = await self.failed_work(queue, item, ReturnedError(reason))
            else:
                is_kept = await self.failed_work.recorded(queue, item, Cause.UNEXPECTED, reason)
            if not is_kept:
                await asyncio.sleep(GIVE_BACK_AFTER_SECONDS)
                raise TransientError(f"a dead letter of {queue} stays there")

    async def _round(self, queue: str, items: Sequence[bytes]) -> list[bytes]:
        """Try items once; return those that could be neither done nor kept."""
        if queue == queues.STATUS_FEED:
            outcomes = await self._append(items)
        else:
            outcomes = await asyncio.gather(*(self._outcome(queue, item) for item in items))
        failed = [(item, error) for item, error in zip(items, outcomes, strict=True) if error is not None]
        kept = await asyncio.gather(*(self._kept(queue, item, error) for item, error in failed))
        return [item for (item, _), is_kept in zip(failed, kept, strict=True) if not is_kept]

    def _items(self, queue: str, body: bytes) -> list[bytes]:
        items = items_in(body)
        if len(items) > 1:
            self.hops.came_together(queue, [item for each in items if (item := item_in(each)) is not None])
        return items

    async def _kept(self, queue: str, body: bytes, error: Exception) -> bool:
        _follow(body)  # in a task of its own, as each item is
        return await self.failed_work(queue, body, error)

    async def _outcome(self, queue: str, body: bytes) -> Exception | None:
        _follow(body)
        error = await self._in_its_place(queue, body)
        self.hops.passed(queue, failed=error is not None)
        return error

    async def _in_its_place(self, queue: str, body: bytes) -> Exception | None:
        places = self._places[queue]
        patience = BULK_PLACE_SECONDS if queue == queues.ORDERS_BULK else PLACE_SECONDS
        try:
            async with asyncio.timeout(patience):
                await places.acquire()
        except TimeoutError:
            return ThrottledError("it got no place, there is too much work before it", PLACE_SECONDS)
        try:
            return await self._carried_out(queue, body)
        finally:
            places.release()

    async def _carried_out(self, queue: str, body: bytes) -> Exception | None:
        try:
            match queue:
                case queues.ORDERS | queues.ORDERS_BULK:
                    await self.advance_order(load_wake(body))
                case queues.CONDITIONS:
                    await self.ask_condition(load_wake(body))
                case queues.EMAIL_SEND | queues.EMAIL_SEND_BULK:
                    await self.send_email(load_send_work(body))
                case queues.SMS_SEND | queues.SMS_SEND_BULK:
                    await self.send_sms(load_send_work(body))
                case queues.WEBHOOKS:
                    await self.deliver_entries(load_webhook_wake(body))
                case _:
                    async with asyncio.timeout(_REPORT_SECONDS):
                        await self.record_report(body)
        except TimeoutError:
            return TransientError("it took too long")
        except Exception as error:  # noqa: BLE001  the policy decides about each
            return error
        return None

    async def _append(self, bodies: Sequence[bytes]) -> Sequence[Exception | None]:
        read = [_feed_news(body) for body in bodies]
        appended = iter(await self.append_feed([news for news in read if isinstance(news, FeedNews)]))
        outcomes = [next(appended) if isinstance(news, FeedNews) else news for news in read]
        for news, error in zip(read, outcomes, strict=True):
            if isinstance(news, FeedNews):
                self.hops.passed_by(news.item, queues.STATUS_FEED, failed=error is not None)
        return outcomes


def _follow(body: bytes) -> None:
    item = item_in(body)
    if item is not None:
        follow(item)


def _feed_news(body: bytes) -> FeedNews | Exception:
    try:
        return load_feed_news(body)
    except Exception as error:  # noqa: BLE001  as above
        return error
