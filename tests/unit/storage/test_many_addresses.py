"""Rows of orders with very many notifications, whose addresses do not compress: within what columns hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.expansion import MAX_NOTIFICATIONS
from shared.domain.orders.ids import IdMaker
from shared.domain.orders.notification import EmailResult, Notification
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.records.shipment_rows import NewShipment, state_columns
from shared.runtime.errors import PermanentError
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.notification_log import NotificationLog
from shared.storage.order_purge import OrderPurge
from shared.storage.orders import OrderTable
from shared.storage.senders_references import SendersReferences
from tests.support.limited_store import NOISE, LimitedStore, noise
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process

NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)


@pytest.fixture
def store():
    return LimitedStore(Process(w.World(w.VirtualClock(NOW), w.VirtualClock(NOW))))


def shipment(count):
    """Return an order and its state with `count` e-mails that the provider has under other references."""
    order = OrderRequest(
        OrderType.NOTIFICATION,
        NOW,
        ChannelSchema.EMAIL,
        (Recipient(organization_number="910000001"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        dialog_id="3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    )
    notifications = tuple(
        Notification(
            slot,
            0,
            Channel.EMAIL,
            f"{noise(14)}@{noise(10)}.no",
            EmailResult.SENDING,
            NOW + timedelta(microseconds=NOISE.randrange(10**9)),
            str(UUID(int=NOISE.getrandbits(128))),
        )
        for slot in range(1, count + 1)
    )
    return order, ShipmentState(OrderStatus.PROCESSED, NOW, AgendaKey("00", "x"), notifications)


async def test_state_grows_and_shrinks_over_several_columns(store):
    orders, item = OrderTable(store), IdMaker(b"0" * 32).random_chain().of_shipment(1)
    order, many = shipment(MAX_NOTIFICATIONS)
    few = replace(many, notifications=many.notifications[:1500])
    one = replace(many, notifications=many.notifications[:1])
    await orders.insert([NewShipment(item, "ttd", NOW, order, one)])
    assert len(state_columns(many, "t")) > len(state_columns(few, "t")) > len(state_columns(one, "t"))
    for state in (many, few, one, many):
        stored = await orders.load(item)
        await orders.save(stored, state)
        assert (await orders.load(item)).state == state


async def test_nothing_is_left_of_the_addresses_of_a_purged_order(store):
    orders, item = OrderTable(store), IdMaker(b"0" * 32).random_chain().of_shipment(1)
    order, many = shipment(MAX_NOTIFICATIONS)
    await orders.insert([NewShipment(item, "ttd", NOW, order, many)])
    await OrderPurge(store, orders, SendersReferences(store, IdMaker(b"0" * 32))).strip(
        [await orders.load(item)]
    )
    (row,) = store.tables.chains().values()
    columns = {name: value for name, value in row.columns.items() if name.startswith("State")}
    assert len(columns) > 2
    kept = state_columns((await orders.load(item)).state, "t")
    assert {name for name, value in columns.items() if value} == {n for n in kept if n.startswith("State")}
    assert not any(n.address for n in (await orders.load(item)).state.notifications)


async def test_feed_and_log_hold_entries_of_any_size(store):
    feed, log = StatusFeed(store, w.VirtualClock(NOW)), NotificationLog(store)
    ids = IdMaker(b"0" * 32)
    entries = [
        closed_shipment(str(ids.random_chain().of_shipment(1)), *shipment(count))
        for count in (MAX_NOTIFICATIONS, 1, MAX_NOTIFICATIONS, MAX_NOTIFICATIONS, 2)
    ]
    assert await feed.append("ttd", [NewEntry(closed) for closed in entries]) == [None] * len(entries)
    told = await feed.read("ttd", after=0, limit=10)
    assert [entry.sequence for entry in told] == [1, 2, 3, 4, 5]
    assert [len(entry.closed.notifications) for entry in told] == [len(c.notifications) for c in entries]
    await log.add("ttd", entries[:1])
    ((_, logged),) = await log.of_all_owners(entries[0].dialog_id)
    assert len(logged.notifications) == MAX_NOTIFICATIONS


@pytest.mark.parametrize(("reminders", "fits"), [(3, True), (4, False)])
async def test_chain_is_refused_when_its_transaction_would_be_too_large(store, reminders, fits):
    """Binary columns are a third larger in the request than in the table."""
    chain = IdMaker(b"0" * 32).random_chain()
    order, state = shipment(1)
    orders = [
        NewShipment(
            chain.of_shipment(number),
            "ttd",
            NOW,
            replace(order, email=replace(order.email, body=noise(950_000))),
            state,
        )
        for number in range(1, reminders + 2)
    ]
    if fits:
        await OrderTable(store).insert(orders)
    else:
        with pytest.raises(PermanentError, match="limit is 4000000"):
            await OrderTable(store).insert(orders)
    rows = store.tables.chains()
    assert len(rows) == (len(orders) if fits else 0)
