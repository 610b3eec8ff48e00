"""The invariants of the pipeline, searched for by a state machine over a misbehaving world.

Whatever fails, dies, is lost, doubled, reordered or late: an accepted order is never forgotten, never told
twice in the feed, and no SMS is sent more often than answers were lost.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.domain.condition import ConditionAnswer, ConditionOutcome, ConditionPolicy, WhenInconclusive
from shared.domain.metrics import Counts, counts_of
from shared.domain.notification import SmsResult
from shared.domain.order import (
    Attachment,
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
from shared.domain.tracking import ClosedShipment, closed_shipment
from shared.errors import NotificationsError
from shared.ids import parse_id
from shared.services.place_order import Receipt
from shared.storage import keys
from shared.storage.codec import closed_from_json, unpack
from shared.storage.order_rows import TOMBSTONE, StoredOrder, page_recipients, state_of, stored_order
from tests.property.process import Process
from tests.property.world import (
    CONTENT_RETENTION,
    INCONCLUSIVE,
    MET,
    METADATA_RETENTION,
    NOT_MET,
    Fault,
    VirtualClock,
    World,
    email_report,
    registered,
    sms_report,
    start_of_day,
)

OWNERS = ("ttd", "skd")
RECIPIENTS = ("address", "person", "organization")
SECRET_LINK = "https://account.blob.core.windows.net/c/vedtak.pdf?sig=secret"
INSTANT_NUMBERS = "+4791100"
CLEAN_UP_STEPS = (
    [timedelta(minutes=3)] * 4 + [timedelta(minutes=11), timedelta(hours=1)] + [timedelta(hours=7)] * 24
)

_no_pause = asyncio.sleep


async def _instantly(_: float, result: Any = None) -> Any:
    return await _no_pause(0, result)


class PipelineMachine(RuleBasedStateMachine):
    """Places, delivers, loses, reports and lets time pass, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))
        self.process = self._run_new_process()
        self.accepted: dict[str, str] = {}  # shipment id → owner
        self.receipts: dict[tuple[str, str], Receipt] = {}
        self.created: set[tuple[str, str]] = set()
        self.told: dict[str, tuple[str, int]] = {}  # shipment id → owner, number in the feed
        self.hidden: set[str] = set()  # cancelled shipments that their owners are not told of
        self.cancelled: dict[str, set[str]] = {}  # shipment id → numbers that must never be called for it
        self.counted: dict[str, Counts] = dict.fromkeys(OWNERS, Counts())
        self.orders = 0
        self.instant_calls = 0  # calls for instant messages while their requests were being answered

    def _run_new_process(self) -> Process:
        async def start() -> Process:
            return Process(self.world)

        return self.loop.run_until_complete(start())

    def run[T](self, work: Coroutine[Any, Any, T]) -> T | None:
        """Run a piece of work; None when the process died under it or it failed as it may."""
        process = self.process

        async def until_death() -> T | None:
            task = asyncio.ensure_future(work)
            death = asyncio.ensure_future(process.died.wait())
            await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
            death.cancel()
            if process.died.is_set():
                task.cancel()
                await asyncio.wait({task})
                return None
            return task.result()

        with patch("asyncio.sleep", _instantly):
            try:
                result = self.loop.run_until_complete(until_death())
            except NotificationsError:
                result = None
        if process.died.is_set():
            self.process = self._run_new_process()
        return result

    # -- what callers do ------------------------------------------------------------------------------------

    @rule(
        owner=st.sampled_from(OWNERS),
        number=st.integers(0, 3),
        sms=st.booleans(),
        policy=st.sampled_from(SendingTimePolicy),
        delay=st.sampled_from([timedelta(0), timedelta(hours=3), timedelta(hours=11)]),
        condition=st.booleans(),
        reminder=st.booleans(),
        whom=st.sampled_from(RECIPIENTS),
        schema=st.sampled_from([None, ChannelSchema.EMAIL_AND_SMS, ChannelSchema.SMS_PREFERRED]),
    )
    def place(
        self,
        owner: str,
        number: int,
        sms: bool,
        policy: SendingTimePolicy,
        delay: timedelta,
        condition: bool,
        reminder: bool,
        whom: str,
        schema: ChannelSchema | None,
    ) -> None:
        """Place an order, or repeat one: the same owner and number are the same idempotency id."""
        at = self.world.clock.now() + delay
        url = "https://condition.example" if condition else None
        main = self._order(OrderType.NOTIFICATION, at, sms, policy, url)
        if whom != "address":
            main = self._to_somebody(main, whom, policy, schema)
        reminders = (self._order(OrderType.REMINDER, at + timedelta(days=1), not sms, policy, None),)
        request = ChainRequest(main, reminders if reminder else (), idempotency_id=f"id-{number}")
        receipt = self.run(self.process.place(owner, request))
        if receipt is not None:
            self._accept(owner, request, receipt)

    def _accept(self, owner: str, request: ChainRequest, receipt: Receipt) -> None:
        key = (owner, request.idempotency_id or "")
        known = self.receipts.setdefault(key, receipt)
        assert known.shipments == receipt.shipments, "a repeat got another receipt"
        if receipt.created:
            assert key not in self.created, "a repeat was answered as new"
            self.created.add(key)
        self.accepted.update((shipment_id, owner) for shipment_id, _ in receipt.shipments)

    @rule(
        owner=st.sampled_from(OWNERS),
        sms=st.booleans(),
        policy=st.sampled_from(SendingTimePolicy),
        condition=st.booleans(),
        whom=st.lists(st.sampled_from(RECIPIENTS), min_size=5, max_size=5),
    )
    def place_large(
        self, owner: str, sms: bool, policy: SendingTimePolicy, condition: bool, whom: list[str]
    ) -> None:
        """Place an order of several pages, which cannot be repeated; some pages have to be looked up."""
        single = []
        url = "https://condition.example" if condition else None
        for kind in whom:
            order = self._order(OrderType.NOTIFICATION, self.world.clock.now(), sms, policy, url)
            single.append(order if kind == "address" else self._to_somebody(order, kind, policy, None))
        large = replace(single[0], recipients=tuple(order.recipients[0] for order in single))
        with patch("shared.services.place_order.RECIPIENTS_PER_PAGE", 2):
            receipt = self.run(self.process.place(owner, ChainRequest(large)))
        if receipt is not None:
            self.accepted.update((shipment_id, owner) for shipment_id, _ in receipt.shipments)

    @rule(owner=st.sampled_from(OWNERS), number=st.integers(0, 3), sms=st.booleans(), twice=st.booleans())
    def send_instant(self, owner: str, number: int, sms: bool, twice: bool) -> None:
        """Send an instant message, or repeat one, perhaps twice at the same time."""
        request = ChainRequest(self._instant_order(owner, number, sms), idempotency_id=f"instant-{number}")
        send, called = self.process.send_instant, self._calls_for_instants()

        async def answers() -> list[Receipt]:
            sent = await asyncio.gather(
                *(send(owner, request) for _ in range(2 if twice else 1)), return_exceptions=True
            )
            assert all(isinstance(one, Receipt | NotificationsError) for one in sent), sent
            return [one for one in sent if isinstance(one, Receipt)]

        receipts = self.run(answers()) or []
        for receipt in receipts:
            self._accept(owner, request, receipt)
        new_calls = self._calls_for_instants() - called
        assert new_calls <= 1, "concurrent repeats were both sent"
        self.instant_calls += new_calls

    def _instant_order(self, owner: str, number: int, sms: bool) -> OrderRequest:
        kind, at, anytime = OrderType.INSTANT, self.world.clock.now(), SendingTimePolicy.ANYTIME
        name = f"{OWNERS.index(owner)}{number}"
        if sms:
            return OrderRequest(
                kind,
                at,
                ChannelSchema.SMS,
                (Recipient(mobile_number=f"{INSTANT_NUMBERS}{name}"),),
                sms=SmsTemplate(anytime.value, "kode"),
                sending_time_policy=anytime,
                time_to_live_seconds=300,
            )
        return OrderRequest(
            kind,
            at,
            ChannelSchema.EMAIL,
            (Recipient(email_address=f"instant{name}@example.no"),),
            email=EmailTemplate("noreply@example.no", "kode", "kode"),
            sending_time_policy=anytime,
        )

    def _calls_for_instants(self) -> int:
        return sum(
            calls for number, calls in self.world.sms_calls.items() if number.startswith(INSTANT_NUMBERS)
        )

    def _order(
        self, kind: OrderType, at: Any, sms: bool, policy: SendingTimePolicy, url: str | None
    ) -> OrderRequest:
        self.orders += 1
        if sms:
            return OrderRequest(
                kind,
                at,
                ChannelSchema.SMS,
                (Recipient(mobile_number=f"+47900{self.orders:05}"),),
                sms=SmsTemplate(policy.value, "hei"),
                sending_time_policy=policy,
                condition_endpoint=url,
            )
        return OrderRequest(
            kind,
            at,
            ChannelSchema.EMAIL,
            (Recipient(email_address=f"a{self.orders}@example.no"),),
            email=EmailTemplate("noreply@example.no", "hei", "hei"),
            condition_endpoint=url,
        )

    def _to_somebody(
        self, order: OrderRequest, kind: str, policy: SendingTimePolicy, schema: ChannelSchema | None
    ) -> OrderRequest:
        """Return the order to a person or organisation nobody else writes to, with a text that names it."""
        text = "til $recipientName$ ($recipientNumber$)"
        number = f"10203{self.orders:05}"
        to = (
            Recipient(national_identity_number=f"0{number}")
            if kind == "person"
            else Recipient(organization_number=f"3{number[-8:]}")
        )
        return replace(
            order,
            channel_schema=schema or order.channel_schema,
            recipients=(to,),
            email=EmailTemplate("noreply@example.no", text, text),
            sms=SmsTemplate(policy.value, text),
            sending_time_policy=policy,
        )

    # -- what the queues do ---------------------------------------------------------------------------------

    def _ready(self) -> list[int]:
        now = self.world.clock.now()
        return [
            index
            for index, message in enumerate(self.world.messages)
            if message.scheduled_at is None or message.scheduled_at <= now
        ]

    @rule(choice=st.integers(0, 50), keep=st.booleans())
    def deliver(self, choice: int, keep: bool) -> None:
        """Deliver a message; it stays on the queue when the process dies, or as its double."""
        ready = self._ready()
        if ready:
            self._deliver(ready[choice % len(ready)], keep=keep)

    def _deliver(self, index: int, *, keep: bool) -> None:
        message = self.world.messages[index]
        process = self.process
        self.run(process.handle(message))
        if not keep and not process.died.is_set():
            self.world.messages.remove(message)

    @rule(choice=st.integers(0, 50))
    def lose(self, choice: int) -> None:
        """Lose a message, as an exhausted delivery count does."""
        if self.world.messages:
            self.world.messages.pop(choice % len(self.world.messages))

    @rule()
    def wipe(self) -> None:
        """Lose every queue at once."""
        self.world.messages.clear()

    @rule(choice=st.integers(0, 50), other=st.integers(0, 50))
    def deliver_side_by_side(self, choice: int, other: int) -> None:
        """Deliver two messages concurrently; often doubles of the same work."""
        ready = self._ready()
        if not ready:
            return
        first = self.world.messages[ready[choice % len(ready)]]
        second = self.world.messages[ready[other % len(ready)]]

        async def both() -> None:
            await asyncio.gather(
                self.process.handle(first), self.process.handle(second), return_exceptions=True
            )

        self.run(both())

    @rule()
    def tick(self) -> None:
        """Run the timer."""
        self.run(self.process.release_due())

    # -- what providers do ----------------------------------------------------------------------------------

    @rule(
        choice=st.integers(0, 50), result=st.sampled_from([SmsResult.DELIVERED, SmsResult.FAILED_UNDELIVERED])
    )
    def report_sms(self, choice: int, result: SmsResult) -> None:
        """Report on any SMS the gateway ever took, perhaps again, perhaps differently."""
        references = list(self.world.references)
        if references:
            reference = references[choice % len(references)]
            self.world.messages.append(sms_report(reference, result, self.world.clock.now()))

    @rule(choice=st.integers(0, 50), result=st.sampled_from(["Delivered", "Failed_Bounced"]))
    def report_email(self, choice: int, result: str) -> None:
        """Report on any e-mail the provider ever took."""
        operations = list(self.world.email_operations)
        if operations:
            operation = operations[choice % len(operations)]
            self.world.messages.append(email_report(operation, result))

    @rule(owner=st.sampled_from(OWNERS), number=st.integers(0, 3))
    def place_composed(self, owner: str, number: int) -> None:
        """Place an e-mail with a file, or repeat one."""
        file = Attachment("vedtak.pdf", "application/pdf", SECRET_LINK)
        email = self._order(
            OrderType.COMPOSED, self.world.clock.now(), False, SendingTimePolicy.ANYTIME, None
        )
        assert email.email is not None
        main = replace(email, email=replace(email.email, attachments=(file,)))
        request = ChainRequest(main, idempotency_id=f"composed-{number}")
        receipt = self.run(self.process.place(owner, request))
        if receipt is not None:
            self._accept(owner, request, receipt)

    @rule(back=st.integers(0, 5), whole=st.booleans())
    def cancel(self, back: int, whole: bool) -> None:
        """Cancel one of the latest shipments, or its chain as far as that can be done."""
        for shipment_id in list(self.accepted)[-1 - back :][:1]:
            owner, item = self.accepted[shipment_id], parse_id(shipment_id)
            assert item is not None
            if whole:
                found = self.run(self.process.cancel_chain(owner, str(item.chain))) or []
            else:
                one = self.run(self.process.cancel_order(owner, shipment_id))
                found = [] if one is None else [one]
            for stored in found:
                if stored.state.status is OrderStatus.CANCELLED:
                    numbers = {number for to in stored.order.recipients for number in _numbers_of(to)}
                    self.cancelled[str(stored.item)] = numbers

    @rule(hold=st.booleans())
    def change_links(self, hold: bool) -> None:
        """Let the links to files expire, or hold again."""
        self.world.links_hold = hold

    @rule(answer=st.sampled_from([MET, NOT_MET, INCONCLUSIVE]))
    def change_condition(self, answer: ConditionAnswer) -> None:
        """Let the senders' conditions answer differently from now on."""
        self.world.condition = answer

    @rule(
        attempts=st.integers(1, 3), minutes=st.sampled_from([1, 20]), then=st.sampled_from(WhenInconclusive)
    )
    def change_policy(self, attempts: int, minutes: int, then: WhenInconclusive) -> None:
        """Start again with another patience with conditions."""
        self.world.conditions = ConditionPolicy(attempts, timedelta(minutes=minutes), then)
        self.process = self._run_new_process()

    @rule(limit=st.sampled_from([0, 3, 20]))
    def limit_providers(self, limit: int) -> None:
        """Start again with a limit on e-mails a minute and SMS a second, or without."""
        self.world.provider_limit = limit
        self.process = self._run_new_process()

    @rule(down=st.booleans())
    def break_registers(self, down: bool) -> None:
        """Let the registers fail from now on, or answer again; they may still be down when all ends."""
        self.world.registers_down = down

    @rule(back=st.integers(0, 3))
    def forget_somebody(self, back: int) -> None:
        """Let the registers know no more of one of the latest people and organisations."""
        number = f"10203{self.orders - back:05}"
        self.world.gone |= {f"0{number}", f"3{number[-8:]}"}

    # -- what goes wrong ------------------------------------------------------------------------------------

    @rule(skip=st.integers(0, 6), fault=st.sampled_from([f for f in Fault if f is not Fault.NONE]))
    def arm(self, skip: int, fault: Fault) -> None:
        """Let one of the next calls to the outside misbehave."""
        self.world.faults = [Fault.NONE] * skip + [fault]

    @rule()
    def restart(self) -> None:
        """Replace the process: its caches are gone."""
        self.process = self._run_new_process()

    @rule(minutes=st.sampled_from([1, 3, 7, 20, 70, 9 * 60]))
    def pass_time(self, minutes: int) -> None:
        """Let time pass for everybody."""
        self.world.clock.at += timedelta(minutes=minutes)
        self.world.real_time.at += timedelta(minutes=minutes)

    @rule(minutes=st.sampled_from([-30, 5, 60, 15 * 60]))
    def move_clock(self, minutes: int) -> None:
        """Move the business clock alone, as the local cloud may."""
        self.world.clock.at += timedelta(minutes=minutes)

    @rule(age=st.sampled_from([timedelta(0), CONTENT_RETENTION, METADATA_RETENTION]))
    def purge(self, age: timedelta) -> None:
        """Let time pass without anybody at work, then purge what is old."""
        self._grow_old(age)

    def _grow_old(self, age: timedelta) -> None:
        self.world.clock.at += age
        self.world.real_time.at += age
        if age:
            self.world.messages.clear()  # no queue keeps a message for more than 14 days
        self.run(self.process.purge())

    # -- what must hold -------------------------------------------------------------------------------------

    def _feed(self, owner: str) -> list[Any]:
        rows = self.world.tables.partition(keys.STATUS_FEED, keys.feed_partition(owner))
        return [
            (keys.feed_sequence(row.row_key), closed_from_json(unpack(row.properties["Body"])))  # type: ignore[arg-type]
            for row in rows
            if row.row_key.startswith("E")
        ]

    def _read_feeds(self) -> None:
        """Note what is new in the feeds, before it grows old and goes."""
        for owner in OWNERS:
            for row in self.world.tables.partition(keys.STATUS_FEED, keys.feed_partition(owner)):
                shipment_id = row.row_key.partition("|")[2]
                if row.row_key.startswith("H") and shipment_id not in self.hidden:
                    self.hidden.add(shipment_id)
                    self.counted[owner] += Counts(orders=1)
            for number, closed in self._feed(owner):
                if closed.shipment_id not in self.told:
                    self.told[closed.shipment_id] = (owner, number)
                    self.counted[owner] += counts_of(self._rows_of(closed))

    def _rows_of(self, closed: ClosedShipment) -> list[ClosedShipment]:
        """Return a shipment as itself or, if it is a large one, as its pages."""
        item = parse_id(closed.shipment_id)
        if item is None or not closed.pages:
            return [closed]
        rows = self.world.tables.partition(keys.ORDERS, item.chain_key)
        above, below = keys.page_range(item)
        order = stored_order(item, next(row for row in rows if row.row_key == keys.shipment_row(item))).order
        return [
            closed_shipment("", replace(order, recipients=page_recipients(row)), state_of(row))
            for row in rows
            if above < row.row_key < below
        ]

    @invariant()
    def every_open_order_is_on_the_agenda(self) -> None:
        """An accepted order has an agenda row until its feed entry is written."""
        listed = {
            keys.agenda_parts(row_key)[1]
            for table, _, row_key in self.world.tables.rows
            if table == keys.AGENDA
        }
        self._read_feeds()
        assert set(self.accepted) <= listed | set(self.told) | self.hidden

    @invariant()
    def the_feed_is_gapless_and_tells_each_once(self) -> None:
        """Numbers run from 1 without gap; a shipment is told once, also when its entry has been purged."""
        self._read_feeds()
        for owner in OWNERS:
            for number, closed in self._feed(owner):
                assert self.told[closed.shipment_id] == (owner, number), "a shipment was told again"
            numbers = sorted(number for of, number in self.told.values() if of == owner)
            assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def every_shipment_in_the_feed_is_counted_once(self) -> None:
        """Billing rests on these numbers, so a lost answer must neither add nor drop a shipment."""
        self._read_feeds()
        for owner in OWNERS:
            head = self.world.tables.rows.get((keys.STATUS_FEED, keys.feed_partition(owner), keys.FEED_HEAD))
            columns = {} if head is None else head.properties
            counted = [
                Counts(*orjson.loads(str(v))) for name, v in columns.items() if name.startswith("Counts")
            ]
            assert sum(counted, Counts()) == self.counted[owner]

    @invariant()
    def no_sms_is_sent_more_often_than_answers_were_lost(self) -> None:
        """One call, one more for an answer that was lost, never a third."""
        for number, calls in self.world.sms_calls.items():
            assert calls <= min(2, 1 + self.world.sms_lost_answers[number]), number
        assert not self.world.broken_rules

    @invariant()
    def an_instant_message_is_sent_once_and_within_its_request(self) -> None:
        """No queue and no timer ever sends one, not even when its answer was lost."""
        calls = {n: c for n, c in self.world.sms_calls.items() if n.startswith(INSTANT_NUMBERS)}
        assert all(count == 1 for count in calls.values()), calls
        assert sum(calls.values()) == self.instant_calls

    @invariant()
    def nothing_leaves_against_its_condition(self) -> None:
        """What was sent had the sender's last word for it, or the policy's in its place."""
        for stored in self._conditional_orders():
            outcome = None if stored.state.condition is None else stored.state.condition.outcome
            stopped = outcome is not None and outcome.stops
            assert stopped == (stored.state.status is OrderStatus.SEND_CONDITION_NOT_MET)
            allowed = outcome in (ConditionOutcome.MET, ConditionOutcome.INCONCLUSIVE_SENT)
            assert allowed or not self._was_sent(stored), outcome

    def _conditional_orders(self) -> Iterator[StoredOrder]:
        for item in map(parse_id, self.accepted):
            assert item is not None
            row = self.world.tables.rows.get((keys.ORDERS, item.chain_key, keys.shipment_row(item)))
            if row is not None and TOMBSTONE not in row.properties:
                stored = stored_order(item, row)
                if stored.order.condition_endpoint is not None:
                    yield stored

    def _was_sent(self, stored: StoredOrder) -> bool:
        if any((sent := parse_id(id_)) and sent.owner == stored.item for id_ in self.world.email_operations):
            return True
        above, below = keys.page_range(stored.item)
        rows = self.world.tables.partition(keys.ORDERS, stored.item.chain_key)
        pages = [page_recipients(row) for row in rows if above < row.row_key < below]
        recipients = itertools.chain(stored.order.recipients, *pages)
        return any(self.world.sms_calls[number] for to in recipients for number in _numbers_of(to))

    @invariant()
    def what_was_cancelled_is_never_sent(self) -> None:
        """Once the owner was told that a shipment is cancelled, no provider hears of it."""
        for shipment_id, numbers in self.cancelled.items():
            assert not numbers & set(self.world.sms_calls), shipment_id
        sent = (parse_id(operation) for operation in self.world.email_operations)
        assert not {str(item.owner) for item in sent if item is not None} & set(self.cancelled)

    @invariant()
    def no_link_to_a_file_is_on_a_queue(self) -> None:
        """Links are secrets; queues are read by many."""
        assert not any(SECRET_LINK.encode() in message.body for message in self.world.messages)

    @invariant()
    def no_email_is_sent_twice(self) -> None:
        """The provider was never made to send an e-mail again."""
        assert all(count == 1 for count in self.world.emails.values())

    def teardown(self) -> None:
        """Stop all misbehaviour: every accepted order ends, with exactly one feed entry."""
        self.world.faults.clear()
        for step in CLEAN_UP_STEPS:
            self.run(self.process.release_due())
            for _ in range(200):
                ready = self._ready()
                if not ready:
                    break
                self._deliver(ready[0], keep=False)
            self.world.clock.at += step
            self.world.real_time.at += step
        self._read_feeds()
        assert set(self.accepted) <= set(self.told) | self.hidden
        assert not self.hidden & set(self.told)
        agenda = [key for key in self.world.tables.rows if key[0] == keys.AGENDA]
        assert not agenda, "rows stay on the agenda for ever"
        for (table, _, _), row in self.world.tables.rows.items():
            if table == keys.ORDERS and INSTANT_NUMBERS in str(row.properties["State"]):
                assert row.properties["Status"] == "Completed", "an instant order stays open for ever"
        self.the_feed_is_gapless_and_tells_each_once()
        self.an_instant_message_is_sent_once_and_within_its_request()
        self.no_sms_is_sent_more_often_than_answers_were_lost()
        self.no_email_is_sent_twice()
        self._forget_everything()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def _forget_everything(self) -> None:
        """Grow very old: what is left recognises repeats, counts, and says nothing about anybody."""
        for _ in range(3):
            self._grow_old(METADATA_RETENTION)
        for (table, partition, row_key), row in self.world.tables.rows.items():
            match table:
                case keys.ORDERS:
                    assert row.properties.get(TOMBSTONE), f"{row_key} of {partition} was not purged"
                case keys.STATUS_FEED:
                    assert row_key[0] in "!D" or partition == keys.FEED_OWNERS, row_key
                case keys.GATEWAY_REFERENCES:  # of a process that died before it recorded the result
                    assert set(row.properties) == {"Notification"}, row_key
                case keys.AGENDA | keys.NOTIFICATION_LOG:
                    raise AssertionError(f"{row_key} of {table} was not purged")


def _numbers_of(recipient: Recipient) -> tuple[str, ...]:
    """Return the numbers that SMS to somebody go to."""
    number = recipient.national_identity_number or recipient.organization_number
    if number is not None:
        return registered(number).mobiles
    return () if recipient.mobile_number is None else (recipient.mobile_number,)


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_pipeline_keeps_its_promises() -> None:
    """Search for a sequence of events that breaks an invariant."""
    run_state_machine_as_test(
        PipelineMachine,
        settings=settings(
            max_examples=150,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
