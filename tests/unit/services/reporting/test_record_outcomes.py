"""Outcomes are merged into their rows; an old row in the hand of a caller does no harm."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.notification import EmailResult, Outcome
from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.domain.orders.order import OrderStatus as Status
from shared.domain.orders.shipment import Claim
from shared.records import queues
from shared.runtime.errors import TransientError
from tests.support.pipeline.process import Process


@pytest.fixture
def loads(process, monkeypatch):
    """Count the reads of rows."""
    counted, load = [], process.orders.load_as_written

    async def counting_load(item):
        counted.append(item)
        return await load(item)

    monkeypatch.setattr(process.orders, "load_as_written", counting_load)
    return counted


async def sent(process, body="hei", recipients=2):
    """Place and send an e-mail; return its shipment."""
    addresses = tuple(Recipient(email_address=f"kari{number}@example.no") for number in range(recipients))
    request = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now() + timedelta(seconds=1),
        ChannelSchema.EMAIL,
        addresses,
        email=EmailTemplate("from@example.no", "hei", body),
    )
    receipt = await process.place("ttd", ChainRequest(request, idempotency_id="id"))
    process.world.clock.at += timedelta(seconds=2)
    await process.release_due()
    while due := [m for m in process.world.messages if m.queue in ("orders", "email-send")]:
        process.world.messages.remove(due[0])
        await process.handle(due[0])
    return parse_id(receipt.shipments[0][0])


async def delivered(process, item, slot):
    """Report one notification as delivered."""
    outcome = Outcome(EmailResult.DELIVERED, process.world.clock.now())
    return await process.record.of_notification(item.of_notification(slot), outcome)


async def test_report_reads_the_row_that_it_names_once(process, loads):
    item = await sent(process, recipients=1)
    loads.clear()
    assert await delivered(process, item, 1)
    assert loads == [item]
    assert (await process.orders.load(item)).state.status is Status.COMPLETED


async def test_report_that_comes_with_its_row_reads_nothing(process, loads):
    item = await sent(process, recipients=1)
    known = await process.orders.load_as_written(item)
    loads.clear()
    outcome = Outcome(EmailResult.DELIVERED, process.world.clock.now())
    assert await process.record.of_notification(item.of_notification(1), outcome, known)
    assert loads == []
    assert (await process.orders.load(item)).state.status is Status.COMPLETED


async def test_row_that_another_process_has_changed_is_read(world, process, loads):
    item = await sent(process)
    known = await process.orders.load_as_written(item)
    assert await delivered(Process(world), item, 1)
    loads.clear()
    outcome = Outcome(EmailResult.DELIVERED, process.world.clock.now())
    assert await process.record.of_notification(item.of_notification(2), outcome, known)
    assert loads == [item], "once, after the conflict"
    assert (await process.orders.load(item)).state.status is Status.COMPLETED


async def test_notification_that_never_was_is_looked_for_in_the_row(process, loads):
    item = await sent(process)
    loads.clear()
    assert not await delivered(process, item, 3)
    assert loads == [item]


async def test_outcomes_that_come_twice_or_late_change_nothing_more(process):
    item = await sent(process, recipients=1)
    assert await delivered(process, item, 1)
    before = await process.orders.load(item)
    process.world.clock.at += timedelta(hours=1)
    assert await delivered(process, item, 1)
    failed = Outcome(EmailResult.FAILED, process.world.clock.now())
    assert await process.record.of_notification(item.of_notification(1), failed)
    assert await process.orders.load(item) == before


async def test_the_last_outcome_tells_the_feed_once(world, process):
    item = await sent(process)
    assert await delivered(process, item, 1)
    assert world.messages == []
    assert await delivered(process, item, 2)
    assert [message.queue for message in world.messages] == [queues.STATUS_FEED]


async def test_outcomes_that_cannot_be_stored_are_queued(world, process):
    item = await sent(process, recipients=1)
    stored = await process.orders.load(item)
    bounced = Outcome(EmailResult.FAILED_BOUNCED, world.clock.now())
    world.storage_down = True
    assert await process.record(stored, {1: bounced}) == stored
    world.storage_down = False
    (message,) = world.messages
    assert message.queue == queues.DELIVERY_REPORTS
    world.messages.clear()
    await process.handle(message)
    (notification,) = (await process.orders.load(item)).state.notifications
    assert notification.result is EmailResult.FAILED_BOUNCED


async def test_outcomes_that_neither_storage_nor_queue_takes_are_an_error(world, process):
    stored = await process.orders.load(await sent(process, recipients=1))
    world.storage_down = world.queues_down = True
    with pytest.raises(TransientError):
        await process.record(stored, {1: Outcome(EmailResult.FAILED, world.clock.now())})


async def test_only_the_claim_of_this_process_is_given_back(process):
    item = await sent(process, recipients=1)
    stored = await process.orders.load(item)
    at = process.world.real_time.now()
    mine, other = (Claim(token, 1, at + timedelta(minutes=1), at) for token in ("mine", "other"))
    known = replace(stored, state=stored.state.with_claim(Channel.EMAIL, mine))
    saved = (await process.orders.save(stored, known.state)).stored
    assert (await process.record(saved, {}, end_claim=Channel.EMAIL)).state.claims == {}
    current = await process.orders.load(item)
    await process.orders.save(current, current.state.with_claim(Channel.EMAIL, other))
    await process.record(saved, {1: Outcome(EmailResult.SUCCEEDED, at)}, end_claim=Channel.EMAIL)
    assert (await process.orders.load(item)).state.claims == {Channel.EMAIL: other}
