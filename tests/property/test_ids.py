"""Ids: making and parsing are inverse, and no kind is taken for another."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.ids import MAX_PAGES, MAX_REMINDERS, IdMaker, ItemId, parse_id
from shared.domain.orders.order import OrderType

maker = IdMaker(b"a secret of enough bytes")
texts = st.text(max_size=40)
shipments = st.integers(1, 1 + MAX_REMINDERS)


@st.composite
def item_ids(draw: st.DrawFn) -> ItemId:
    chain, _ = maker.chain(draw(st.sampled_from(OrderType)), draw(texts), draw(texts))
    kind = draw(st.sampled_from(["chain", "shipment", "notification"]))
    if kind == "chain":
        return chain
    shipment = chain.of_shipment(draw(shipments))
    if kind == "shipment":
        return shipment
    slot, page = draw(st.integers(1, 0xFFF)), draw(st.integers(0, MAX_PAGES - 1))
    return ItemId(shipment.chain_key, shipment.shipment, page).of_notification(slot)


@given(item_ids())
def test_parsing_what_was_made_gives_it_back(item: ItemId) -> None:
    assert parse_id(str(item)) == item
    assert parse_id(str(item).upper()) == item


@given(item_ids())
def test_every_id_is_a_version_4_uuid(item: ItemId) -> None:
    value = uuid.UUID(str(item))
    assert value.version == 4
    assert value.variant == uuid.RFC_4122
    assert str(value) == str(item)


@given(item_ids())
def test_an_id_is_of_exactly_one_kind(item: ItemId) -> None:
    assert [item.is_chain, item.is_shipment, item.is_notification].count(True) == 1


@given(st.uuids(version=4))
def test_a_foreign_uuid_is_of_at_most_one_kind(value: uuid.UUID) -> None:
    item = parse_id(str(value))
    assert item is not None
    assert [item.is_chain, item.is_shipment, item.is_notification].count(True) <= 1


@given(st.lists(st.tuples(st.sampled_from(OrderType), texts, texts), unique=True, min_size=2, max_size=20))
def test_different_requests_live_in_different_chains(requests: list[tuple[OrderType, str, str]]) -> None:
    chains = [maker.chain(*request) for request in requests]
    assert len({chain for chain, _ in chains}) == len(requests)
    assert len({digest for _, digest in chains}) == len(requests)


@given(st.sampled_from(OrderType), texts, texts)
def test_the_same_request_lives_in_the_same_chain(kind: OrderType, creator: str, idempotency_id: str) -> None:
    assert maker.chain(kind, creator, idempotency_id) == maker.chain(kind, creator, idempotency_id)
