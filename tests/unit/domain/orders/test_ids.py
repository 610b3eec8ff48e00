"""Ids: what they are made of and where they lead. That they can be read again is a property test."""

import pytest

from shared.domain.orders.ids import IdMaker, parse_id
from shared.domain.orders.order import OrderType

maker = IdMaker(b"a secret of enough bytes")


def test_the_parts_of_a_key_cannot_flow_into_each_other() -> None:
    assert maker.chain(OrderType.NOTIFICATION, "ab", "c") != maker.chain(OrderType.NOTIFICATION, "a", "bc")


def test_another_secret_gives_another_chain() -> None:
    other = IdMaker(b"another secret of enough bytes")
    assert other.chain(OrderType.INSTANT, "ttd", "1") != maker.chain(OrderType.INSTANT, "ttd", "1")


@pytest.mark.parametrize(
    "text",
    ["", "abc", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
)
def test_what_is_no_id_of_ours_is_none(text: str) -> None:
    assert parse_id(text) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        IdMaker(b"short")


def test_an_id_names_its_chain_its_shipment_and_its_row():
    shipment = maker.random_chain().of_shipment(2)
    page = shipment.of_page(3)
    notification = page.of_notification(4)
    assert (notification.row, notification.owner, notification.chain) == (page, shipment, shipment.chain)
    assert (page.is_page, shipment.is_page, notification.is_page) == (True, False, False)


def test_the_end_of_an_id_counts_shipment_page_and_slot():
    chain = maker.random_chain()
    assert str(chain)[-8:] == "00000000"
    assert str(chain.of_shipment(1).of_notification(1))[-8:] == "01000001"
    assert str(chain.of_shipment(2).of_page(1).of_notification(255))[-8:] == "020010ff"


def test_chains_that_nobody_can_repeat_are_different():
    assert len({maker.random_chain() for _ in range(100)}) == 100


def test_digests_depend_on_the_secret_and_on_where_a_part_ends():
    assert maker.digest("a", "b") == maker.digest("a", "b")
    assert len({maker.digest("a", "b"), maker.digest("ab"), IdMaker(b"x" * 16).digest("a", "b")}) == 3
