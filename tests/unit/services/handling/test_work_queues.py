"""Which queue each piece of work goes to, under which id, and who is told when the queue does not take it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.notification import Outcome, SmsResult
from shared.domain.orders.order import (
    LONG_TEXT,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.ports.queues import QueuedMessage
from shared.records import queues
from shared.records.agenda_entry import AgendaEntry, agenda_row
from shared.records.messages import OutcomeNews, SendWork, Wake, load_feed_news, load_send_work, load_wake
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import PermanentError, TransientError
from shared.services.handling.busy_owners import AT_ONCE, BusyOwners
from shared.services.handling.work_queues import COPY_SECONDS, DIRECT_SECONDS, WorkQueues
from tests.support.pipeline.world import VirtualClock, start_of_day

AT, MINUTE = start_of_day(), timedelta(minutes=1)
CHANNEL = [Channel.EMAIL]
ITEM = IdMaker(b"0" * 32).random_chain().of_shipment(1)


class Sender:
    """Takes messages and notes how long it was given, or fails."""

    def __init__(self):
        self.sent: list[QueuedMessage] = []
        self.deadlines: list[float] = []
        self.error: Exception | None = None

    async def send(self, message, *, deadline):
        await self.send_all([message], deadline=deadline)

    async def send_all(self, messages, *, deadline):
        if self.error is not None:
            raise self.error
        self.sent += messages
        self.deadlines.append(deadline)


@pytest.fixture
def sender():
    return Sender()


@pytest.fixture
def work_queues(sender):
    return WorkQueues(sender=sender, busy_owners=BusyOwners(real_time=VirtualClock(AT)))


def key(due=AT, nonce="Sx"):
    return AgendaKey("00", agenda_row(due, ITEM, nonce, under_way=False))


def entry(due=AT):
    return AgendaEntry(key(due), ITEM, 0, AT + timedelta(days=2), AT.timestamp())


def stored(status=OrderStatus.PROCESSED):
    order = OrderRequest(OrderType.NOTIFICATION, AT, ChannelSchema.EMAIL_AND_SMS, ())
    return StoredShipment(ITEM, "ttd", AT, order, ShipmentState(status, AT, key()), "e1")


async def test_each_channel_has_a_send_queue(work_queues, sender):
    assert await work_queues.forward(stored(), Channel, key())
    assert [message.queue for message in sender.sent] == [queues.EMAIL_SEND, queues.SMS_SEND]
    assert {load_send_work(message.body).item for message in sender.sent} == {ITEM}
    assert sender.deadlines == [DIRECT_SECONDS] * 2


async def test_a_later_visit_sends_under_another_id_and_a_double_under_the_same(work_queues, sender):
    for visit in (key(), key(), key(AT + MINUTE)):
        await work_queues.forward(stored(), [Channel.SMS], visit)
    first, double, later = (message.message_id for message in sender.sent)
    assert first == double != later


async def test_a_copy_is_scheduled_and_counts_its_attempt(work_queues, sender):
    await work_queues.send_copy(Channel.EMAIL, SendWork(ITEM, 3, None), AT + MINUTE)
    (copy,) = sender.sent
    assert (copy.queue, copy.scheduled_at) == (queues.EMAIL_SEND, AT + MINUTE)
    assert load_send_work(copy.body).attempt == 3


async def test_wakes_go_to_the_queue_of_orders_or_of_pages_at_once_or_at_an_instant(work_queues, sender):
    assert await work_queues.wake(Wake(entry()))
    assert await work_queues.wake_at(Wake(entry(), page=2), AT + MINUTE)
    now, later = sender.sent
    assert (now.queue, later.queue) == (queues.ORDERS, queues.ORDERS_BULK)
    assert now.scheduled_at is None
    assert AT + MINUTE < later.scheduled_at <= AT + MINUTE + timedelta(seconds=1), "clocks differ a little"
    assert [load_wake(message.body).page for message in sender.sent] == [0, 2]


async def test_wakes_of_an_owner_that_has_many_go_where_they_delay_nobody(work_queues, sender):
    greedy, honest = replace(entry(), owner="greedy"), replace(entry(), owner="honest")
    for _ in range(AT_ONCE):
        await work_queues.wake_moved([(greedy, greedy)] * 50)
        await work_queues.wake(Wake(honest))
    sent = Counter((load_wake(message.body).entry.owner, message.queue) for message in sender.sent)
    assert sent["honest", queues.ORDERS] == AT_ONCE == sent["greedy", queues.ORDERS]
    assert sent["greedy", queues.ORDERS_BULK] == 49 * AT_ONCE


async def test_emails_and_sms_of_an_owner_that_has_many_go_where_they_delay_nobody(work_queues, sender):
    greedy, honest = replace(stored(), creator="greedy"), replace(stored(), creator="honest")
    for _ in range(AT_ONCE):
        for _ in range(50):
            await work_queues.forward(greedy, Channel, key())
        await work_queues.forward(honest, Channel, key())
    sent = Counter((load_send_work(message.body).stored.creator, message.queue) for message in sender.sent)
    for queue in (queues.EMAIL_SEND, queues.SMS_SEND):
        assert sent["honest", queue] == AT_ONCE == sent["greedy", queue]
        assert sent["greedy", f"{queue}-bulk"] == 49 * AT_ONCE
    assert all(message.may_share for message in sender.sent), "they cost no more messages there"


@pytest.mark.parametrize(("times", "queue"), [(65, "email-send"), (66, "email-send-bulk")])
async def test_a_text_that_fields_make_long_is_sent_where_it_delays_nobody(work_queues, sender, times, queue):
    body = EmailTemplate("from@example.no", "hei", "{{a}}" * times)
    to = Recipient("kari@example.no", fields={"a": "x" * 1000})
    order = replace(stored().order, email=body, recipients=(to,))
    await work_queues.forward(replace(stored(), order=order), CHANNEL, key())
    assert [message.queue for message in sender.sent] == [queue]


@pytest.mark.parametrize(("length", "queue"), [(LONG_TEXT, "email-send"), (LONG_TEXT + 1, "email-send-bulk")])
async def test_a_long_text_is_sent_where_it_delays_nobody(work_queues, sender, length, queue):
    email = EmailTemplate("from@example.no", "s", "x" * length)
    await work_queues.forward(replace(stored(), order=replace(stored().order, email=email)), CHANNEL, key())
    assert [message.queue for message in sender.sent] == [queue]


async def test_pages_are_sent_where_they_delay_nobody_and_so_are_their_copies(work_queues, sender):
    await work_queues.forward(replace(stored(), item=ITEM.of_page(3)), CHANNEL, key())
    work = load_send_work(sender.sent[0].body)
    for later in (work, replace(work, stored=None, attempt=2)):
        await work_queues.send_copy(Channel.EMAIL, later, AT + MINUTE)
    assert [message.queue for message in sender.sent] == [queues.EMAIL_SEND_BULK] * 3


async def test_two_processes_that_make_one_visit_wake_under_one_id(work_queues, sender):
    await work_queues.wake_moved([(entry(), entry(AT + MINUTE))])
    await work_queues.wake_moved([(entry(), entry(AT + 2 * MINUTE))])
    await work_queues.wake_moved([(entry(AT + MINUTE), entry(AT + 3 * MINUTE))])
    first, other, next_visit = (message.message_id for message in sender.sent)
    assert first == other != next_visit
    assert load_wake(sender.sent[0].body).entry.due_at == AT + MINUTE


async def test_pages_are_woken_by_one_send(work_queues, sender):
    times = [None, AT + MINUTE, AT + 2 * MINUTE]
    await work_queues.wake_all([(Wake(entry(), page), at) for page, at in enumerate(times, 1)])
    assert len({message.message_id for message in sender.sent}) == 3
    assert [message.scheduled_at is None for message in sender.sent] == [True, False, False]
    assert [load_wake(message.body).page for message in sender.sent] == [1, 2, 3]
    assert sender.deadlines == [COPY_SECONDS]


async def test_news_of_an_end_tells_the_feed_what_it_came_to(work_queues, sender):
    assert await work_queues.publish(stored(OrderStatus.COMPLETED))
    (message,) = sender.sent
    news = load_feed_news(message.body)
    assert message.queue == queues.STATUS_FEED
    assert (news.item, news.owner, news.agenda) == (ITEM, "ttd", key())
    assert news.closed.status is OrderStatus.COMPLETED
    await work_queues.publish(stored(OrderStatus.COMPLETED), key(AT + MINUTE))
    assert load_feed_news(sender.sent[1].body).agenda == key(AT + MINUTE)


async def test_an_outcome_that_could_not_be_recorded_goes_to_the_reports(work_queues, sender):
    news = OutcomeNews(ITEM.of_notification(1), Channel.SMS, Outcome(SmsResult.ACCEPTED, AT, "r-1"))
    await work_queues.keep_outcome(news, AT)
    await work_queues.keep_outcome(replace(news, outcome=Outcome(SmsResult.DELIVERED, AT)), AT)
    assert {message.queue for message in sender.sent} == {queues.DELIVERY_REPORTS}
    assert len({message.message_id for message in sender.sent}) == 2


@pytest.mark.parametrize("error", [TransientError("down"), PermanentError("too large")], ids=repr)
async def test_what_the_agenda_repeats_is_only_logged_when_it_fails(work_queues, sender, caplog, error):
    sender.error = error
    assert not await work_queues.forward(stored(), [Channel.SMS], key())
    assert not await work_queues.wake(Wake(entry()))
    assert not await work_queues.wake_at(Wake(entry()), AT)
    assert not await work_queues.publish(stored(OrderStatus.COMPLETED))
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 4


async def test_who_has_to_know_is_told_of_a_failure(work_queues, sender):
    sender.error = TransientError("down")
    news = OutcomeNews(ITEM.of_notification(1), Channel.SMS, Outcome(SmsResult.ACCEPTED, AT))
    for work in (
        work_queues.send_copy(Channel.SMS, SendWork(ITEM, 2, None), AT),
        work_queues.wake_moved([(entry(), entry())]),
        work_queues.wake_all([(Wake(entry()), None)]),
        work_queues.keep_outcome(news, AT),
    ):
        with pytest.raises(TransientError):
            await work


async def test_one_queue_that_fails_keeps_the_other_channel_from_nothing(work_queues, sender, monkeypatch):
    send = sender.send

    async def no_email(message, *, deadline):
        if message.queue == queues.EMAIL_SEND:
            raise TransientError("down")
        await send(message, deadline=deadline)

    monkeypatch.setattr(sender, "send", no_email)
    assert not await work_queues.forward(stored(), Channel, key())
    assert [message.queue for message in sender.sent] == [queues.SMS_SEND]
