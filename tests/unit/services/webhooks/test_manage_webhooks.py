"""What owners do with their webhooks."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from shared.domain.webhooks.webhook import MOST_OF_OWNER, Pause
from shared.runtime.errors import TooManyWebhooksError, TransientError, WebhookNotFoundError
from shared.storage import keys
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault

OTHER_URL = "https://other.example/"


async def test_each_has_a_secret_of_its_own(desk):
    first = await desk.create()
    desk.world.clock.at += timedelta(seconds=1)
    second = await desk.create()
    assert first.secret != second.secret
    found, newest = await desk.manage.all(desk.owner)
    assert [each.item for each in found] == [first.webhook.item, second.webhook.item]
    assert newest == 0


async def test_an_owner_may_have_a_few_and_again_after_deleting(desk):
    await asyncio.gather(*(desk.create() for _ in range(MOST_OF_OWNER)))
    with pytest.raises(TooManyWebhooksError):
        await desk.create()
    await desk.manage.delete(desk.owner, desk.id)
    await desk.create()
    assert len((await desk.manage.all(desk.owner))[0]) == MOST_OF_OWNER


async def test_those_of_others_are_not_found(desk):
    await desk.create()
    for call in (
        desk.manage.one("ttd", desk.id),
        desk.manage.change("ttd", desk.id, OTHER_URL, None),
        desk.manage.pause("ttd", desk.id),
        desk.manage.resume("ttd", desk.id),
        desk.manage.replay("ttd", desk.id, 1),
        desk.manage.rotate("ttd", desk.id),
        desk.manage.delete("ttd", desk.id),
        desk.manage.one(desk.owner, "no id"),
        desk.manage.one(desk.owner, desk.id.replace("ff0000", "010000")),
    ):
        with pytest.raises(WebhookNotFoundError):
            await call
    assert (await desk.state()).pause is None


async def test_changes_pauses_and_resumes(desk):
    await desk.create(description="first")
    changed = await desk.manage.change(desk.owner, desk.id, OTHER_URL, None)
    assert (changed.url, changed.description) == (OTHER_URL, None)
    assert (await desk.manage.pause(desk.owner, desk.id)).pause is Pause.OWNER
    assert (await desk.manage.resume(desk.owner, desk.id)).pause is None


async def test_a_replay_begins_at_the_next_entry_at_the_latest(desk):
    await desk.create()
    await desk.append(2)
    assert (await desk.manage.replay(desk.owner, desk.id, 99)).delivered == 2
    assert (await desk.manage.replay(desk.owner, desk.id, 1)).delivered == 0


async def test_processes_that_append_learn_of_it_with_the_next_entry(desk):
    await desk.append(1)
    elsewhere = Process(desk.world).app.manage_webhooks
    made = await elsewhere.create(desk.owner, next(iter(desk.world.webhooks)), None, None)
    assert not desk.process.append_feed.feed.has_webhooks(desk.owner)
    await desk.append(1)
    assert desk.process.append_feed.feed.has_webhooks(desk.owner)
    await elsewhere.delete(desk.owner, str(made.webhook.item))
    await desk.append(1)
    assert not desk.process.append_feed.feed.has_webhooks(desk.owner)


async def test_the_purge_finds_the_feed_of_an_owner_that_began_with_a_webhook(desk):
    await desk.create()
    rows = desk.world.tables.partition(keys.STATUS_FEED, keys.FEED_OWNERS)
    assert [row.columns["Owner"] for row in rows] == [desk.owner]
    await desk.process.purge()
    await desk.append(1)
    await desk.pass_time(timedelta(seconds=2))
    assert desk.receiver.took == [1]


@pytest.mark.parametrize("fault", [Fault.AFTER, Fault.CONFLICT_AFTER])
@pytest.mark.parametrize("position", range(6))
async def test_answers_that_are_lost_leave_one_webhook_or_none(desk, fault, position):
    desk.world.faults = [*[Fault.NONE] * position, fault]
    with suppress(TransientError):
        await desk.create()
    desk.world.faults = []
    found, _ = await desk.manage.all(desk.owner)
    head = desk.world.tables.rows.get((keys.STATUS_FEED, desk.owner, keys.FEED_HEAD))
    assert (0 if head is None else head.columns["Webhooks"]) == len(found)
    assert len(found) <= 1
