"""A preview keeps nothing, sends nothing, and tells no more of people than placing tells."""

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.preview.prices import PriceList
from shared.domain.preview.reach import Reach
from shared.domain.preview.warnings import WarningKind
from shared.domain.recipients.lookup_summary import LookupStatus
from shared.runtime.errors import UnavailableError
from shared.services.placing.preview_order import CONDITIONS_TRIED
from tests.support.pipeline import world as w
from tests.support.pipeline.orders import NUMBER, sms
from tests.support.pipeline.process import Process

KNOWN, GONE, RESERVED = "01017012345", "02027012345", "03037012349"
PRICES = {"*": PriceList("NOK", email=Decimal("0.02"), sms_part=Decimal("0.45"))}


@pytest.fixture
def process(world):
    world.gone = {GONE}
    return Process(world, price_lists=PRICES)


def people(world, *numbers, schema=ChannelSchema.SMS):
    recipients = tuple(Recipient(national_identity_number=number) for number in numbers)
    return replace(sms(world.clock.now()), recipients=recipients, channel_schema=schema)


def kinds(shipment):
    return [warned.kind for warned in shipment.warnings]


async def test_nothing_is_kept_and_nothing_is_sent(world, process):
    reminder = replace(sms(world.clock.now() + timedelta(days=1)), type=OrderType.REMINDER)
    preview = await process.app.preview_order("ttd", ChainRequest(sms(world.clock.now()), (reminder,), "id"))
    assert [shipment.order.type for shipment in preview.shipments] == [
        OrderType.NOTIFICATION,
        OrderType.REMINDER,
    ]
    assert not world.tables.rows
    assert not world.messages
    assert not world.requests
    assert not world.asked


async def test_version_2_tells_who_is_reachable_and_not_who_is_reserved(world, process):
    for number, reach in ((KNOWN, Reach.FOUND), (RESERVED, Reach.FOUND), (GONE, Reach.MISSING)):
        preview = await process.app.preview_order(
            "ttd", ChainRequest(people(world, number), idempotency_id="id")
        )
        (shipment,) = preview.shipments
        assert [one.reach for one in shipment.recipients] == [reach]
        assert preview.is_accepted == (reach is Reach.FOUND)
        assert preview.lookup is None


async def test_version_1_also_tells_the_lists_of_the_lookup(world, process):
    request = ChainRequest(people(world, KNOWN, RESERVED, GONE))
    preview = await process.app.preview_order("ttd", request)
    reaches = [one.reach for one in preview.shipments[0].recipients]
    assert reaches == [Reach.FOUND, Reach.RESERVED, Reach.MISSING]
    assert preview.lookup == (await process.place("ttd", request)).lookup
    assert preview.lookup.status is LookupStatus.PARTIAL_SUCCESS
    assert preview.is_accepted


@pytest.mark.parametrize("schema", ChannelSchema)
async def test_what_is_told_does_not_depend_on_what_a_register_knows(world, process, monkeypatch, schema):
    """Whoever can be reached, by whatever address and on whatever channel, makes the same preview."""
    text = "$recipientName$"
    order = replace(
        people(world, KNOWN, schema=schema),
        email=EmailTemplate("post@example.no", text, text),
        sms=SmsTemplate("Altinn", text),
    )
    previews = []
    for points in (
        w.ContactPoints(emails=("a@example.no",)),
        w.ContactPoints(mobiles=("+4790000007",)),
        w.ContactPoints(emails=("a@example.no", "b@example.no"), mobiles=("+4790000007",), reserved=True),
    ):
        monkeypatch.setattr("tests.support.pipeline.surroundings.registered", lambda _, points=points: points)
        previews.append(await process.app.preview_order("ttd", ChainRequest(order, idempotency_id="id")))
    found = [each for each in previews if each.is_accepted]
    assert len(found) > 1
    assert all(each == found[0] for each in found)


async def test_a_known_idempotency_id_is_told(world, process):
    request = ChainRequest(sms(world.clock.now()), idempotency_id="id-1")
    assert not (await process.app.preview_order("ttd", request)).is_known
    await process.place("ttd", request)
    preview = await process.app.preview_order("ttd", request)
    assert preview.is_known
    assert kinds(preview.shipments[0])[0] is WarningKind.IDEMPOTENCY_ID_KNOWN
    assert not (await process.app.preview_order("skd", request)).is_known


async def test_an_instant_message_that_was_withdrawn_is_not_known(world, process):
    request = ChainRequest(replace(sms(world.clock.now()), type=OrderType.INSTANT), idempotency_id="id-1")
    world.outages[Channel.SMS] = w.Outage.REFUSED
    with pytest.raises(UnavailableError):
        await process.send_instant("ttd", request)
    assert not (await process.app.preview_order("ttd", request)).is_known
    world.outages.clear()
    world.real_time.at += timedelta(hours=1)
    await process.send_instant("ttd", request)
    assert (await process.app.preview_order("ttd", request)).is_known


async def test_the_price_is_that_of_parts_and_emails_to_addresses(world, process):
    to = (Recipient("a@example.no", NUMBER), Recipient(mobile_number="+4790000002"))
    order = replace(
        sms(world.clock.now()),
        recipients=(*to, Recipient(national_identity_number=KNOWN)),
        channel_schema=ChannelSchema.SMS_PREFERRED,
        sms=SmsTemplate("Altinn", "\u2019" * 71),
        email=EmailTemplate("post@example.no", "hei", "hei"),
    )
    (shipment,) = (await process.app.preview_order("ttd", ChainRequest(order))).shipments
    assert shipment.price.total == 2 * 2 * Decimal("0.45") + Decimal("0.02")
    assert (shipment.price.sms, shipment.price.email) == (Decimal("0.90"), Decimal("0.02"))
    bare = Process(world, price_lists={})
    assert (await bare.app.preview_order("ttd", ChainRequest(order))).shipments[0].price is None


async def test_a_long_sms_is_cut_and_what_expires_first_never_leaves(world, process):
    order = replace(sms(world.clock.now()), sms=SmsTemplate("Altinn", "x" * 2145))
    (shipment,) = (await process.app.preview_order("ttd", ChainRequest(order))).shipments
    assert kinds(shipment) == [WarningKind.SMS_CUT]
    world.clock.at += timedelta(hours=10)
    short = replace(sms(world.clock.now()), sending_time_policy=None, time_to_live_seconds=60)
    (shipment,) = (await process.app.preview_order("ttd", ChainRequest(short))).shipments
    assert kinds(shipment) == [WarningKind.NEVER_LEAVES]


async def test_conditions_are_tried_when_asked_each_once_and_a_few_at_most(world, process):
    order = replace(sms(world.clock.now()), condition_endpoint="https://sender.example/0")
    reminders = tuple(replace(order, condition_endpoint=f"https://sender.example/{n}") for n in range(10))
    request = ChainRequest(order, reminders, idempotency_id="id-1")
    await process.app.preview_order("ttd", request)
    assert not world.asked
    world.condition = w.NOT_MET
    preview = await process.app.preview_order("ttd", request, tries_condition=True)
    assert world.asked == {f"https://sender.example/{n}": 1 for n in range(CONDITIONS_TRIED)}
    answers = [shipment.condition for shipment in preview.shipments]
    assert answers[:6] == [w.NOT_MET] * 6
    assert answers[6:] == [None] * 5


async def test_an_endpoint_without_a_clear_answer_or_without_a_place_is_a_warning(world, process):
    order = replace(sms(world.clock.now()), condition_endpoint="https://sender.example/")
    world.condition = w.INCONCLUSIVE
    preview = await process.app.preview_order("ttd", ChainRequest(order), tries_condition=True)
    (warned,) = preview.shipments[0].warnings
    assert (warned.kind, warned.detail) == (WarningKind.CONDITION_NOT_ANSWERED, "status 503")
    shares = process.app.preview_order.put_question.shares
    with shares.held("other", "sender.example:None"), shares.held("ttd", "x:None"):
        held = [shares.held("ttd", f"{n}:None") for n in range(20)]
        for each in held:
            each.__enter__()
        preview = await process.app.preview_order("ttd", ChainRequest(order), tries_condition=True)
        for each in held:
            each.__exit__(None, None, None)
    assert "too many" in preview.shipments[0].warnings[0].detail
    assert world.asked.total() == 1


async def test_a_large_order_is_counted_and_its_first_hundred_are_told(world, process):
    recipients = tuple(Recipient(mobile_number=f"+4790{number:06}") for number in range(2500))
    order = replace(sms(world.clock.now()), recipients=(*recipients, recipients[0]))
    (shipment,) = (await process.app.preview_order("ttd", ChainRequest(order))).shipments
    assert [one.index for one in shipment.recipients] == list(range(100))
    assert shipment.count.recipients == {Reach.GIVEN: 2501}
    assert (shipment.count.messages, shipment.count.duplicates) == ({Channel.SMS: 2500}, 1)
    assert shipment.price.total == 2500 * Decimal("0.45")


async def test_a_register_that_is_down_is_told_as_when_placing(world, process):
    world.registers_down = True
    with pytest.raises(UnavailableError):
        await process.app.preview_order("ttd", ChainRequest(people(world, KNOWN)))
    await process.app.preview_order("ttd", ChainRequest(sms(world.clock.now())))


async def test_one_log_line_tells_how_many_and_not_whom(world, process, caplog):
    caplog.set_level(logging.INFO)
    order = replace(
        people(world, KNOWN, GONE), recipients=(*people(world, KNOWN).recipients, Recipient("a@x.no"))
    )
    await process.app.preview_order("ttd", ChainRequest(order))
    (record,) = [each for each in caplog.records if each.message == "an order was previewed"]
    assert (record.owner, record.kind, record.orders, record.recipients, record.looked_up) == (
        "ttd",
        "Notification",
        1,
        2,
        1,
    )
    assert KNOWN not in str(vars(record))
