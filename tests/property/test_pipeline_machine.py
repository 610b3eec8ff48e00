"""The invariants of the pipeline, searched for by a state machine over a misbehaving world.

Whatever fails, dies, is lost, doubled, reordered or late: an accepted order is never forgotten, never told
twice in the feed, and no SMS is sent more often than answers were lost.
"""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.dead_letter import Cause
from shared.domain.orders.ended_shipment import ClosedShipment, closed_shipment
from shared.domain.orders.ids import parse_id
from shared.domain.orders.metrics import Counts, counts_of
from shared.domain.orders.notification import Notification, rank
from shared.domain.orders.order import OrderRequest, OrderStatus
from shared.domain.orders.shipment import ShipmentState
from shared.domain.texts.keywords import tells_who
from shared.records.agenda_entry import agenda_parts
from shared.records.shipment_rows import TOMBSTONE, StoredShipment, page_recipients, state_of, stored_shipment
from shared.storage import keys
from tests.support.pipeline import broker
from tests.support.pipeline.callers import INSTANT_NUMBERS, OWNERS, SECRET_FIELD, SECRET_LINK, numbers_of
from tests.support.pipeline.events import Events
from tests.support.pipeline.feeds import feed_entries
from tests.support.pipeline.world import METADATA_RETENTION, registered

CLEAN_UP_STEPS = (
    [timedelta(minutes=3)] * 4 + [timedelta(minutes=11), timedelta(hours=1)] + [timedelta(hours=7)] * 24
)


class PipelineMachine(Events):
    """What must hold whatever happens, and what must have been reached when all misbehaviour has ended."""

    def _feed(self, owner: str) -> list[Any]:
        entries = feed_entries(self.world.tables, owner=owner)
        return [(entry.sequence, entry.closed) for entry in entries]

    def _read_feeds(self) -> None:
        """Note what is new in the feeds, before it grows old and goes."""
        for owner in OWNERS:
            for entry in feed_entries(self.world.tables, keys.FEED_HIDDEN, owner):
                if entry.closed.shipment_id not in self.hidden:
                    self.hidden.add(entry.closed.shipment_id)
                    self.counted[owner] += Counts(orders=1)
            for number, closed in self._feed(owner):
                if closed.shipment_id not in self.told:
                    self.told[closed.shipment_id] = (owner, number)
                    pages = self._pages_of(closed)
                    tell_everybody_once(pages)
                    rows = [closed_shipment("", order, state) for order, state in pages]
                    self.counted[owner] += counts_of(rows or [closed])

    def _pages_of(self, closed: ClosedShipment) -> list[tuple[OrderRequest, ShipmentState]]:
        """Return the pages of a shipment if it is a large one."""
        item = parse_id(closed.shipment_id)
        if item is None or not closed.pages:
            return []
        rows = self.world.tables.partition(keys.ORDERS, keys.shard_of(item))
        above, below = keys.page_range(item)
        order = stored_shipment(
            item, next(row for row in rows if row.row_key == keys.shipment_row(item))
        ).order
        return [
            (replace(order, recipients=page_recipients(row)), state_of(row))
            for row in rows
            if above < row.row_key < below
        ]

    @invariant()
    def every_open_order_is_on_the_agenda(self) -> None:
        """An accepted order has an agenda row until its feed entry is written."""
        listed = {agenda_parts(row_key)[1] for _, _, row_key in self.world.tables.agenda()}
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
            columns = {} if head is None else head.columns
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

    def _conditional_orders(self) -> Iterator[StoredShipment]:
        for item in map(parse_id, self.accepted):
            assert item is not None
            row = self.world.tables.rows.get((keys.ORDERS, keys.shard_of(item), keys.shipment_row(item)))
            if row is not None and TOMBSTONE not in row.columns:
                stored = stored_shipment(item, row)
                if stored.order.condition_endpoint is not None:
                    yield stored

    def _was_sent(self, stored: StoredShipment) -> bool:
        if any((sent := parse_id(id_)) and sent.owner == stored.item for id_ in self.world.email_operations):
            return True
        above, below = keys.page_range(stored.item)
        rows = self.world.tables.partition(keys.ORDERS, keys.shard_of(stored.item))
        pages = [page_recipients(row) for row in rows if above < row.row_key < below]
        recipients = itertools.chain(stored.order.recipients, *pages)
        return any(self.world.sms_calls[number] for to in recipients for number in numbers_of(to))

    @invariant()
    def what_was_cancelled_is_never_sent(self) -> None:
        """Once the owner was told that a shipment is cancelled, no provider hears of it."""
        for shipment_id, numbers in self.cancelled.items():
            assert not numbers & set(self.world.sms_calls), shipment_id
        sent = (parse_id(operation) for operation in self.world.email_operations)
        assert not {str(item.owner) for item in sent if item is not None} & set(self.cancelled)

    @invariant()
    def no_link_to_a_file_and_no_field_is_on_a_queue(self) -> None:
        """Links are secrets and fields are personal; queues are read by many."""
        for secret in (SECRET_LINK.encode(), SECRET_FIELD.encode()):
            assert not any(secret in message.body for message in self.world.messages)

    @invariant()
    def no_email_is_sent_twice(self) -> None:
        """The provider was never made to send an e-mail again."""
        assert all(count == 1 for count in self.world.emails.values())

    def teardown(self) -> None:
        """Stop all misbehaviour: every accepted order ends, with exactly one feed entry."""
        self.world.faults.clear()
        self.world.storage_down = self.world.queues_down = False
        self.world.outages.clear()
        self.world.questions_put_off = 0
        for step in CLEAN_UP_STEPS:
            self.tick()
            for _ in range(len(self.world.dead)):
                self.deliver_dead(0)
            for _ in range(200):
                ready = broker.ready(self.world)
                if not ready:
                    break
                self._deliver(ready[:1], keep=False)
            self.world.clock.at += step
            self.world.real_time.at += step
        self._nothing_is_kept_that_was_only_late()
        self._no_report_is_lost()
        self._read_feeds()
        assert set(self.accepted) <= set(self.told) | self.hidden
        assert not self.hidden & set(self.told)
        assert not self.world.tables.agenda(), "rows stay on the agenda for ever"
        for row in self.world.tables.chains().values():
            if INSTANT_NUMBERS in str(row.columns.get("State")):
                assert row.columns["Status"] == "Completed", "an instant order stays open for ever"
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

    def _nothing_is_kept_that_was_only_late(self) -> None:
        """Whatever was down is up: an operator has nothing to do, and nothing waits."""
        assert not self.world.dead
        for (table, partition, _), row in self.world.tables.rows.items():
            if table == keys.DEAD_LETTERS:
                assert partition != keys.WAITING, "a message waits for its queue for ever"
                assert row.columns["Cause"] == Cause.PASSING, row.columns["Reason"]

    def _no_report_is_lost(self) -> None:
        """What the gateway said of an SMS that we know to be ours is the least that is told of it."""
        rows = self.world.tables.rows
        states = [state_of(row) for row in self.world.tables.chains().values() if "State" in row.columns]
        for reference, result in self.reported:
            of_whom = rows.get((keys.GATEWAY_REFERENCES, *keys.reference_key(reference)))
            if of_whom is None or "Notification" not in of_whom.columns:
                continue
            number = self.world.references[reference]
            results = [n.result for state in states for n in state.notifications if n.address == number]
            assert any(rank(found) >= rank(result) for found in results), (number, results, result)

    def _forget_everything(self) -> None:
        """Grow very old: what is left recognises repeats, counts, and says nothing about anybody."""
        for _ in range(3):
            self._grow_old(METADATA_RETENTION)
        for (table, partition, row_key), row in self.world.tables.rows.items():
            match table:
                case keys.ORDERS:
                    assert row.columns.get(TOMBSTONE), f"{row_key} of {partition} was not purged"
                case keys.STATUS_FEED:
                    assert row_key[0] in "!D" or partition == keys.FEED_OWNERS, row_key
                case keys.GATEWAY_REFERENCES:  # of a process that died before it recorded the result
                    assert set(row.columns) == {"Notification"}, row_key
                case keys.NOTIFICATION_LOG:
                    raise AssertionError(f"{row_key} of {table} was not purged")


def tell_everybody_once(pages: Sequence[tuple[OrderRequest, ShipmentState]]) -> None:
    """Check that nobody got the same twice, and that who got nothing shares an address with somebody."""
    sent = [
        (n.channel, n.address, read_by(order, n))
        for order, state in pages
        for n in state.notifications
        if n.address
    ]
    assert len(set(sent)) == len(sent), "two pages told the same to one address"
    addresses = {address for _, address, _ in sent}
    for order, state in pages:
        told = {n.recipient for n in state.notifications}
        for index, recipient in enumerate(order.recipients):
            number = recipient.national_identity_number
            if index not in told:
                assert number is not None, "an address was forgotten"
                points = registered(number)
                assert addresses & {*points.mobiles, *points.emails}, "somebody was forgotten"


def read_by(order: OrderRequest, notification: Notification) -> object:
    """Return what makes the text of a message another one than that of others: who it names, its values."""
    recipient = order.recipients[notification.recipient]
    return recipient if tells_who(order, notification.channel) else (recipient.fields or {}).get("deadline")


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_w18_w30_pipeline_keeps_its_promises() -> None:
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
