import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.order import ChannelSchema, OrderRequest, OrderStatus, OrderType, Recipient
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.domain.recipients.identity_kind import IdentityKind
from shared.records.shipment_rows import NewPage, NewShipment, StoredShipment
from shared.runtime.run_time import RunTime
from shared.storage.keys import BY_RECIPIENT
from shared.storage.recipient_index import EmailIndex, RecipientIndex

AT = datetime(2031, 5, 5, 10, tzinfo=UTC)
NIN, ORG = "14818710098", "310000019"
IDS = IdMaker(b"k" * 32)


@pytest.fixture
async def calls():
    return []


@pytest.fixture
async def index(store, calls):
    await store.ensure_tables([BY_RECIPIENT])
    return RecipientIndex(Counted(store, calls), IDS)


@pytest.fixture
async def email_index(store, calls):
    await store.ensure_tables([BY_RECIPIENT])
    return EmailIndex(Counted(store, calls), IDS)


class Counted:
    """A store that notes the kind of every call."""

    def __init__(self, store, calls):
        self._store, self._calls = store, calls

    def __getattr__(self, kind):
        def call(*arguments, **options):
            self._calls.append(kind)
            return getattr(self._store, kind)(*arguments, **options)

        return call


def new_order(*recipients, at=AT, pages=()):
    item = IDS.random_chain().of_shipment(1)
    order = OrderRequest(OrderType.NOTIFICATION, at, ChannelSchema.EMAIL, recipients)
    state = ShipmentState(OrderStatus.REGISTERED, at, AgendaKey("00", "x"))
    new_pages = tuple(NewPage(item.of_page(n), tuple(page), state) for n, page in enumerate(pages, 1))
    return NewShipment(item, "ttd", at, order, state, pages=new_pages)


def person(number):
    return Recipient(national_identity_number=number)


async def found(index, number, kind=IdentityKind.PERSON, **range_):
    range_ = {"from_at": AT - timedelta(days=7), "to_at": AT + timedelta(days=7), "limit": 100, **range_}
    return await index.find(kind, number, **range_)


async def test_addresses_cost_no_call_and_one_number_costs_one(index, calls):
    await index.add([new_order(Recipient(email_address="a@example.no"))])
    assert calls == []
    await index.add([new_order(person("14818710099"))])
    assert calls == ["insert"]


async def test_newest_come_first_across_months_and_the_range_is_half_open(index):
    number = "02908510065"
    times = [AT, AT - timedelta(days=40), AT + timedelta(days=1), AT - timedelta(days=400)]
    orders = [new_order(person(number), at=at) for at in times]
    for order in orders:
        await index.add([order])
        await index.add([order])  # a repeat changes nothing
    expected = [orders[i].item for i in (2, 0, 1, 3)]
    years = {"from_at": AT - timedelta(days=3650)}
    assert await found(index, number, **years) == expected
    assert await found(index, number, **years, limit=2) == expected[:2]
    assert await found(index, number, from_at=AT, to_at=AT + timedelta(days=1)) == [orders[0].item]
    assert await found(index, number, from_at=AT + timedelta(seconds=1), to_at=AT + timedelta(days=1)) == []


async def test_people_and_organisations_are_told_apart(index):
    order = new_order(Recipient(organization_number=ORG))
    await index.add([order])
    assert await found(index, ORG, IdentityKind.ORGANIZATION) == [order.item]
    assert await found(index, ORG) == []


async def test_large_order_is_indexed_by_page_in_few_transactions(index, calls):
    numbers = [f"{n:011d}" for n in range(1000)]
    pages = [[person(number) for number in numbers[start : start + 100]] for start in range(0, 1000, 100)]
    order = new_order(pages=pages)
    await index.add([order])
    assert calls == [], "pages write their rows themselves"
    stored = [
        StoredShipment(p.item, "ttd", AT, replace(order.order, recipients=p.recipients), p.state, "")
        for p in order.pages
    ]
    await asyncio.gather(*(index.add_page(page) for page in stored))
    assert len(calls) <= 48
    await asyncio.gather(*(index.add_page(page) for page in stored[:2]))  # a repeat changes nothing
    assert await found(index, numbers[0]) == [order.item.of_page(1)]
    assert await found(index, numbers[999]) == [order.item.of_page(10)]


async def test_no_number_can_be_read(index, store):
    await index.add([new_order(person(NIN))])
    rows = [
        row
        for bucket in "0123456789abcdef"
        for row in await store.query(BY_RECIPIENT, f"203105|{bucket}", above="", below="~", limit=1000)
    ]
    assert rows
    assert all(NIN not in row.row_key and row.columns == {} for row in rows)


async def test_whole_months_are_purged_by_runs_that_say_how_far_they_came(index, calls):
    number, others = "25867610009", [f"2586762{n:04}" for n in range(30)]
    march, may = (new_order(person(number), at=AT.replace(month=month)) for month in (3, 5))
    for order in (march, may):
        await index.add([order])
    await index.add([replace(march, item=march.item.of_shipment(2))])
    await index.add([new_order(*map(person, others), at=AT.replace(month=2))])
    now, years = AT.replace(month=4, day=1), {"from_at": AT - timedelta(days=3650)}
    left = [
        await index.purge_before(now, RunTime(looks_at_the_clock, now=count().__next__))
        for looks_at_the_clock in (1, 4, 100)
    ]
    first_of_march = datetime(2031, 3, 1, tzinfo=UTC)
    assert left == [first_of_march, first_of_march, None]
    assert await found(index, number, **years) == [may.item]
    for other in others:
        assert await found(index, other, **years) == []
    calls.clear()
    assert await index.purge_before(now, RunTime(60)) is None
    assert len(calls) == 1, "there is nothing to do"


def emailed(at=AT):
    """Return an order that is about to be sent."""
    return new_order(at=at).stored("")


async def found_email(index, address, **range_):
    range_ = {"from_at": AT - timedelta(days=7), "to_at": AT + timedelta(days=7), "limit": 100, **range_}
    return await index.find(address, **range_)


async def test_one_email_costs_one_call_and_many_at_once_share_them(email_index, calls):
    alone = emailed()
    await email_index.add(alone, ["alone@example.no"])
    assert calls == ["transact"]
    calls.clear()
    at_once = [emailed() for _ in range(100)]
    await asyncio.gather(*(email_index.add(each, [f"{n}@example.no"]) for n, each in enumerate(at_once)))
    assert len(calls) <= 0.2 * len(at_once)
    assert await found_email(email_index, "99@example.no") == [at_once[99].item]
    page = emailed()
    calls.clear()
    await email_index.add(page, [f"page-{n}@example.no" for n in range(100)])
    assert len(calls) <= 2


async def test_emails_of_all_processes_are_found_newest_first_in_any_spelling(store):
    await store.ensure_tables([BY_RECIPIENT])
    times = [AT, AT - timedelta(days=40), AT + timedelta(days=1), AT - timedelta(days=400)]
    orders = [emailed(at) for at in times]
    for order in orders:
        for _ in range(2):  # a repeat in another process changes nothing
            await EmailIndex(store, IDS).add(order, ["Kari@blåbær.example.no"])
    reader, years = EmailIndex(store, IDS), {"from_at": AT - timedelta(days=3650)}
    expected = [orders[i].item for i in (2, 0, 1, 3)]
    for spelling in (" kari@BLÅBÆR.example.no", "KARI@xn--blbr-roah.example.no"):
        assert await found_email(reader, spelling, **years) == expected
    assert await found_email(reader, "kari@blåbær.example.no", **years, limit=2) == expected[:2]
    assert await found_email(reader, "kari@example.no", **years) == []


async def test_months_of_emails_are_purged_and_no_address_can_be_read(email_index, index, store):
    address = "purged@example.no"
    april, may = emailed(AT.replace(month=4)), emailed()
    for order in (april, may):
        await email_index.add(order, [address])
    await index.purge_before(AT.replace(day=1), RunTime(60))
    assert await found_email(email_index, address, from_at=AT - timedelta(days=3650)) == [may.item]
    for bucket in ("e0", "e1", "e2", "e3"):
        rows = await store.query(BY_RECIPIENT, f"203105|{bucket}", above="", below="~", limit=1000)
        assert all("example" not in row.row_key and row.columns == {} for row in rows)
