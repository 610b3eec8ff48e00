"""Dead letters in Table Storage: whole, listed the newest first, counted when replayed, gone when too old."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.dead_letter import Cause
from shared.records import queues
from shared.records.columns import MAX_BYTES, PART_BYTES
from shared.runtime.run_time import RunTime
from shared.storage.dead_letters import DeadLetters
from shared.storage.keys import DEAD_LETTERS

AT = datetime(2031, 5, 5, 12, 30, 15, 123456, tzinfo=UTC)
SHIPMENT = "d2b0b1d7-5a24-4a0e-9d1f-0a9b01000000"


@pytest.fixture
async def letters(store):
    await store.ensure_tables([DEAD_LETTERS])
    await DeadLetters(store).purge_before(AT + timedelta(days=3650), RunTime(60))
    return DeadLetters(store)


async def record(letters, queue, body, at=AT):
    await letters.record(queue, body, cause=Cause.UNREADABLE, reason="poison", shipment_id=SHIPMENT, at=at)


async def everything(letters):
    return await letters.page(queues.QUEUES, "", 1000)


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES + 1, 256 * 1024, MAX_BYTES])
async def test_body_is_kept_whole(letters, size):
    body = secrets.token_bytes(size)
    await record(letters, queues.SMS_SEND, body)
    (letter,) = await everything(letters)
    assert (letter.queue, letter.shipment_id) == ("sms-send", SHIPMENT)
    assert (letter.cause, letter.reason) == (Cause.UNREADABLE, "poison")
    assert (letter.recorded_at, letter.size) == (AT, size)
    assert (letter.replays, letter.replayed_at, letter.replayed_by) == (0, None, "")
    stored = await letters.load("sms-send", letter.id)
    assert (stored.letter, stored.body) == (letter, body)


async def test_body_that_no_row_holds_is_not_cut(letters):
    await record(letters, queues.SMS_SEND, bytes(MAX_BYTES + 1))
    (letter,) = await everything(letters)
    assert letter.size == MAX_BYTES + 1
    assert (await letters.load("sms-send", letter.id)).body is None


async def test_same_message_at_the_same_time_is_kept_once(letters):
    await record(letters, queues.ORDERS, b"{}")
    (letter,) = await everything(letters)
    await letters.note_replay(await letters.load("orders", letter.id), AT, "digdir")
    await record(letters, queues.ORDERS, b"{}")
    assert [letter.replays for letter in await everything(letters)] == [1]


async def test_pages_follow_each_other_from_the_newest_to_the_oldest(letters):
    for number in range(11):
        queue = (queues.ORDERS, queues.SMS_SEND)[number % 2]
        await record(letters, queue, b"%d" % number, AT + timedelta(seconds=number))
    await record(letters, queues.EMAIL_SEND, b"5", AT + timedelta(seconds=5))  # the same, elsewhere
    for names, count in ((queues.QUEUES, 12), ((queues.SMS_SEND,), 5)):
        seen, after = [], ""
        while page := await letters.page(names, after, 4):
            seen += page
            after = page[-1].id
        assert len({(letter.queue, letter.id) for letter in seen}) == len(seen) == count
        times = [letter.recorded_at for letter in seen]
        assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("letter_id", ["", "x", "a|b", "5235b95c-e9b6-4ef0-8a67-372301000000", "1" * 41])
async def test_unknown_ids_lead_nowhere(letters, letter_id):
    assert await letters.load(queues.ORDERS, letter_id) is None


async def test_replays_at_the_same_time_are_all_counted(letters):
    await record(letters, queues.ORDERS, b"{}")
    (letter,) = await everything(letters)
    stored = await letters.load("orders", letter.id)
    later = AT + timedelta(hours=1)
    await asyncio.gather(*(letters.note_replay(stored, later, "digdir") for _ in range(3)))
    (letter,) = await everything(letters)
    assert (letter.replays, letter.replayed_at, letter.replayed_by) == (3, later, "digdir")
    assert (await letters.load("orders", letter.id)).body == b"{}"


async def test_old_dead_letters_go_and_young_ones_stay(letters):
    for number in range(130):
        await record(letters, queues.SMS_SEND, b"%d" % number)
    for queue in (queues.SMS_SEND, queues.ORDERS):
        await record(letters, queue, b"young", AT + timedelta(days=1))
    await letters.purge_before(AT + timedelta(hours=1), RunTime(60))
    left = {letter.queue: letter.id for letter in await everything(letters)}
    assert left.keys() == {queues.SMS_SEND, queues.ORDERS}
    for queue, letter_id in left.items():
        assert (await letters.load(queue, letter_id)).body == b"young"


async def test_what_waits_for_its_queue_is_listed_apart_whole_and_the_oldest_first(letters):
    await letters.forget(await letters.waiting(1000))
    await record(letters, queues.ORDERS, b"poison")
    bodies = [secrets.token_bytes(size) for size in (1, PART_BYTES + 1, 256 * 1024)]
    for number, body in enumerate(bodies):
        for _ in range(2):  # the answer to the first may have been lost
            await letters.put_off(queues.DELIVERY_REPORTS, body, AT - timedelta(minutes=number))
    waiting = await letters.waiting(1000)
    assert [(message.queue, message.body) for message in waiting] == [
        (queues.DELIVERY_REPORTS, body) for body in reversed(bodies)
    ]
    assert [message.body for message in await letters.waiting(1)] == bodies[2:]
    assert len(await everything(letters)) == 1
    await letters.purge_before(AT + timedelta(days=3650), RunTime(60))
    await letters.forget(waiting[:2])
    await letters.forget(waiting[1:])
    assert await letters.waiting(1000) == []
