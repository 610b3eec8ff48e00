"""Cancelling shipments and chains through the real use cases, in a world in memory.

Caller or pipeline, whoever is faster, decides for each shipment; what was cancelled is told of at once.
"""

from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.instant_order import claimed, withdrawn
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.shipment import CANCEL_MARGIN, Claim
from shared.records.shipment_rows import TOMBSTONE
from shared.runtime.errors import (
    ConflictError,
    NotCancellableError,
    OrderNotFoundError,
    ShipmentNotFoundError,
    TransientError,
)
from shared.storage import keys
from shared.storage.feed.status_feed import StatusFeed
from tests.support.pipeline.feeds import feed_entries
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.world import METADATA_RETENTION, Fault

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
NUMBERS = ("+4790000001", "+4790000002", "+4790000003")
CANCELLED, COMPLETED, REGISTERED = OrderStatus.CANCELLED, OrderStatus.COMPLETED, OrderStatus.REGISTERED
TOLD, NOT_TOLD = "skd", "ttd"  # as the world has it


def sms(number, at, order_type=OrderType.NOTIFICATION):
    sender = "Anytime"
    return OrderRequest(
        order_type,
        at,
        ChannelSchema.SMS,
        (Recipient(mobile_number=number),),
        sms=SmsTemplate(sender, "hei"),
        time_to_live_seconds=300 if order_type is OrderType.INSTANT else None,
    )


async def placed(process, owner=NOT_TOLD, *, after=HOUR):
    """Place an order due `after` from now with two reminders, a day apart; return the ids of all three."""
    at = process.world.clock.now() + after
    main, *reminders = (
        sms(number, at + days * DAY, OrderType.REMINDER if days else OrderType.NOTIFICATION)
        for days, number in enumerate(NUMBERS)
    )
    receipt = await process.place(owner, ChainRequest(main, tuple(reminders), idempotency_id="sak-1"))
    return [shipment_id for shipment_id, _ in receipt.shipments]


def chain_of(shipment_id):
    item = parse_id(shipment_id)
    assert item is not None
    return str(item.chain)


async def statuses(process, owner, shipments):
    """Cancel the chain of these shipments; return what became of each."""
    stored = await process.cancel_chain(owner, chain_of(shipments[0]))
    assert [str(one.item) for one in stored] == shipments
    return [one.state.status for one in stored]


async def pass_time(process, span):
    process.world.clock.at += span
    process.world.real_time.at += span
    await process.release_due()
    await process.carry_out()


def hidden(world, owner):
    return {entry.closed.shipment_id for entry in feed_entries(world.tables, keys.FEED_HIDDEN, owner)}


async def feed(process, owner):
    return await StatusFeed(Store(process), process.world.clock).read(owner, after=0, limit=10)


async def test_all_are_cancelled_and_nothing_is_sent_when_their_times_come(world, process):
    shipments = await placed(process)
    assert await statuses(process, NOT_TOLD, shipments) == [CANCELLED] * 3
    for _ in range(4):
        await pass_time(process, DAY)
    assert world.sms_calls == {}
    assert await statuses(process, NOT_TOLD, shipments) == [CANCELLED] * 3


async def test_id_of_a_chain_cancels_all_where_that_of_an_order_cancels_one(process):
    shipments = await placed(process)
    one = await process.cancel_chain.by_any_id(NOT_TOLD, shipments[1])
    assert (str(one.item), one.state.status) == (shipments[1], CANCELLED)
    main = await process.cancel_chain.by_any_id(NOT_TOLD, chain_of(shipments[0]))
    assert (str(main.item), main.state.status) == (shipments[0], CANCELLED)
    assert await statuses(process, NOT_TOLD, shipments) == [CANCELLED] * 3


async def test_id_of_a_chain_that_has_begun_cancels_nothing(process):
    shipments = await placed(process)
    await pass_time(process, HOUR)
    with pytest.raises(NotCancellableError):
        await process.cancel_chain.by_any_id(NOT_TOLD, chain_of(shipments[0]))
    for reminder in shipments[1:]:
        assert (await process.orders.load(parse_id(reminder))).state.status is REGISTERED


@pytest.mark.parametrize("owner", [NOT_TOLD, TOLD])
async def test_ids_that_are_unknown_or_belong_to_others(process, owner):
    chain = chain_of((await placed(process))[0])
    for unknown in ("nonsense", chain_of("5235b95c-e9b6-4ef0-8a67-372301000000"), chain):
        if unknown != chain or owner == TOLD:
            with pytest.raises(OrderNotFoundError):
                await process.cancel_chain.by_any_id(owner, unknown)


@pytest.mark.parametrize("named", ["skd", "SKD", "*"])
async def test_who_asked_for_it_is_told_at_once(world, named):
    world.told_of_cancellations = (named,)
    process = Process(world)
    shipments = await placed(process, TOLD)
    await statuses(process, TOLD, shipments)
    await process.carry_out()
    entries = await feed(process, TOLD)
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert {entry.closed.shipment_id for entry in entries} == set(shipments)
    assert {(entry.closed.status, entry.closed.notifications) for entry in entries} == {(CANCELLED, ())}
    assert not world.tables.agenda()


async def test_others_are_not_told_and_their_agenda_is_empty_all_the_same(world, process):
    shipments = await placed(process)
    await statuses(process, NOT_TOLD, shipments)
    await process.carry_out()
    assert await feed(process, NOT_TOLD) == []
    assert hidden(world, NOT_TOLD) == set(shipments)
    assert not world.tables.agenda()


async def test_an_entry_that_the_queue_did_not_take_is_made_at_the_send_time(world, process):
    shipment_id, *_ = await placed(process, TOLD)
    world.faults = [Fault.NONE, Fault.NONE, Fault.BEFORE]  # the row is read and written, the queue is away
    assert (await process.cancel_order(TOLD, shipment_id)).state.status is CANCELLED
    await process.carry_out()
    assert await feed(process, TOLD) == []
    await pass_time(process, HOUR + SECOND)
    assert [entry.closed.shipment_id for entry in await feed(process, TOLD)] == [shipment_id]
    assert len(world.tables.agenda()) == 2, "the reminders wait for their times"


async def test_a_repeat_adds_nothing_to_the_feed(process):
    shipments = await placed(process, TOLD)
    for _ in range(2):
        await statuses(process, TOLD, shipments)
        await process.carry_out()
    assert len(await feed(process, TOLD)) == 3


async def test_what_has_begun_stays_and_the_rest_is_cancelled(world, process):
    shipments = await placed(process)
    await pass_time(process, HOUR + SECOND)
    assert world.sms_calls == {NUMBERS[0]: 1}
    begun, *others = await statuses(process, NOT_TOLD, shipments)
    assert begun not in (CANCELLED, REGISTERED)
    assert others == [CANCELLED] * 2
    for _ in range(4):
        await pass_time(process, DAY)
    assert world.sms_calls == {NUMBERS[0]: 1}


async def test_a_shipment_that_begins_meanwhile_is_told_apart(world, process, monkeypatch):
    shipments = await placed(process)
    save, started = process.orders.save, []

    async def begin_first(stored, state):
        if str(stored.item) == shipments[0] and not started:
            started.append(stored)
            world.clock.at += HOUR + SECOND  # the last moment: the pipeline is faster
            await process.release_due()
            await process.carry_out()
            world.clock.at -= HOUR + SECOND
        return await save(stored, state)

    monkeypatch.setattr(process.orders, "save", begin_first)
    begun, *others = await statuses(process, NOT_TOLD, shipments)
    assert begun not in (CANCELLED, REGISTERED)
    assert others == [CANCELLED] * 2
    assert world.sms_calls == {NUMBERS[0]: 1}


async def test_what_stays_contended_is_not_said_to_be_cancelled(process, monkeypatch):
    shipments = await placed(process)

    async def always_too_late(stored, state):
        raise ConflictError("somebody was faster")

    monkeypatch.setattr(process.orders, "save", always_too_late)
    with pytest.raises(TransientError):
        await process.cancel_chain(NOT_TOLD, chain_of(shipments[0]))


async def test_five_minutes_before_is_too_late(process):
    shipments = await placed(process, after=CANCEL_MARGIN)
    assert await statuses(process, NOT_TOLD, shipments) == [REGISTERED, CANCELLED, CANCELLED]
    with pytest.raises(NotCancellableError):
        await process.cancel_order(NOT_TOLD, shipments[0])


async def test_a_chain_that_has_ended_cannot_be_cancelled(process):
    request = ChainRequest(sms(NUMBERS[0], process.world.clock.now()), idempotency_id="sak-2")
    receipt = await process.place(NOT_TOLD, request)
    await pass_time(process, HOUR + SECOND)
    with pytest.raises(NotCancellableError):
        await process.cancel_chain(NOT_TOLD, chain_of(receipt.shipments[0][0]))


async def test_ids_of_others_and_of_other_things_are_no_chains(process):
    shipments = await placed(process)
    chain = chain_of(shipments[0])
    for owner, given in ((TOLD, chain), (NOT_TOLD, shipments[0]), (NOT_TOLD, "5235b95c"), (NOT_TOLD, "")):
        with pytest.raises(ShipmentNotFoundError):
            await process.cancel_chain(owner, given)
    with pytest.raises(OrderNotFoundError):
        await process.cancel_order(NOT_TOLD, chain)
    assert await statuses(process, NOT_TOLD, shipments) == [CANCELLED] * 3


@pytest.mark.parametrize("is_running", [True, False])
async def test_an_instant_order_is_unknown_until_its_provider_may_have_it(world, process, is_running):
    order = sms(NUMBERS[0], world.clock.now(), OrderType.INSTANT)
    receipt = await process.send_instant(NOT_TOLD, ChainRequest(order, idempotency_id="kode-1"))
    chain = chain_of(receipt.shipments[0][0])
    with pytest.raises(NotCancellableError):
        await process.cancel_chain(NOT_TOLD, chain)
    stored = await process.orders.load(parse_id(receipt.shipments[0][0]))
    now = world.clock.now()
    running = claimed(order, stored.state.agenda, Claim("token", 1, now + HOUR, now), now)
    await process.orders.save(stored, running if is_running else withdrawn(running, now))
    with pytest.raises(ShipmentNotFoundError):
        await process.cancel_chain(NOT_TOLD, chain)


@pytest.mark.parametrize("owner", [TOLD, NOT_TOLD])
async def test_cancelled_shipments_are_forgotten_in_their_time(world, process, owner):
    shipments = await placed(process, owner)
    await statuses(process, owner, shipments)
    await process.carry_out()
    for _ in range(2):
        await pass_time(process, METADATA_RETENTION)
        await process.purge()
    assert await feed(process, owner) == []
    assert all(world.tables.rows[key].columns.get(TOMBSTONE) for key in world.tables.chains())
    left = [
        key
        for table, partition, key in world.tables.rows
        if table == keys.STATUS_FEED and partition != keys.FEED_OWNERS
    ]
    assert left == [keys.FEED_HEAD]
    with pytest.raises(ShipmentNotFoundError):
        await process.cancel_chain(owner, chain_of(shipments[0]))
