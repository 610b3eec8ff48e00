"""One message of the reports queue: which notification it is about, and what if it is about none."""

import json
from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker, parse_id
from shared.domain.orders.notification import EmailResult, Outcome, SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.ports.email import EmailReport
from shared.records import queues
from shared.records.messages import OutcomeNews, dump_outcome
from shared.runtime.errors import PermanentError, TransientError
from shared.services.reporting.record_report import RecordReport
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process


def reporting(process, reports=(), problem=None):
    """Return the use case; a message that is not ours holds these reports of e-mails."""
    return RecordReport(
        record=process.record,
        gateway_references=process.sms_calls.gateway_references,
        read_email_reports=lambda body: (list(reports), problem),
        clock=process.world.clock,
    )


async def sent(process):
    """Send one SMS and one e-mail of an order; return its id."""
    world = process.world
    order = OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.EMAIL_AND_SMS,
        (Recipient("kari@example.no", "+4790000001"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate("Anytime", "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )
    receipt = await process.place("ttd", ChainRequest(order))
    while world.messages:
        await process.handle(world.messages.pop(0))
    return parse_id(receipt.shipments[0][0])


async def results(process, item):
    return {n.channel: n.result for n in (await process.orders.load(item)).state.notifications}


def slot_of(stored, channel):
    return next(n.slot for n in stored.state.notifications if n.channel is channel)


async def test_a_report_of_the_gateway_finds_its_sms_by_the_reference(world, process):
    item = await sent(process)
    (reference,) = world.references
    report = w.sms_report(reference, SmsResult.DELIVERED, world.clock.now())
    await reporting(process)(report.body)
    assert await results(process, item) == {
        Channel.SMS: SmsResult.DELIVERED,
        Channel.EMAIL: EmailResult.SENDING,
    }


async def test_a_report_whose_reference_nobody_knows_yet_waits_for_it(world, process):
    item = await sent(process)
    slot = slot_of(await process.orders.load(item), Channel.SMS)
    report = reporting(process)
    await report(w.sms_report("later", SmsResult.DELIVERED, world.clock.now()).body)
    assert (await results(process, item))[Channel.SMS] is SmsResult.ACCEPTED
    accepted = Outcome(SmsResult.ACCEPTED, world.clock.now(), "later")
    await report(dump_outcome(OutcomeNews(item.of_notification(slot), Channel.SMS, accepted)))
    assert (await results(process, item))[Channel.SMS] is SmsResult.DELIVERED


async def test_events_of_the_email_provider_name_the_notification_themselves(world, process):
    item = await sent(process)
    name = str(item.of_notification(slot_of(await process.orders.load(item), Channel.EMAIL)))
    world.clock.at += timedelta(minutes=3)
    await reporting(process, [EmailReport(name, EmailResult.DELIVERED)])(b"[]")
    stored = await process.orders.load(item)
    (email,) = (n for n in stored.state.notifications if n.channel is Channel.EMAIL)
    assert (email.result, email.at) == (EmailResult.DELIVERED, world.clock.now())


async def test_the_last_result_ends_the_order_and_tells_the_feed(world, process):
    item = await sent(process)
    (reference,) = world.references
    name = next(iter(world.email_operations))
    report = reporting(process, [EmailReport(name, EmailResult.DELIVERED)])
    await report(b"{}")
    assert world.messages == []
    await report(w.sms_report(reference, SmsResult.DELIVERED, world.clock.now()).body)
    assert [message.queue for message in world.messages] == [queues.STATUS_FEED]
    assert (await process.orders.load(item)).state.status is OrderStatus.COMPLETED


async def test_a_repeat_changes_nothing(world, process):
    item = await sent(process)
    (reference,) = world.references
    body = w.sms_report(reference, SmsResult.DELIVERED, world.clock.now()).body
    await reporting(process)(body)
    before = await process.orders.load(item)
    await reporting(process)(body)
    assert await process.orders.load(item) == before


async def test_reports_beside_a_part_that_cannot_be_read_count(world, process):
    item = await sent(process)
    name = next(iter(world.email_operations))
    report = reporting(process, [EmailReport(name, EmailResult.FAILED)], problem="the second event is odd")
    with pytest.raises(PermanentError, match="odd"):
        await report(b"[]")
    assert (await results(process, item))[Channel.EMAIL] is EmailResult.FAILED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"kind": "sms"}',
        b'{"kind": "sms", "reference": "r", "result": "Sideways", "at": "2031-03-03T09:00:00Z"}',
        b'{"kind": "sms", "reference": "r", "result": "Delivered", "at": "today"}',
        b'{"kind": "sms", "reference": "r", "result": "Delivered", "at": 7}',
        b'{"kind": "outcome", "id": "x"}',
    ],
)
async def test_what_is_no_report_is_refused_for_good(process, body):
    with pytest.raises(PermanentError):
        await reporting(process)(body)


@pytest.mark.parametrize(
    "operation", ["nonsense", "5235b95c-e9b6-4ef0-8a67-372300000000", "5235b95c-e9b6-4ef0-8a67-372301000000"]
)
async def test_an_email_of_somebody_else_is_passed_over(world, process, caplog, operation):
    await reporting(process, [EmailReport(operation, EmailResult.DELIVERED)])(b"{}")
    assert "not ours" in caplog.text
    assert world.messages == []


async def test_a_notification_that_never_was_is_logged(world, process, caplog):
    unknown = IdMaker(b"0" * 32).random_chain().of_shipment(1).of_notification(1)
    await reporting(process, [EmailReport(str(unknown), EmailResult.DELIVERED)])(b"{}")
    assert f"unknown notification {unknown}" in caplog.text


async def test_storage_that_is_down_is_an_error_that_may_pass(world, process):
    await sent(process)
    (reference,) = world.references
    other = Process(world)
    world.storage_down = True
    with pytest.raises(TransientError):
        await reporting(other)(w.sms_report(reference, SmsResult.DELIVERED, world.clock.now()).body)


async def test_a_report_that_is_pretty_printed_is_read_too(world, process):
    item = await sent(process)
    (reference,) = world.references
    report = json.loads(w.sms_report(reference, SmsResult.FAILED, world.clock.now()).body)
    await reporting(process)(json.dumps(report, indent=2).encode())
    assert (await results(process, item))[Channel.SMS] is SmsResult.FAILED
