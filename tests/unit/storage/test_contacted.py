"""Whom the pages of a large order contact: the row as it is kept, and two processes that change it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.expansion import FINGERPRINT_BYTES
from shared.domain.orders.ids import parse_id
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import process as processed
from shared.domain.recipients.contact_points import ContactPoints
from shared.records.columns import Row
from shared.storage.contacted import (
    MAX_FINGERPRINTS,
    Contacted,
    contacted_insert,
    contacted_merge,
    contacted_of,
)
from shared.storage.orders import OrderTable
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

CHAIN = parse_id("5235b95c-e9b6-4ef0-8a67-372301000000")
AT = datetime(2031, 5, 5, 10, tzinfo=UTC)
PEOPLE = tuple(Recipient(national_identity_number=f"0102030000{n}") for n in range(1, 5))
OFFICE = ContactPoints(emails=("kontor@example.no",))


def fingerprints(count):
    return frozenset(number.to_bytes(FINGERPRINT_BYTES) for number in range(count))


def read(operation):
    return contacted_of(Row("p", operation.row_key, "etag", operation.columns))


@pytest.mark.parametrize("count", [0, 1, 5_000, 5_001, MAX_FINGERPRINTS])
def test_what_is_kept_is_read_back(count):
    assert read(contacted_insert(CHAIN, fingerprints(count))) == Contacted(fingerprints(count), "etag")
    merge = contacted_merge(CHAIN, Contacted(frozenset(), "old"), fingerprints(count))
    assert merge.etag == "old"
    assert read(merge).fingerprints == fingerprints(count)


def test_more_than_a_row_can_hold_is_not_kept_instead_of_refused():
    operation = contacted_insert(CHAIN, fingerprints(MAX_FINGERPRINTS + 1))
    assert len(read(operation).fingerprints) == MAX_FINGERPRINTS
    assert all(len(part) <= 64 * 1024 for part in operation.columns.values())
    assert sum(map(len, operation.columns.values())) < 1_000_000


async def two_pages(monkeypatch):
    """Return a world with an order of two pages that were not looked up, and both of them."""
    monkeypatch.setattr("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2)
    world = w.World(w.VirtualClock(AT), w.VirtualClock(AT))
    order = OrderRequest(
        OrderType.NOTIFICATION,
        AT + timedelta(hours=1),
        ChannelSchema.EMAIL,
        PEOPLE,
        email=EmailTemplate("fra@example.no", "hei", "hei"),
    )
    receipt = await Process(world).place("ttd", ChainRequest(order))
    item = parse_id(receipt.shipments[0][0])
    orders = OrderTable(Store(Process(world)))
    return world, [await orders.load(item.of_page(page)) for page in (1, 2)]


def looked_up(page):
    def state(contacted):
        return processed(page.order, page.state, AT, {0: OFFICE, 1: OFFICE}, contacted=contacted)

    return state


def ended(choose):
    """Return the same state as one that needs no result any more."""
    return lambda contacted: replace(choose(contacted), status=OrderStatus.COMPLETED)


@pytest.mark.parametrize("how", [lambda choose: choose, ended], ids=["open", "ended"])
async def test_of_two_processes_with_a_page_each_one_contacts(monkeypatch, how):
    world, (first, second) = await two_pages(monkeypatch)
    there = OrderTable(Store(Process(world)))
    faster = [lambda: there.save_contacted(second, how(looked_up(second)))]

    class Overtaken(Store):
        async def transact(self, *arguments):
            if faster:
                await faster.pop()()
            return await super().transact(*arguments)

    here = OrderTable(Overtaken(Process(world)))
    saved = await here.save_contacted(first, how(looked_up(first)))
    assert not saved.stored.state.notifications
    again = await there.load(second.item)
    assert [n.address for n in again.state.notifications] == ["kontor@example.no"]


async def test_a_write_whose_answer_was_lost_is_recognised(monkeypatch):
    world, (first, second) = await two_pages(monkeypatch)
    orders = OrderTable(Store(Process(world)))
    world.faults[:] = [w.Fault.NONE, w.Fault.CONFLICT_AFTER]
    saved = await orders.save_contacted(first, looked_up(first))
    assert len(saved.stored.state.notifications) == 1
    assert not (await orders.save_contacted(second, looked_up(second))).stored.state.notifications
