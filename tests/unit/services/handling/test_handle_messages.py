"""Messages of a queue, singly and in batches: what fails is kept elsewhere, at no cost to its neighbours."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson
import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.shipment import AgendaKey
from shared.domain.orders.trace import Tracing
from shared.records import queues
from shared.records.agenda_entry import AgendaEntry
from shared.records.failures import failures_of
from shared.records.messages import FeedNews, SendWork, Wake, dump_feed_news, dump_send_work, dump_wake
from shared.records.shared_messages import shared_body
from shared.runtime.errors import (
    ConflictError,
    PermanentError,
    ThrottledError,
    TransientError,
    UnavailableError,
)
from shared.services.handling.handle_messages import (
    BULK_AT_ONCE,
    BULK_PLACE_SECONDS,
    GIVE_BACK_AFTER_SECONDS,
    ITEMS_AT_ONCE,
    HandleMessages,
)
from shared.services.hops import Hops
from tests.support.virtual_time import run_virtually

ERRORS = [
    ValueError("odd"),
    UnavailableError("down"),
    ConflictError("contended"),
    PermanentError("never"),
    TimeoutError(),
]
IDS = IdMaker(b"0" * 32)
LOCK_SECONDS = 60
NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)


@dataclass
class App:
    """Use cases that note what they were asked for, and fail with what `errors` says of a body."""

    errors: dict[bytes, Exception] = field(default_factory=dict)
    slow: set[bytes] = field(default_factory=set)
    done: list[bytes] = field(default_factory=list)
    seconds: float = 0.0
    under_way: int = 0
    most: int = 0

    async def record_report(self, body):
        if body in self.slow:
            await asyncio.sleep(1000)
        if body in self.errors:
            raise self.errors[body]
        self.done.append(body)

    async def send_sms(self, work):
        raise self.errors[b"sms"]

    advance_order = ask_condition = deliver_entries = send_sms

    async def send_email(self, work):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.seconds)
        self.under_way -= 1
        if (body := str(work.item).encode()) in self.errors:
            raise self.errors[body]
        self.done.append(body)

    async def append_feed(self, batch):
        outcomes = [self.errors.get(news.owner.encode()) for news in batch]
        self.done += [n.owner.encode() for n, error in zip(batch, outcomes, strict=True) if error is None]
        return outcomes


@dataclass
class Policy:
    """Notes what failed; keeps it unless told otherwise."""

    keeps: bool = True
    failed: list[tuple[str, bytes, Exception]] = field(default_factory=list)
    letters: list[tuple[str, bytes, str]] = field(default_factory=list)

    async def __call__(self, queue, body, error):
        self.failed.append((queue, body, error))
        return self.keeps

    async def recorded(self, queue, body, cause, reason):
        self.letters.append((queue, body, reason))
        return self.keeps


def report(number):
    return orjson.dumps({"n": number})


def now():
    return asyncio.get_running_loop().time()


def built(**app):
    one, policy = App(**app), Policy()
    handle = HandleMessages(
        advance_order=one.advance_order,
        ask_condition=one.ask_condition,
        send_email=one.send_email,
        send_sms=one.send_sms,
        record_report=one.record_report,
        deliver_entries=one.deliver_entries,
        append_feed=one.append_feed,
        failed_work=policy,
        hops=Hops(Tracing(0)),
    )
    return one, policy, handle


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("place", [0, 57, 99])
async def test_one_report_that_fails_costs_its_batch_nothing(error, place):
    batch = [report(n) for n in range(100)]
    app, policy, handle = built(errors={batch[place]: error})
    await handle(queues.DELIVERY_REPORTS, batch)
    assert app.done == [body for body in batch if body != batch[place]]
    ((queue, body, told),) = policy.failed
    assert (queue, body) == (queues.DELIVERY_REPORTS, batch[place])
    assert told is error or isinstance(told, TransientError), "too slow is not unexpected"


@pytest.mark.parametrize("poison", [b"\xff", b"[]", b'{"id":"7"}'])
async def test_one_item_of_the_feed_that_fails_costs_its_batch_nothing(poison):
    key = AgendaKey("0a", "row")
    good = [dump_feed_news(FeedNews(IDS.random_chain().of_shipment(1), f"o{n}", key, None)) for n in range(9)]
    app, policy, handle = built(errors={b"o4": UnavailableError("down")})
    await handle(queues.STATUS_FEED, [*good[:3], poison, *good[3:]])
    assert app.done == [b"o%d" % n for n in range(9) if n != 4]
    assert {body: type(error) for _, body, error in policy.failed} == {
        poison: PermanentError,
        good[4]: UnavailableError,
    }


async def test_events_of_one_message_have_fates_of_their_own():
    events = [report(n) for n in range(4)]
    app, policy, handle = built(errors={events[1]: PermanentError("never"), events[3]: ValueError("odd")})
    await handle(queues.DELIVERY_REPORTS, [b" [" + b",".join(events) + b"]", report(7)])
    assert app.done == [events[0], events[2], report(7)]
    assert [body for _, body, _ in policy.failed] == [events[1], events[3]]


def emails(count):
    """Return the ids of some orders, and the work of each."""
    items = [IDS.random_chain().of_shipment(1) for _ in range(count)]
    return [str(item).encode() for item in items], [dump_send_work(SendWork(item, 1, None)) for item in items]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("place", [0, 15, 31])
async def test_one_item_that_fails_takes_none_of_its_message_along(error, place):
    ids, work = emails(32)
    app, policy, handle = built(errors={ids[place]: error})
    await handle(queues.EMAIL_SEND, [shared_body(work)])
    assert app.done == [each for each in ids if each != ids[place]]
    assert [(queue, body) for queue, body, _ in policy.failed] == [(queues.EMAIL_SEND, work[place])]


async def test_unreadable_item_takes_none_of_its_message_along():
    ids, work = emails(3)
    app, policy, handle = built()
    await handle(queues.EMAIL_SEND, [shared_body([work[0], b'"odd"', *work[1:]])])
    assert app.done == ids
    ((_, body, error),) = policy.failed
    assert (body, type(error)) == (b'"odd"', PermanentError)


def test_items_are_handled_side_by_side_but_not_all_that_may_come():
    async def scenario():
        ids, work = emails(320)
        app, policy, handle = built(seconds=1.0)
        started = now()
        messages = [shared_body(work[start : start + 32]) for start in range(0, 320, 32)]
        await asyncio.gather(*(handle(queues.EMAIL_SEND, [message]) for message in messages))
        assert (app.most, now() - started) == (ITEMS_AT_ONCE, 4.0)
        assert sorted(app.done) == sorted(ids)
        assert not policy.failed

    run_virtually(scenario())


def test_items_that_get_no_place_are_put_off_while_the_lock_lasts():
    async def scenario():
        ids, work = emails(4 * ITEMS_AT_ONCE)
        app, policy, handle = built(seconds=20.0)
        started = now()
        messages = [shared_body(work[start : start + 32]) for start in range(0, len(work), 32)]
        await asyncio.gather(*(handle(queues.EMAIL_SEND, [message]) for message in messages))
        assert now() - started < LOCK_SECONDS
        assert sorted(app.done) == sorted(ids[:ITEMS_AT_ONCE])
        assert sorted(body for _, body, _ in policy.failed) == sorted(work[ITEMS_AT_ONCE:])
        assert all(isinstance(error, ThrottledError) for _, _, error in policy.failed), "no attempt is lost"

    run_virtually(scenario())


def test_wakes_for_bulk_that_get_no_place_are_put_off_like_any_other_item():
    async def scenario():
        woken = []

        async def advance_order(wake):
            await asyncio.sleep(BULK_PLACE_SECONDS + 1)
            woken.append(wake.page)

        _, policy, built_handle = built()
        handle = replace(built_handle, advance_order=advance_order)
        entry = AgendaEntry(AgendaKey("00", "x"), IDS.random_chain().of_shipment(1), 0, NOON, 1.5)
        work = [dump_wake(Wake(entry, page)) for page in range(1, 33)]
        await asyncio.gather(*(handle(queues.ORDERS_BULK, [body]) for body in work))
        assert sorted(woken) == list(range(1, BULK_AT_ONCE + 1))
        assert sorted(body for _, body, _ in policy.failed) == sorted(work[BULK_AT_ONCE:])
        assert all(isinstance(error, ThrottledError) for _, _, error in policy.failed), "no attempt is lost"

    run_virtually(scenario())


def test_slow_items_of_one_queue_hold_up_no_other():
    async def scenario():
        _, work = emails(ITEMS_AT_ONCE)
        app, policy, handle = built(seconds=5.0)
        slow = asyncio.create_task(handle(queues.EMAIL_SEND, [shared_body(work)]))
        await asyncio.sleep(1)
        await handle(queues.DELIVERY_REPORTS, [shared_body([report(n) for n in range(5)])])
        assert app.done == [report(n) for n in range(5)]
        await slow
        assert not policy.failed

    run_virtually(scenario())


@pytest.mark.parametrize("queue", queues.QUEUES)
async def test_what_cannot_be_read_is_told_of_as_it_came(queue):
    _, policy, handle = built(errors={b"[{": PermanentError("never")})
    await handle(queue, [b"[{"])
    ((of, body, error),) = policy.failed
    assert (of, body) == (queue, b"[{")
    assert isinstance(error, PermanentError)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_single_message_is_kept_like_those_of_a_batch(error):
    body = dump_send_work(SendWork(IDS.random_chain().of_shipment(1), 1, None))
    _, policy, handle = built(errors={b"sms": error})
    await handle(queues.SMS_SEND, [body])
    assert [(queue, kept) for queue, kept, _ in policy.failed] == [(queues.SMS_SEND, body)]


@pytest.mark.parametrize(("queue", "at_once"), [(queues.ORDERS_BULK, BULK_AT_ONCE), (queues.ORDERS, 32)])
async def test_of_many_wakes_at_once_only_some_are_handled_at_a_time(queue, at_once):
    under_way, most = 0, 0

    async def advance_order(wake):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    handle = replace(built()[2], advance_order=advance_order)
    entry = AgendaEntry(AgendaKey("00", "x"), IDS.random_chain().of_shipment(1), 0, NOON, 1.5)
    await asyncio.gather(*(handle(queue, [dump_wake(Wake(entry))]) for _ in range(32)))
    assert most == at_once


def test_what_can_be_kept_nowhere_is_held_before_it_is_given_back():
    async def scenario():
        app, policy, handle = built(errors={report(3): UnavailableError("down")})
        policy.keeps = False
        started = now()
        with pytest.raises(TransientError):
            await handle(queues.DELIVERY_REPORTS, [report(n) for n in range(5)])
        assert GIVE_BACK_AFTER_SECONDS <= now() - started < LOCK_SECONDS, (
            "ten deliveries must not last a second"
        )
        assert len(app.done) == 4, "neighbours are carried out once"
        assert len(policy.failed) > 1, "it was tried again meanwhile"

    run_virtually(scenario())


def test_report_that_is_held_is_done_as_soon_as_that_is_possible():
    async def scenario():
        app, policy, handle = built(errors={report(3): UnavailableError("down")})
        policy.keeps = False
        asyncio.get_running_loop().call_later(GIVE_BACK_AFTER_SECONDS / 4, app.errors.clear)
        await handle(queues.DELIVERY_REPORTS, [report(3)])
        assert app.done == [report(3)]

    run_virtually(scenario())


@pytest.mark.parametrize("keeps", [True, False])
def test_report_that_takes_too_long_is_put_off_while_its_batch_has_its_locks(keeps):
    async def scenario():
        app, policy, handle = built(slow={report(3)})
        policy.keeps = keeps
        started = now()
        try:
            await handle(queues.DELIVERY_REPORTS, [report(n) for n in range(5)])
        except TransientError:
            assert not keeps
        assert now() - started < LOCK_SECONDS - 10, "there is time left to keep it"
        assert len(app.done) == 4
        assert isinstance(policy.failed[0][2], TransientError)

    run_virtually(scenario())


@pytest.mark.parametrize("queue", queues.QUEUES)
@pytest.mark.parametrize("reason", ["MaxDeliveryCountExceeded", "TTLExpiredException"])
async def test_what_service_bus_gave_up_is_tried_again(queue, reason):
    _, policy, handle = built()
    await handle.dead_letter(queue, report(1), reason)
    ((of, body, error),) = policy.failed
    assert (of, body, str(error)) == (queue, report(1), reason)
    assert not policy.letters


@pytest.mark.parametrize("queue", queues.QUEUES)
async def test_items_that_service_bus_gave_up_are_tried_again_one_by_one(queue):
    _, policy, handle = built()
    await handle.dead_letter(queue, b'[{"n":1},{"n":2}]', "MaxDeliveryCountExceeded")
    assert [body for _, body, _ in policy.failed] == [report(1), report(2)]
    assert all(failures_of(body) is not None for _, body, _ in policy.failed)


async def test_each_item_of_a_message_among_the_dead_letters_has_a_record_of_its_own():
    _, policy, handle = built()
    await handle.dead_letter(queues.SMS_SEND, shared_body([report(1), report(2)]), "by hand")
    assert [body for _, body, _ in policy.letters] == [report(1), report(2)]


@pytest.mark.parametrize("reason", ["by hand", "unknown", ""])
async def test_what_somebody_put_among_the_dead_letters_is_recorded(reason):
    _, policy, handle = built()
    await handle.dead_letter(queues.ORDERS, report(1), reason)
    assert policy.letters == [(queues.ORDERS, report(1), reason)]
    assert not policy.failed


@pytest.mark.parametrize("reason", ["MaxDeliveryCountExceeded", "by hand"])
def test_dead_letter_that_can_be_kept_nowhere_stays_and_is_not_delivered_at_once(reason):
    async def scenario():
        _, policy, handle = built()
        policy.keeps = False
        started = now()
        with pytest.raises(TransientError):
            await handle.dead_letter(queues.DELIVERY_REPORTS, report(1), reason)
        assert GIVE_BACK_AFTER_SECONDS <= now() - started < LOCK_SECONDS

    run_virtually(scenario())
