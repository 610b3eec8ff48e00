"""Orders to people and organisations through the real use cases, in a world in memory without faults."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from shared.domain.orders.ended_shipment import SmsSize, closed_shipment
from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.orders.retention import without_addresses
from shared.domain.recipients.contact_points import ContactPoints
from shared.records.shipment_rows import state_of
from shared.runtime.errors import MissingContactError, UnavailableError
from shared.storage.orders import OrderTable
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.providers import Gateway
from tests.support.pipeline.surroundings import Registers, Store

NIN, ORG = "01020300001", "920300002"


def order(world, *recipients, schema=ChannelSchema.SMS, text="hei", **more):
    return OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        schema,
        recipients,
        email=EmailTemplate("from@example.no", text, text),
        sms=SmsTemplate(SendingTimePolicy.ANYTIME.value, text),
        sending_time_policy=SendingTimePolicy.ANYTIME,
        **more,
    )


def person(number=NIN):
    return Recipient(national_identity_number=number)


async def run(process):
    """Deliver whatever is due until nothing is."""
    await process.release_due()
    world = process.world
    for _ in range(500):
        due = [m for m in world.messages if m.scheduled_at is None or m.scheduled_at <= world.clock.now()]
        if not due:
            return
        world.messages.remove(due[0])
        await process.handle(due[0])
    raise AssertionError("the queues never became empty")


def states(process):
    rows = sorted((key[2], row) for key, row in process.world.tables.chains().items())
    return [state_of(row) for _, row in rows if "State" in row.columns]


async def test_a_repeat_is_answered_without_asking_a_register(world, process):
    request = ChainRequest(order(world, person()), idempotency_id="id")
    first = await process.place("ttd", request)
    world.registers_down = True
    assert await process.place("ttd", request) == replace(first, created=False)
    with pytest.raises(UnavailableError):
        await process.place("ttd", replace(request, idempotency_id="another"))


async def test_a_refused_chain_leaves_nothing_behind(world, process):
    reminder = replace(order(world, Recipient(organization_number=ORG)), type=OrderType.REMINDER)
    world.gone.add(ORG)
    request = ChainRequest(order(world, person()), (reminder,), idempotency_id="id")
    with pytest.raises(MissingContactError):
        await process.place("ttd", request)
    assert not world.tables.rows


async def test_w05_registers_that_stay_down_close_the_order_with_explicit_failures(world, process):
    receipt = await process.place("ttd", ChainRequest(order(world, person()), idempotency_id="id"))
    world.registers_down = True
    await run(process)
    assert states(process)[0].status is OrderStatus.PROCESSING
    lookups = []
    while states(process)[0].status is OrderStatus.PROCESSING:
        lookups.append(states(process)[0].lookups_failed)
        step = timedelta(minutes=30)
        world.clock.at += step
        world.real_time.at += step
        assert world.clock.at - w.start_of_day() < timedelta(days=4)
        await run(process)
    [state] = states(process)
    assert state.status is OrderStatus.COMPLETED
    assert [n.result for n in state.notifications] == ["Failed_TTL"]
    assert 20 < max(lookups) < 80, "the pauses grow, but not beyond an hour"
    assert not world.sms_calls
    assert parse_id(receipt.shipments[0][0]) is not None


async def test_a_condition_met_long_ago_is_asked_again_when_the_registers_are_back(world, process):
    asking = order(world, person(), condition_endpoint="https://condition.example")
    await process.place("ttd", ChainRequest(asking, idempotency_id="id"))
    world.registers_down = True
    await run(process)
    world.condition = w.NOT_MET
    world.registers_down = False
    world.clock.at += timedelta(hours=2)
    await run(process)
    [state] = states(process)
    assert state.status is OrderStatus.SEND_CONDITION_NOT_MET
    assert not world.sms_calls


async def test_w06_a_failing_page_delays_itself_only(world, process, monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    direct = [Recipient(mobile_number=f"+4790000{number:03}") for number in range(3)]
    large = order(world, *direct[:2], person(), direct[2])
    await process.place("ttd", ChainRequest(large))
    world.registers_down = True
    await run(process)
    assert set(world.sms_calls) == {"+4790000000", "+4790000001"}
    world.registers_down = False
    world.clock.at += timedelta(seconds=11)
    await run(process)
    assert len(world.sms_calls) == 4
    assert set(world.sms_calls.values()) == {1}


async def test_w12_an_address_on_two_pages_is_written_to_once(world, process, monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    number = Recipient(mobile_number="+4790000001")
    await process.place("ttd", ChainRequest(order(world, number, number, number)))
    await run(process)
    assert world.sms_calls == {"+4790000001": 1}
    world.messages.append(w.sms_report("ref-0", w.SmsResult.DELIVERED, world.clock.now()))
    await run(process)
    assert {state.status for state in states(process)} == {OrderStatus.COMPLETED}


async def test_w12_a_person_on_two_pages_is_written_to_once(world, process, monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    others = [person(f"0102030000{n}") for n in range(2, 5)]
    await process.place(
        "ttd", ChainRequest(order(world, person(), *others[:2], person(), others[2], person()))
    )
    await run(process)
    assert len(world.sms_calls) == 4
    assert set(world.sms_calls.values()) == {1}


async def test_w12_an_address_of_several_people_on_several_pages_is_written_to_once(
    world, process, monkeypatch
):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    office = ContactPoints(mobiles=("+4790000001",))
    monkeypatch.setattr("tests.support.pipeline.surroundings.registered", lambda _: office)
    people = [person(f"0102030000{n}") for n in range(1, 5)]
    direct = Recipient(mobile_number="+4790000001"), Recipient(mobile_number="+4790000002")
    await process.place("ttd", ChainRequest(order(world, *people, *direct)))
    await run(process)
    assert world.sms_calls == {"+4790000001": 1, "+4790000002": 1}
    for reference in world.references:
        world.messages.append(w.sms_report(reference, w.SmsResult.DELIVERED, world.clock.now()))
    await run(process)
    assert {state.status for state in states(process)} == {OrderStatus.COMPLETED}


async def test_an_address_of_two_people_on_two_pages_is_written_to_twice_by_name(world, process, monkeypatch):
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 1)
    office = ContactPoints(mobiles=("+4790000001",))
    monkeypatch.setattr("tests.support.pipeline.surroundings.registered", lambda _: office)
    people = [person(f"0102030000{n}") for n in range(1, 3)]
    await process.place("ttd", ChainRequest(order(world, *people, text="til $recipientName$")))
    await run(process)
    assert world.sms_calls == {"+4790000001": 2}


async def test_an_organisation_with_many_numbers_is_written_to_in_calls_of_a_hundred(
    world, process, monkeypatch
):
    numbers = tuple(f"+479{number:07}" for number in range(750))
    monkeypatch.setattr(
        "tests.support.pipeline.surroundings.registered", lambda _: ContactPoints(mobiles=numbers)
    )
    sizes = []
    submit = Gateway.submit

    async def counted(self, messages):
        sizes.append(len(messages))
        return await submit(self, messages)

    monkeypatch.setattr(Gateway, "submit", counted)
    await process.place("ttd", ChainRequest(order(world, Recipient(organization_number=ORG))))
    await run(process)
    assert sizes == [100] * 7 + [50]
    assert set(world.sms_calls) == set(numbers)
    [row] = world.tables.chains().values()
    assert isinstance(row.columns["State"], bytes), "more than a text column holds"
    assert len(row.columns["State"]) < 64 * 1024
    assert len(state_of(row).notifications) == 750


async def test_names_are_kept_while_parts_of_an_sms_may_be_counted(world, process):
    named = order(world, person(), text="til $recipientName$" + 152 * ".")
    receipt = await process.place("ttd", ChainRequest(named, idempotency_id="id"))
    await run(process)
    [state] = states(process)
    assert dict(state.names) == {0: f"navn {NIN}"}
    item = parse_id(receipt.shipments[0][0])
    stored = await OrderTable(Store(process)).load(item)
    reference = next(iter(world.references))
    world.messages.append(w.sms_report(reference, w.SmsResult.DELIVERED, world.clock.now()))
    await run(process)
    assert stored is not None
    [state] = states(process)
    assert state.status is OrderStatus.COMPLETED
    closed = closed_shipment(receipt.shipments[0][0], stored.order, state)
    assert closed.sms_sizes == {1: SmsSize(4 + len(f"navn {NIN}") + 152, 2)}
    assert not without_addresses(state).names
    assert orjson.dumps(f"navn {NIN}") not in b"".join(m.body for m in world.messages)


async def test_outdated_contact_points_are_used_for_the_creators_that_are_listed(world, monkeypatch):
    asked = []

    async def persons(self, numbers, *, use_stale):
        asked.append(use_stale)
        return {number: w.registered(number) for number in numbers}

    monkeypatch.setattr(Registers, "persons", persons)
    process = Process(world, stale_contact_creators=frozenset({"skd"}))
    for creator in ("SKD", "ttd"):
        await process.place(creator, ChainRequest(order(world, person()), idempotency_id="id"))
    await process.place("skd", ChainRequest(order(world, person())))
    assert asked == [True, False, False], "version 1 never uses them"


async def test_slow_registers_refuse_a_long_chain_in_time(world, process, monkeypatch):
    asked = 0

    async def slow(self, numbers, *, use_stale):
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.04)
        return {number: w.registered(number) for number in numbers}

    monkeypatch.setattr(Registers, "persons", slow)
    monkeypatch.setattr("shared.services.placing.resolve_recipients.TOTAL_SECONDS", 0.2)
    main = order(world, person())
    reminders = tuple(
        replace(main, type=OrderType.REMINDER, requested_send_at=main.requested_send_at + timedelta(days=day))
        for day in range(1, 31)
    )
    with pytest.raises(UnavailableError):
        await process.place("ttd", ChainRequest(main, reminders, idempotency_id="id"))
    assert 1 <= asked <= 6
    assert not process.world.messages
