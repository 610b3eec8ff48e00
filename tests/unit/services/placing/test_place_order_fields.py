"""Placing orders with fields: pages that stay small, and who reads which values."""

from datetime import timedelta

import pytest

from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.records.columns import PART_BYTES
from shared.storage.keys import ORDERS
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process


@pytest.fixture
def world():
    clock = w.VirtualClock(w.start_of_day())
    return w.World(clock, clock)


def to(number, value):
    return Recipient(mobile_number=f"+47900{number:05}", fields={"code": value})


def request(world, recipients, later=timedelta()):
    order = OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now() + later,
        ChannelSchema.SMS,
        tuple(recipients),
        sms=SmsTemplate("Anytime", "Kode {{code}}"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )
    return ChainRequest(order)


async def sent_by(process, request):
    """Place an order and carry out all that follows; return number and text of every SMS."""
    submit, sent = process.adapters.sms_gateway.submit, []

    async def watched(messages):
        sent.extend((message.to, message.text) for message in messages)
        return await submit(messages)

    process.adapters.sms_gateway.submit = watched
    receipt = await process.place("ttd", request)
    while process.world.messages:
        assert not any(b"hemmelig" in message.body for message in process.world.messages)
        await process.handle(process.world.messages.pop(0))
    return receipt, sent


@pytest.mark.parametrize(("length", "pages"), [(10, 0), (1100, 2), (40_000, 60)])
async def test_long_fields_are_parted_into_more_pages_and_everybody_reads_their_own(world, length, pages):
    recipients = [to(number, f"hemmelig {number} {'æ' * length}") for number in range(60)]
    receipt, sent = await sent_by(process := Process(world), request(world, recipients))
    stored = await process.orders.load(parse_id(receipt.shipments[0][0]))
    assert stored.state.pages == pages
    assert sorted(sent) == [(r.mobile_number, f"Kode {r.fields['code']}") for r in recipients]
    rows = [row for key, row in world.tables.rows.items() if key[0] == ORDERS]
    assert max(len(str(row.columns.get("Body", ""))) for row in rows) < PART_BYTES


async def test_one_number_on_several_pages_gets_each_text_once(world):
    recipients = [to(n % 2, f"{'hemmelig' * 4000}{n % 3}") for n in range(12)]
    _, sent = await sent_by(Process(world), request(world, recipients))
    assert len(sent) == len(set(sent)) == 6


async def test_no_answer_needs_the_fields_so_they_are_not_read_of_all_pages(world):
    process = Process(world)
    recipients = [to(number, "hemmelig") for number in range(150)]
    receipt = await process.place("ttd", request(world, recipients, timedelta(days=1)))
    item = parse_id(receipt.shipments[0][0])
    found = await process.orders.pages.recipients(item, 2)
    assert [recipient.mobile_number for recipient in found] == [r.mobile_number for r in recipients]
    assert {recipient.fields for recipient in found} == {None}
