"""One order can be followed through every step, whatever lost or delayed its messages on the way."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker, known_id
from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import ChainRequest, OrderType
from shared.domain.orders.trace import Tracing, operation_id, shared_operation_id
from shared.records import queues
from shared.runtime.telemetry.operations import current_operation, new_operation, working_on
from shared.services.hops import Hops
from tests.support.pipeline import broker
from tests.support.pipeline import world as w
from tests.support.pipeline.orders import sms
from tests.support.pipeline.process import Process
from tests.support.pipeline.providers import Gateway


@pytest.fixture
def process(world):
    return Process(world, traced_orders_per_mille=1000)


@pytest.fixture
def lines(caplog, monkeypatch):
    """The log lines of the product with the operation that each belongs to, as the filter writes it."""
    told = []

    class Watch(logging.Handler):
        def emit(self, record):
            told.append((record, current_operation()))

    watch = Watch()
    caplog.set_level(logging.INFO)
    logging.getLogger("shared").addHandler(watch)
    yield told
    logging.getLogger("shared").removeHandler(watch)


def hops(lines, trace):
    return [r.hop for r, operation in lines if operation.operation_id == trace and hasattr(r, "hop")]


async def reported(process):
    for reference in list(process.world.references):
        process.world.enqueue([w.sms_report(reference, SmsResult.DELIVERED, process.world.clock.now())])
    await process.carry_out()


async def test_every_hop_of_an_order_has_its_trace(process, lines):
    receipt = await process.place("ttd", ChainRequest(sms(process.world.clock.now())))
    await process.carry_out()
    await reported(process)
    trace = operation_id(known_id(receipt.chain_id))
    assert hops(lines, trace) == [
        "accepted", queues.SMS_SEND, queues.DELIVERY_REPORTS, queues.STATUS_FEED
    ]  # fmt: skip
    shipments = {op.shipment_id for _, op in lines if op.operation_id == trace}
    assert shipments == {receipt.shipments[0][0]}


async def test_work_that_the_agenda_finds_again_belongs_to_the_same_trace(process, lines):
    receipt = await process.place("ttd", ChainRequest(sms(process.world.clock.now())))
    process.world.messages.clear()
    process.world.clock.at += timedelta(minutes=3)
    await process.release_due()
    await process.carry_out()
    trace = operation_id(known_id(receipt.chain_id))
    assert hops(lines, trace) == ["accepted", queues.ORDERS, queues.SMS_SEND]


async def test_failures_of_work_are_told_under_its_trace(process, lines, monkeypatch):
    async def broken(self, messages):
        raise ValueError("odd")

    monkeypatch.setattr(Gateway, "submit", broken)
    receipt = await process.place("ttd", ChainRequest(sms(process.world.clock.now())))
    await process.carry_out()
    trace = operation_id(known_id(receipt.chain_id))
    (failed,) = [(r, op) for r, op in lines if "failed at try" in r.getMessage()]
    assert (failed[1].operation_id, failed[1].shipment_id) == (trace, receipt.shipments[0][0])
    assert [r.failed for r, _ in lines if getattr(r, "hop", "") == queues.SMS_SEND] == [True]
    process.world.broken_rules.clear()


async def test_orders_in_one_message_are_linked_under_its_trace_and_told_apart(process, lines):
    now = process.world.clock.now()
    receipts = [await process.place("ttd", ChainRequest(sms(now, f"+479000000{n}"))) for n in range(3)]
    broker.share(process.world, queues.SMS_SEND)
    await process.carry_out()
    traces = [operation_id(known_id(receipt.chain_id)) for receipt in receipts]
    items = [known_id(receipt.shipments[0][0]) for receipt in receipts]
    linked = [(op.operation_id, r.links) for r, op in lines if hasattr(r, "links")]
    assert linked == [(shared_operation_id(items), sorted(traces))]
    assert all(hops(lines, trace) == ["accepted", queues.SMS_SEND] for trace in traces)


async def test_reminders_belong_to_the_trace_of_their_order(process, lines):
    now = process.world.clock.now()
    reminder = replace(sms(now + timedelta(days=1)), type=OrderType.REMINDER)
    receipt = await process.place("ttd", ChainRequest(sms(now), reminders=(reminder,)))
    await process.carry_out()
    await process.pass_hours(25)
    trace = operation_id(known_id(receipt.chain_id))
    shipments = {op.shipment_id for r, op in lines if op.operation_id == trace and hasattr(r, "hop")}
    assert shipments == {shipment for shipment, _ in receipt.shipments}


async def test_an_order_that_is_not_sampled_costs_no_line(world, lines):
    process = Process(world, traced_orders_per_mille=0)
    await process.place("ttd", ChainRequest(sms(world.clock.now())))
    await process.carry_out()
    assert not [r for r, _ in lines if hasattr(r, "hop")]


def test_outside_of_an_order_nothing_is_told(lines):
    Hops(Tracing(1000)).passed("x")
    with working_on(new_operation()):
        Hops(Tracing(1000)).passed("x")
    assert lines == []
    item = IdMaker(b"0" * 32).random_chain().of_shipment(1)
    Hops(Tracing(0)).came_together("x", [item, item])
    assert lines == []
