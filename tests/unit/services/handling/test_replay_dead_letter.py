"""A dead letter is sent again as a new message, and a message that comes again changes nothing."""

import random
from datetime import timedelta

import orjson
import pytest

from shared.domain.orders.dead_letter import Cause
from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.sending.retry_schedule import MAX_ATTEMPTS
from shared.records import queues
from shared.records.columns import MAX_BYTES
from shared.records.failures import FAILED, Failures, with_failures
from shared.records.messages import renewed
from shared.runtime.errors import PermanentError, TransientError
from shared.services.handling.failed_work import FailedWork
from shared.services.handling.replay_dead_letter import ReplayDeadLetter
from shared.storage.dead_letters import DeadLetters
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Sender, Store

HOUR = timedelta(hours=1)
PERSON = Recipient("kari@example.no", "+4790000001")


class Desk:
    """An operator's view of one world."""

    def __init__(self, world):
        self.world = world
        self.process = Process(world)
        self.letters = DeadLetters(Store(self.process))
        sender = Sender(self.process)
        self.failed_work = FailedWork(sender=sender, dead_letters=self.letters, clock=world.clock)
        self.replay = ReplayDeadLetter(dead_letters=self.letters, sender=sender, clock=world.clock)

    async def recorded(self, queue, body):
        assert await self.failed_work.recorded(queue, body, Cause.UNREADABLE, "poison")
        return next(letter for letter in await self.letters.page([queue], "", 100))


async def place(process):
    """Place an order for an e-mail and an SMS, without carrying out any message."""
    order = OrderRequest(
        OrderType.NOTIFICATION,
        process.world.clock.now(),
        ChannelSchema.EMAIL_AND_SMS,
        (PERSON,),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate("Altinn", "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )
    await process.place("ttd", ChainRequest(order))


async def carry_out(process, *, with_replays=False):
    """Carry out all messages; return them. `with_replays` has each come again when it was carried out."""
    world, done = process.world, []
    while world.messages:
        message = world.messages.pop(0)
        done.append(message)
        await process.handle(message)
        if with_replays:
            await process.handle(again(message))
    return done


def again(message):
    return w.QueuedMessage(message.queue, "replay", renewed(message.queue, message.body))


def report(world):
    at = world.clock.now()
    world.messages += [w.sms_report(reference, SmsResult.DELIVERED, at) for reference in world.references]
    world.messages += [w.email_report(operation, "Delivered") for operation in world.email_operations]


def truth(world):
    """Return what is stored, but for tokens and ETags."""
    return {
        key: {name: value for name, value in row.columns.items() if name != "Token"}
        for key, row in world.tables.rows.items()
    }


async def test_replay_is_a_new_message_and_is_noted(world):
    desk = Desk(world)
    await place(desk.process)
    first = world.messages.pop()
    failed = with_failures(first.body, Failures(MAX_ATTEMPTS, MAX_ATTEMPTS, world.clock.now()))
    letter = await desk.recorded(first.queue, failed)
    assert letter.shipment_id == orjson.loads(first.body)["id"]
    world.messages.clear()
    world.clock.at += HOUR
    for replays, by in ((1, "digdir"), (2, "")):
        told = await desk.replay(letter.queue, letter.id, by=by)
        (found,) = await desk.letters.page([letter.queue], "", 10)
        assert told == found
        assert (told.replays, told.replayed_at, told.replayed_by) == (replays, world.clock.now(), by)
    one, other = world.messages
    assert one.body == other.body
    assert (one.queue, one.scheduled_at) == (first.queue, None)
    assert len({first.message_id, one.message_id, other.message_id}) == 3
    assert FAILED not in orjson.loads(one.body)


async def test_unknown_messages_are_not_replayed(world):
    desk = Desk(world)
    letter = await desk.recorded(queues.ORDERS, b"poison")
    assert await desk.replay(queues.SMS_SEND, letter.id, by="digdir") is None
    assert await desk.replay(queues.ORDERS, letter.id[:-1] + "g", by="digdir") is None
    assert world.messages == []


async def test_poison_is_replayed_as_it_is(world):
    desk = Desk(world)
    letter = await desk.recorded(queues.DELIVERY_REPORTS, b"\xff poison")
    await desk.replay(queues.DELIVERY_REPORTS, letter.id, by="digdir")
    assert [message.body for message in world.messages] == [b"\xff poison"]


async def test_message_that_was_not_kept_is_not_replayed(world):
    desk = Desk(world)
    letter = await desk.recorded(queues.DELIVERY_REPORTS, bytes(MAX_BYTES + 1))
    with pytest.raises(PermanentError):
        await desk.replay(queues.DELIVERY_REPORTS, letter.id, by="digdir")
    assert world.messages == []


async def test_replay_that_the_queue_does_not_take_is_not_noted(world):
    desk = Desk(world)
    letter = await desk.recorded(queues.ORDERS, b"poison")
    world.faults = [w.Fault.NONE, w.Fault.BEFORE]  # read, sent
    with pytest.raises(TransientError):
        await desk.replay(queues.ORDERS, letter.id, by="digdir")
    assert await desk.letters.page([queues.ORDERS], "", 10) == [letter]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"id":"5235b95c-e9b6-4ef0-8a67-372301000001"}', True),  # a notification
        (b'{"id":"x","data":{"messageId":"5235b95c-e9b6-4ef0-8a67-372301000001"}}', True),
        (b'{"id":"5235b95c-e9b6-4ef0-8a67-372301000001","data":{}}', False),  # an event's own id
        (b'{"id":"5235b95c-e9b6-4ef0-8a67-372301000001","data":"x"}', False),
        (b"[]", False),
        (b"7", False),
        (b"\xff", False),
        (b'{"id":7}', False),
    ],
)
async def test_shipment_of_a_message_is_told(world, body, found):
    letter = await Desk(world).recorded(queues.DELIVERY_REPORTS, body)
    assert letter.shipment_id == ("5235b95c-e9b6-4ef0-8a67-372301000000" if found else "")


async def test_replays_of_messages_that_were_carried_out_change_nothing(world):
    desk = Desk(world)
    await place(desk.process)
    done = await carry_out(desk.process)
    report(world)
    done += await carry_out(desk.process)
    assert {message.queue for message in done} >= {
        queues.EMAIL_SEND,
        queues.SMS_SEND,
        queues.DELIVERY_REPORTS,
        queues.STATUS_FEED,
    }
    ended, sent = truth(world), (dict(world.emails), dict(world.sms_calls))
    assert [list(calls.values()) for calls in sent] == [[1], [1]]
    for later in (timedelta(0), timedelta(minutes=3), HOUR, timedelta(days=30)):
        world.clock.at += later
        world.real_time.at += later
        for message in random.Random(7).sample(done, len(done)):
            await desk.process.handle(again(message))
        await carry_out(desk.process)
        assert truth(world) == ended
    assert (dict(world.emails), dict(world.sms_calls)) == sent


async def test_replays_between_the_steps_of_an_order_send_nothing_twice(world):
    desk = Desk(world)
    await place(desk.process)
    await carry_out(desk.process, with_replays=True)
    report(world)
    await carry_out(desk.process, with_replays=True)
    assert set(world.emails.values()) == set(world.sms_calls.values()) == {1}
    entries = [key for key in world.tables.rows if key[0] == "StatusFeed" and key[2].startswith("E")]
    assert len(entries) == 1
