"""Placing an order: what is stored and started, what a repeat gets, and storage that fails half way."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.records import queues
from shared.records.agenda_entry import agenda_parts
from shared.records.keys import instant_key
from shared.runtime.errors import MissingContactError, TransientError, UnavailableError
from shared.services.placing.place_order import GIVE_UP
from shared.storage.orders import MOST_WITH_AGENDA
from tests.support.pipeline import world as w
from tests.support.pipeline.orders import NUMBER, sms
from tests.support.pipeline.world import Fault

HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


@pytest.mark.parametrize("idempotency_id", [None, "id-1"])
async def test_stored_order_is_accepted_when_neither_queue_nor_agenda_can_be_told_to_start_it(
    process, world, idempotency_id
):
    writes = 1 if idempotency_id else 2  # the agenda row goes first, or both are one write
    world.faults = [*[Fault.NONE] * writes, Fault.BEFORE, Fault.BEFORE]  # then queue and agenda
    receipt = await process.place("ttd", ChainRequest(sms(world.clock.now()), idempotency_id=idempotency_id))
    assert receipt.created
    assert not world.faults
    await process.pass_hours(1)
    assert world.sms_calls == {NUMBER: 1}


def agenda(world):
    return list(world.tables.agenda().values())


async def test_order_that_is_due_goes_straight_to_its_send_queue(process, world):
    receipt = await process.place("ttd", ChainRequest(sms(world.clock.now())))
    assert [message.queue for message in world.messages] == [queues.SMS_SEND]
    stored = await process.orders.load(parse_id(receipt.shipments[0][0]))
    assert (stored.creator, stored.state.status) == ("ttd", OrderStatus.PROCESSED)
    assert len(agenda(world)) == 1


@pytest.mark.parametrize("reminders", [0, 1, 49, 50])
@pytest.mark.parametrize("fault", [Fault.NONE, Fault.BEFORE, Fault.AFTER, Fault.CONFLICT_AFTER])
async def test_no_order_is_ever_without_its_agenda_row_and_no_row_without_its_order(
    process, world, reminders, fault
):
    at = world.clock.now() + HOUR
    later = tuple(replace(sms(at + HOUR), type=OrderType.REMINDER) for _ in range(reminders))
    together = 1 + reminders <= MOST_WITH_AGENDA
    world.faults = [fault] if together else [Fault.NONE, fault]
    with suppress(UnavailableError, TransientError):
        await process.place("ttd", ChainRequest(sms(at), later, idempotency_id="id-1"))
    orders, visits = len(world.tables.chains()), len(world.tables.agenda())
    assert orders == (0 if fault is Fault.BEFORE else 1 + reminders)
    assert visits == (orders if together else 1 + reminders)


@pytest.mark.parametrize("reminders", [0, 32, 33, 50])
async def test_every_order_of_a_chain_is_found_by_its_reference(process, world, reminders):
    at = world.clock.now() + HOUR
    orders = [replace(sms(at), senders_reference=f"sak-{number}") for number in range(1 + reminders)]
    later = tuple(replace(order, type=OrderType.REMINDER) for order in orders[1:])
    receipt = await process.place("ttd", ChainRequest(orders[0], later, idempotency_id="id-1"))
    assert len(world.tables.index()) == 1 + reminders
    for shipment_id, reference in receipt.shipments:
        found = await process.place_order.senders_references.find("ttd", reference)
        assert [str(item) for item in found] == [shipment_id]


async def test_order_that_asks_a_condition_is_looked_at_first(process, world):
    order = replace(sms(world.clock.now()), condition_endpoint="https://example.no/condition")
    await process.place("ttd", ChainRequest(order))
    assert [message.queue for message in world.messages] == [queues.ORDERS]
    assert not world.asked


async def test_order_that_is_due_later_waits_in_the_agenda_alone(process, world):
    await process.place("ttd", ChainRequest(sms(world.clock.now() + HOUR)))
    assert world.messages == []
    (row,) = agenda(world)
    assert agenda_parts(row.row_key)[0] == instant_key(world.clock.now() + HOUR)


async def test_every_order_of_a_chain_has_an_id_and_an_agenda_row(process, world):
    at = world.clock.now() + HOUR
    reminders = tuple(
        replace(sms(at + day * 24 * HOUR), type=OrderType.REMINDER, senders_reference=f"purring-{day}")
        for day in (1, 3)
    )
    main = replace(sms(at), senders_reference="varsel")
    receipt = await process.place("ttd", ChainRequest(main, reminders, "id-1"))
    assert [reference for _, reference in receipt.shipments] == ["varsel", "purring-1", "purring-3"]
    assert [parse_id(shipment_id).shipment for shipment_id, _ in receipt.shipments] == [1, 2, 3]
    assert len(agenda(world)) == 3


async def test_repeat_gets_the_same_receipt_and_leaves_no_agenda_row(process, world):
    request = ChainRequest(sms(world.clock.now() + HOUR), idempotency_id="id-1")
    first = await process.place("ttd", request)
    again = await process.place("ttd", replace(request, main=sms(world.clock.now(), "+4790000002")))
    assert again == replace(first, created=False)
    assert len(agenda(world)) == 1
    assert world.messages == []
    assert (await process.place("skd", request)).chain_id != first.chain_id, "another creator, another order"


async def test_repeat_with_other_content_is_told_at_no_further_call(process, world, monkeypatch):
    asked, reach = [], process.reach

    async def counted():
        asked.append(1)
        return await reach()

    monkeypatch.setattr(process, "reach", counted)
    request = ChainRequest(sms(world.clock.now() + HOUR), idempotency_id="id-1", content="a" * 64)
    first = await process.place("ttd", request)
    calls = []
    for content in ("a" * 64, "b" * 64):
        asked.clear()
        again = await process.place("ttd", replace(request, content=content))
        assert again == replace(first, created=False, conflict=content != request.content)
        calls.append(len(asked))
    assert calls[0] == calls[1]
    assert (await process.place_order.find("ttd", replace(request, content="b" * 64))).conflict


async def test_content_is_kept_as_a_keyed_hash_in_the_row_of_the_main_order_only(process, world):
    at = world.clock.now() + HOUR
    reminder = replace(sms(at + HOUR), type=OrderType.REMINDER)
    await process.place("ttd", ChainRequest(sms(at), (reminder,), "id-1", content="a" * 64))
    kept = {row.row_key[-3:]: row.columns.get("Content") for row in world.tables.chains().values()}
    assert kept == {"S01": kept["S01"], "S02": None}
    assert len(kept["S01"]) == 32
    assert "aaaa" not in kept["S01"]


async def test_order_of_an_older_version_conflicts_with_nothing(process, world):
    request = ChainRequest(sms(world.clock.now() + HOUR), idempotency_id="id-1")  # has no content
    await process.place("ttd", request)
    again = await process.place("ttd", replace(request, content="a" * 64))
    assert (again.created, again.conflict) == (False, False)


async def test_version_1_order_is_never_a_repeat(process, world):
    request = ChainRequest(sms(world.clock.now() + HOUR))
    receipts = [await process.place("ttd", request) for _ in range(2)]
    assert len({receipt.chain_id for receipt in receipts}) == 2


@pytest.mark.parametrize(("count", "pages"), [(1, 0), (100, 0), (101, 2), (250, 3)])
async def test_large_order_is_stored_in_pages_of_a_hundred(process, world, count, pages):
    recipients = tuple(Recipient(mobile_number=f"+4790{number:06}") for number in range(count))
    order = replace(sms(world.clock.now() + HOUR), recipients=recipients)
    receipt = await process.place("ttd", ChainRequest(order))
    stored = await process.orders.load(parse_id(receipt.shipments[0][0]))
    assert stored.state.pages == pages
    found = await process.orders.pages.all(stored)
    assert [to for row in found for to in row.order.recipients] == list(recipients)


async def test_storage_that_is_too_slow_refuses_the_order(world, process, monkeypatch):
    add = process.place_order.by_recipient.add

    async def slowly(news):
        await add(news)
        world.real_time.at += GIVE_UP + timedelta(seconds=1)

    monkeypatch.setattr(process.place_order.by_recipient, "add", slowly)
    with pytest.raises(UnavailableError, match="too long"):
        await process.place("ttd", ChainRequest(sms(world.clock.now())))
    assert not world.tables.chains()
    assert world.messages == []


async def test_chain_that_cannot_reach_everybody_is_refused_and_version_1_is_told_who(process, world):
    world.gone.add("01020300001")
    nobody = Recipient(national_identity_number="01020300001")
    order = replace(sms(world.clock.now()), recipients=(nobody,))
    with pytest.raises(MissingContactError):
        await process.place("ttd", ChainRequest(order, idempotency_id="id-1"))
    receipt = await process.place("ttd", ChainRequest(order))
    assert list(receipt.lookup.missing_contact) == ["01020300001"]
