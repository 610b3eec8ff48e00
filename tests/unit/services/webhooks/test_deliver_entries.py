"""Entries of the feed reach a webhook in order, whatever its endpoint and the messages do."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

import orjson
import pytest

from shared.domain.webhooks.ladder import GIVE_UP_AFTER
from shared.domain.webhooks.webhook import VISIT_EVERY, Lost, Pause
from shared.records import queues
from shared.services.webhooks.deliver_entries import LEASE, VISIT
from shared.storage import keys
from tests.support.pipeline.webhooks import URL
from tests.support.pipeline.world import Fault, Receiver

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


async def test_entries_arrive_in_order_with_what_the_feed_says(desk):
    secret = (await desk.create()).secret
    await desk.append(3)
    await desk.pass_time(2 * SECOND)
    assert desk.receiver.took == [1, 2, 3]
    message_id, body, secrets = desk.receiver.calls[0]
    assert message_id == "msg_5e2eb335ffaa451781a7000001000000"
    assert secrets == (secret,)
    event = orjson.loads(body)
    assert event["type"] == "shipment.completed"
    assert event["data"]["sequenceNumber"] == 1
    assert event["data"]["sendersReference"] == "ref 0"
    assert event["data"]["lastUpdate"] == event["timestamp"]


async def test_only_entries_after_its_creation_are_delivered_unless_asked_for(desk):
    await desk.append(4)
    await desk.create()
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    assert desk.receiver.took == [5]
    await desk.manage.delete(desk.owner, desk.id)
    await desk.create(first=3)
    await desk.pass_time(SECOND)
    assert desk.receiver.took == [5, 3, 4, 5]


async def test_nobody_elses_entries_are_delivered(desk):
    await desk.create()
    await desk.append(2, owner="ttd")
    await desk.pass_time(2 * SECOND)
    assert desk.receiver.calls == []


async def test_an_entry_that_is_not_taken_holds_up_those_after_it(desk):
    await desk.create()
    desk.receiver.status = 500
    await desk.append(3)
    await desk.pass_time(2 * SECOND)
    assert len(desk.receiver.calls) == 1
    state = await desk.state()
    assert (state.failures, state.last_attempt.reason, state.delivered) == (1, "status 500", 0)
    desk.receiver.status = 204
    await desk.pass_time(2 * SECOND)
    assert len(desk.receiver.calls) == 1
    await desk.pass_time(5 * SECOND)
    assert desk.receiver.took == [1, 2, 3]
    assert len({message_id for message_id, _, _ in desk.receiver.calls}) == 3


async def test_it_asks_for_a_pause_and_gets_it(desk):
    await desk.create()
    desk.receiver.status, desk.receiver.retry_after = 503, 3600.0
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    await desk.pass_time(HOUR - 5 * SECOND)
    assert len(desk.receiver.calls) == 1
    await desk.pass_time(6 * SECOND)
    assert len(desk.receiver.calls) == 2


async def test_after_three_days_it_is_paused_and_that_is_told(desk, caplog):
    await desk.create()
    desk.receiver.status = None
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    for _ in range(int(GIVE_UP_AFTER / HOUR) + 2):
        await desk.pass_time(HOUR)
    assert (await desk.state()).pause is Pause.FAILING
    assert [r.message for r in caplog.records if r.levelname == "ERROR"] == ["a webhook is paused: Failing"]
    calls = len(desk.receiver.calls)
    await desk.pass_time(2 * HOUR)
    assert len(desk.receiver.calls) == calls
    assert not desk.world.tables.agenda()


async def test_410_pauses_at_once_and_what_came_meanwhile_follows_when_it_is_resumed(desk):
    await desk.create()
    desk.receiver.status = 410
    await desk.append(2)
    await desk.pass_time(2 * SECOND)
    assert (await desk.state()).pause is Pause.GONE
    desk.receiver.status = 200
    await desk.append(1)
    await desk.pass_time(HOUR)
    assert desk.receiver.took == []
    await desk.manage.resume(desk.owner, desk.id)
    await desk.pass_time(SECOND)
    assert desk.receiver.took == [1, 2, 3]


async def test_a_lost_wake_is_noticed_by_the_next_append(desk):
    await desk.create()
    await desk.append(1)
    desk.world.messages.clear()
    desk.world.clock.at += SECOND
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    assert desk.receiver.took == [1, 2]


async def test_a_lost_wake_is_noticed_by_the_agenda(desk):
    await desk.create()
    await desk.append(1)
    desk.world.messages.clear()
    await desk.pass_time(VISIT_EVERY + SECOND)
    assert desk.receiver.took == [1]


async def test_a_lost_copy_is_noticed_by_the_agenda(desk):
    await desk.create()
    desk.receiver.status = 500
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    desk.world.messages.clear()
    desk.receiver.status = 200
    await desk.pass_time(VISIT_EVERY + SECOND)
    assert desk.receiver.took == [1]


async def test_a_process_that_dies_leaves_the_rest_to_the_next_when_its_lease_ends(desk):
    await desk.create()
    await desk.append(1)
    stored = await desk.manage.webhooks.load(desk.owner, (await desk.state()).item)
    held = stored.webhook.claimed("dead", desk.world.real_time.now() + LEASE)
    await desk.manage.webhooks.save(stored, held)
    await desk.pass_time(2 * SECOND)
    assert desk.receiver.took == []
    await desk.pass_time(LEASE)
    assert desk.receiver.took == [1]


async def test_a_long_backlog_is_delivered_in_visits_that_give_way(desk, monkeypatch):
    await desk.create(first=1)
    await desk.append(60)
    endpoint = desk.process.app.handle_messages.deliver_entries.call_webhook.webhook_endpoint
    call = endpoint.call

    async def slow(*arguments):
        desk.world.real_time.at += SECOND
        return await call(*arguments)

    monkeypatch.setattr(endpoint, "call", slow)
    desk.world.clock.at += 2 * SECOND
    began = desk.world.real_time.now()
    wakes = [m for m in desk.world.messages if m.queue == queues.WEBHOOKS]
    desk.world.messages.clear()
    await desk.process.handle(wakes[-1])
    assert desk.world.real_time.now() - began <= VISIT + SECOND
    assert desk.receiver.took == [*range(1, 26)]
    await desk.process.carry_out()
    assert desk.receiver.took == [*range(1, 61)]


async def test_an_owner_that_pauses_during_a_delivery_is_heard_after_the_entry_at_hand(desk, monkeypatch):
    await desk.create()
    await desk.append(200)
    endpoint = desk.process.app.handle_messages.deliver_entries.call_webhook.webhook_endpoint
    call = endpoint.call

    async def pausing(*arguments):
        if not desk.receiver.took:
            await desk.manage.pause(desk.owner, desk.id)
        return await call(*arguments)

    monkeypatch.setattr(endpoint, "call", pausing)
    await desk.pass_time(2 * SECOND)
    state = await desk.state()
    assert (state.pause, state.delivered, state.lease) == (Pause.OWNER, 100, None)
    assert desk.receiver.took == [*range(1, 101)]


async def test_a_replay_delivers_again_under_the_same_ids(desk):
    await desk.create()
    await desk.append(3)
    await desk.pass_time(2 * SECOND)
    await desk.manage.replay(desk.owner, desk.id, 2)
    await desk.pass_time(SECOND)
    assert desk.receiver.took == [1, 2, 3, 2, 3]
    assert len({message_id for message_id, _, _ in desk.receiver.calls}) == 3


async def test_entries_deleted_before_they_were_delivered_are_named(desk):
    await desk.create()
    await desk.manage.pause(desk.owner, desk.id)
    for _ in range(3):
        await desk.append(1)
    for key in [key for key in desk.world.tables.rows if key[2].startswith("E") and not key[2].endswith("3")]:
        del desk.world.tables.rows[key]
    await desk.manage.resume(desk.owner, desk.id)
    await desk.pass_time(SECOND)
    assert desk.receiver.took == [3]
    assert (await desk.state()).lost == Lost(1, 2)


async def test_a_secret_that_cannot_be_opened_pauses_until_there_is_a_new_one(desk):
    await desk.create()
    item = (await desk.state()).item
    stored = await desk.manage.webhooks.load(desk.owner, item)
    await desk.manage.webhooks.save(stored, replace(stored.webhook, secret=b"sealed by another key"))
    await desk.append(1)
    await desk.pass_time(2 * SECOND)
    assert (await desk.state()).pause is Pause.SECRET
    await desk.manage.rotate(desk.owner, desk.id)
    await desk.manage.resume(desk.owner, desk.id)
    await desk.pass_time(SECOND)
    assert desk.receiver.took == [1]


async def test_a_slow_endpoint_does_not_delay_another_of_its_owner(desk):
    await desk.create()
    other = desk.world.webhooks["https://other.example/"] = Receiver()
    await desk.create(url="https://other.example/")
    desk.receiver.status = None
    await desk.append(5)
    await desk.pass_time(2 * SECOND)
    assert other.took == [1, 2, 3, 4, 5]


async def test_an_endpoint_that_does_not_answer_yet_delays_no_other_owner(desk, monkeypatch):
    await desk.create()
    quick = desk.world.webhooks["https://quick.example/"] = Receiver()
    await desk.manage.create("ttd", "https://quick.example/", None, None)
    endpoint = desk.process.app.handle_messages.deliver_entries.call_webhook.webhook_endpoint
    call, answered = endpoint.call, asyncio.Event()

    async def waiting(url, *arguments):
        if url == URL:
            await answered.wait()
        return await call(url, *arguments)

    monkeypatch.setattr(endpoint, "call", waiting)
    desk.world.messages.clear()
    await desk.append(3)
    await desk.append(3, owner="ttd")
    desk.world.clock.at += 2 * SECOND
    slow, other = desk.world.messages
    desk.world.messages.clear()
    under_way = asyncio.ensure_future(desk.process.handle(slow))
    await desk.process.handle(other)
    assert quick.took == [1, 2, 3]
    assert desk.receiver.took == []
    answered.set()
    await under_way
    assert desk.receiver.took == [1, 2, 3]


async def test_one_owner_cannot_take_all_places(desk):
    await desk.create()
    await desk.append(1)
    shares = desk.process.app.handle_messages.deliver_entries.webhook_shares
    with ExitStack() as others:
        for _ in range(9):
            assert others.enter_context(shares.held(desk.owner, "other.example"))
        await desk.pass_time(2 * SECOND)
        assert desk.receiver.took == []
    await desk.pass_time(2 * SECOND)
    assert desk.receiver.took == [1]


async def test_a_delivery_whose_end_cannot_be_stored_is_repeated(desk):
    await desk.create()
    await desk.append(1)
    desk.world.clock.at += 2 * SECOND
    wake = next(m for m in desk.world.messages if m.scheduled_at is not None)
    desk.world.messages.clear()
    # the webhooks, the feed, the claim and the call work; the last write does not
    desk.world.faults = [Fault.NONE] * 4 + [Fault.BEFORE]
    await desk.process.handle(wake)
    assert desk.receiver.took == [1]
    await desk.pass_time(LEASE + 2 * SECOND)
    await desk.pass_time(LEASE)
    assert desk.receiver.first_seen == [1]
    assert (await desk.state()).delivered == 1


@pytest.mark.parametrize("count", [1, 40])
async def test_without_a_webhook_nothing_more_is_called_or_sent(desk, count):
    calls, sent = counted(desk)
    await desk.append(count)
    await desk.append(count)
    await desk.process.release_due()
    # owners and head are known from the first append on; the markers of the same second have to be read
    of_feed = [kind for kind, table in calls if table != keys.ORDERS]
    assert of_feed == ["get", "insert", "transact", "query", "transact"]
    assert sent == []


async def test_calls_and_messages_of_an_entry_under_load(desk):
    """30 batches of 25 entries, one each 0.2 s, which is what one process appends for one owner."""
    await desk.create()
    await desk.pass_time(2 * SECOND)
    calls, sent = counted(desk)
    of_appends = 0
    for _ in range(30):
        before = len(calls)
        await desk.append(25)
        of_appends += len(calls[before:])
        await desk.process.carry_out()
        desk.world.clock.at += SECOND / 5
        desk.world.real_time.at += SECOND / 5
    desk.world.clock.at += 2 * SECOND
    await desk.process.carry_out()
    assert desk.receiver.took == [*range(1, 751)]
    assert 0 < (len(calls) - of_appends) / 750 <= 0.06
    assert 0 < len(sent) / 750 <= 0.01


def counted(desk):
    """Return lists that get every call of the tables from now on, as (kind, table), and every message."""
    calls, sent = [], []
    store, sender = desk.process.adapters.store, desk.process.adapters.sender

    def watched(kind, method, table, *arguments, **options):
        calls.append((kind, table))
        return method(table, *arguments, **options)

    for kind in ("get", "query", "merge", "insert", "transact", "delete"):
        setattr(store, kind, partial(watched, kind, getattr(store, kind)))
    send_all = sender.send_all

    async def watched_send(messages, *, deadline):
        sent.extend(messages)
        await send_all(messages, deadline=deadline)

    sender.send_all = watched_send
    return calls, sent
