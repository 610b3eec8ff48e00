"""Outages of minutes and hours: when all is well again no report is missing, and every order ended once."""

from collections import Counter
from datetime import timedelta

import orjson
import pytest

from shared.domain.orders.notification import EmailResult, SmsResult
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
from shared.records import queues
from shared.records.shipment_rows import state_of
from shared.runtime.errors import ConflictError, TransientError
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.storage import keys
from tests.support.pipeline import broker
from tests.support.pipeline import world as w
from tests.support.pipeline.feeds import feed_entries
from tests.support.pipeline.process import Process
from tests.support.virtual_time import run_virtually

ORDERS = 12
MINUTE = timedelta(minutes=1)
LOST_TIMES = [timedelta(minutes=3), timedelta(minutes=46), timedelta(hours=3), timedelta(hours=10)]


class Life:
    """A world in which time passes and Service Bus delivers."""

    def __init__(self):
        self.world = w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))
        self.process = Process(self.world)
        self.starts = True
        self.sent = Counter()  # messages delivered, by queue

    async def place(self, *, condition=None, schema=ChannelSchema.EMAIL_AND_SMS):
        """Place orders for one e-mail and one SMS each, of one owner."""
        for number in range(ORDERS):
            order = OrderRequest(
                OrderType.NOTIFICATION,
                self.world.clock.now(),
                schema,
                (Recipient(f"kari{number}@example.no", f"+479000{number:04}"),),
                email=EmailTemplate("from@example.no", "hei", "hei"),
                sms=SmsTemplate("Altinn", "hei"),
                sending_time_policy=SendingTimePolicy.ANYTIME,
                condition_endpoint=condition,
            )
            await self.process.place("ttd", ChainRequest(order))

    def report(self):
        """Let the providers report on all they have taken."""
        at = self.world.clock.now()
        self.world.messages += [
            w.sms_report(reference, SmsResult.DELIVERED, at) for reference in self.world.references
        ]
        self.world.messages += [
            w.email_report(operation, "Delivered") for operation in self.world.email_operations
        ]

    async def pass_by(self, lost):
        """Let time pass, a minute at a time at first, and in longer steps later."""
        passed = timedelta(0)
        while passed < lost:
            await self.work()
            step = MINUTE if passed < timedelta(minutes=30) else 7 * MINUTE
            self.world.clock.at += step
            self.world.real_time.at += step
            passed += step
        await self.work()

    async def work(self):
        """Do what there is to do at this time; what is given back is delivered a few times a minute."""
        if self.starts:
            await self.process.release_due()
            await self.process.replay_waiting()
        for _ in range(3):
            for queue in queues.QUEUES:
                ready = broker.ready(self.world, queue)
                size = 100 if queue in broker.BATCHES else 1
                for first in range(0, len(ready), size):
                    await self._deliver(ready[first : first + size])
            for message in list(self.world.dead):
                if await self._is_done(self.process.handle_dead(message, "MaxDeliveryCountExceeded")):
                    self.world.dead.remove(message)

    async def _deliver(self, messages):
        self.sent[messages[0].queue] += len(messages)
        if await self._is_done(self.process.handle(*messages)):
            broker.completed(self.world, messages)
        else:
            broker.given_back(self.world, messages)

    async def _is_done(self, work):
        if not self.starts:
            work.close()
            return False
        try:
            await work
        except TransientError:
            return False
        return True

    def rows(self, table):
        return [(key[1], row) for key, row in self.world.tables.rows.items() if key[0] == table]

    def ended(self, *results):
        """Check that every order has ended once, as delivered or with these results, and nothing is left."""
        expected = set(results) or {EmailResult.DELIVERED, SmsResult.DELIVERED}
        assert len(feed_entries(self.world.tables)) == ORDERS
        for row in self.world.tables.chains().values():
            state = state_of(row)
            assert {n.result for n in state.notifications} == expected
        assert not self.world.tables.agenda()
        assert not self.rows(keys.DEAD_LETTERS), "an operator is needed for poison only"
        assert not self.world.dead
        assert not self.world.messages
        assert {*self.world.sms_calls.values(), *self.world.emails.values()} <= {1}
        assert not self.world.broken_rules


@pytest.mark.parametrize("lost", LOST_TIMES, ids=str)
@pytest.mark.parametrize(
    ("storage", "sending", "starts"),
    [
        (True, False, True),
        (False, True, True),
        (True, True, True),
        (True, True, False),  # the app cannot start without its settings, its network or its tables
    ],
)
def test_reports_survive_whatever_is_down(lost, storage, sending, starts):
    async def scenario():
        life = Life()
        await life.place()
        await life.pass_by(MINUTE)
        life.report()
        life.world.storage_down, life.world.queues_down, life.starts = storage, sending, starts
        await life.pass_by(lost)
        life.world.storage_down = life.world.queues_down = False
        life.starts = True
        await life.pass_by(timedelta(minutes=20))
        life.ended()

    run_virtually(scenario())


@pytest.mark.parametrize("lost", LOST_TIMES, ids=str)
def test_report_that_finds_only_its_row_contended_costs_the_others_nothing(lost, monkeypatch):
    """With no queue to take a copy of it either, which is when a batch used to be lost with it."""

    async def scenario():
        life = Life()
        await life.place()
        await life.pass_by(MINUTE)
        life.report()
        record = RecordOutcomes.of_notification
        one = orjson.loads(life.world.messages[0].body)["reference"]
        unlucky = keys.reference_key(one)
        item = life.world.tables.rows[keys.GATEWAY_REFERENCES, *unlucky].columns["Notification"]

        async def contended(self, notification, outcome, known=None):
            if str(notification) == item:
                raise ConflictError("the row stayed contended")
            return await record(self, notification, outcome, known)

        life.world.queues_down = True
        with monkeypatch.context() as broken:
            broken.setattr(RecordOutcomes, "of_notification", contended)
            await life.work()
            assert life.sent[queues.DELIVERY_REPORTS] == 2 * ORDERS, "all were delivered once"
            assert not life.world.dead
            await life.pass_by(lost)
        life.world.queues_down = False
        await life.pass_by(timedelta(minutes=20))
        life.ended()

    run_virtually(scenario())


@pytest.mark.parametrize("lost", [timedelta(minutes=46), timedelta(hours=3)], ids=str)
def test_outage_of_storage_does_not_multiply_the_work_behind_it(lost):
    async def scenario():
        life = Life()
        await life.place()
        await life.pass_by(MINUTE)
        life.report()
        life.world.storage_down = True
        await life.pass_by(lost)
        life.world.storage_down = False
        life.sent.clear()
        await life.pass_by(timedelta(minutes=20))
        life.ended()
        assert life.sent[queues.DELIVERY_REPORTS] == 2 * ORDERS
        assert life.sent[queues.STATUS_FEED] <= 2 * ORDERS

    run_virtually(scenario())


@pytest.mark.parametrize("condition", [None, "https://condition.example"], ids=["sending", "waking"])
def test_work_of_an_order_ends_with_the_order(condition):
    """Storage is back when the messages have lost their worth: nobody sends them, nobody goes on trying."""

    async def scenario():
        life = Life()
        await life.place(condition=condition, schema=ChannelSchema.SMS)
        life.world.storage_down = True
        await life.pass_by(timedelta(hours=50))
        life.world.storage_down = False
        await life.pass_by(timedelta(minutes=30))
        assert not life.world.sms_calls
        life.ended(SmsResult.FAILED_TTL)
        life.sent.clear()
        await life.pass_by(timedelta(days=1))
        assert not life.sent

    run_virtually(scenario())


@pytest.mark.parametrize("lost", LOST_TIMES, ids=str)
@pytest.mark.parametrize("condition", [None, "https://condition.example"], ids=["sending", "waking"])
def test_messages_whose_worth_outlasts_an_outage_of_storage_are_delivered_once(lost, condition):
    async def scenario():
        life = Life()
        await life.place(condition=condition)
        life.world.storage_down = True
        await life.pass_by(lost)
        life.world.storage_down = False
        await life.pass_by(timedelta(minutes=16))
        assert len(life.world.sms_calls) == len(life.world.emails) == ORDERS
        life.report()
        await life.pass_by(timedelta(minutes=20))
        life.ended()

    run_virtually(scenario())
