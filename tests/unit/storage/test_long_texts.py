"""The longest texts that a request may have, in characters of every width: within what rows hold."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.contracts.reading.limits import TEXT_LENGTH
from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.ids import IdMaker
from shared.domain.orders.notification import EmailResult, Notification
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.records.shipment_rows import NewShipment
from shared.runtime.errors import PermanentError
from shared.storage.feed.status_feed import NewEntry, StatusFeed
from shared.storage.notification_log import NotificationLog
from shared.storage.orders import OrderTable
from shared.storage.senders_references import SendersReferences
from tests.support.limited_store import LimitedStore, noise
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process

NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)
IDS = IdMaker(b"0" * 32)
STATE = ShipmentState(OrderStatus.REGISTERED, NOW, AgendaKey("00", "x"))
LETTERS = {
    "letters": "abcdefghijklmnopqrstuvwxyz0123456789",
    "wide": [chr(code) for code in range(0x4E00, 0x9000)],
    "pairs": [chr(code) for code in range(0x1F300, 0x1F600)],
    "escaped": [chr(code) for code in range(1, 32)],
}
ORDER = OrderRequest(
    OrderType.NOTIFICATION, NOW, ChannelSchema.EMAIL, (), email=EmailTemplate("from@example.no", "hei", "hei")
)


@pytest.fixture
def store():
    return LimitedStore(Process(w.World(w.VirtualClock(NOW), w.VirtualClock(NOW))))


def chain_of(references):
    chain = IDS.random_chain()
    news = [
        NewShipment(chain.of_shipment(number), "ttd", NOW, replace(ORDER, senders_reference=reference), STATE)
        for number, reference in enumerate(references, 1)
    ]
    return chain, [replace(news[0], references=tuple(references), digest="d"), *news[1:]]


@pytest.mark.parametrize(
    ("letters", "count"), [("letters", 51), ("wide", 20), ("pairs", 4), ("pairs", 20), ("escaped", 30)]
)
async def test_receipt_of_a_chain_keeps_every_reference(store, letters, count):
    references = [None, *(noise(TEXT_LENGTH, LETTERS[letters]) for _ in range(count - 1))]
    chain, orders = chain_of(references)
    table = OrderTable(store)
    await table.insert(orders)
    receipt = await table.load_receipt(chain)
    assert receipt.references == tuple(references)
    assert (await table.load(orders[-1].item)).order.senders_reference == references[-1]


async def test_chain_whose_references_do_not_fit_into_a_row_is_refused(store):
    _, orders = chain_of([noise(TEXT_LENGTH, LETTERS["wide"]) for _ in range(51)])
    with pytest.raises(PermanentError, match="shorten"):
        await OrderTable(store).insert(orders)
    assert not store.tables.chains()


@pytest.mark.parametrize("letters", LETTERS)
async def test_feed_and_log_keep_many_entries_with_long_texts(store, letters):
    feed, log = StatusFeed(store, w.VirtualClock(NOW)), NotificationLog(store)
    state = replace(
        STATE,
        status=OrderStatus.COMPLETED,
        notifications=(Notification(1, 0, Channel.EMAIL, "a@b.no", EmailResult.DELIVERED, NOW),),
    )
    dialog, transmission = (noise(TEXT_LENGTH, LETTERS[letters]) for _ in range(2))
    entries = [
        closed_shipment(
            str(IDS.random_chain().of_shipment(1)),
            replace(
                ORDER,
                senders_reference=noise(TEXT_LENGTH, LETTERS[letters]),
                resource_id=noise(TEXT_LENGTH, LETTERS[letters]),
                dialog_id=dialog,
                transmission_id=transmission,
            ),
            state,
        )
        for _ in range(60)
    ]
    assert await feed.append("ttd", [NewEntry(closed) for closed in entries]) == [None] * 60
    assert [entry.closed for entry in await feed.read("ttd", after=0, limit=100)] == entries
    await log.add("ttd", entries)
    by_id = {closed.shipment_id: closed for closed in entries}
    for told in (await log.of_all_owners(dialog), await log.of_transmission("ttd", transmission)):
        assert {closed.shipment_id: closed for _, closed in told} == by_id
        assert {owner for owner, _ in told} == {"ttd"}


@pytest.mark.parametrize("letters", LETTERS)
async def test_orders_are_found_by_long_references(store, letters):
    index = SendersReferences(store, IDS)
    references = [noise(TEXT_LENGTH, LETTERS[letters]) for _ in range(3)]
    _, orders = chain_of(references)
    await OrderTable(store).insert(orders, index.inserts(orders))
    for order, reference in zip(orders, references, strict=True):
        assert await index.find("ttd", reference) == [order.item]
        assert await index.find("ttd", reference[:-1]) == []
