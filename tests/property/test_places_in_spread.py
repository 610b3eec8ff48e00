"""How evenly held SMS lie in the spread after the opening: of many orders, of one order's pages, of both."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.ids import MAX_PAGES, IdMaker, ItemId
from shared.domain.orders.lifetime import place_in_spread

PARTS = 20  # half minutes of ten minutes
CHAINS = st.integers(0, 0xFFFFFF).map(lambda digits: ItemId(f"{digits:024x}"))


def by_part(places):
    return Counter(int(place * PARTS) for place in places)


@given(CHAINS, st.integers(1, 51), st.integers(0, MAX_PAGES - 1))
def test_a_place_is_within_the_spread_and_never_changes(chain, shipment, page):
    row = chain.of_shipment(shipment).of_page(page)
    assert 0 <= place_in_spread(row) < 1
    assert place_in_spread(row) == place_in_spread(chain.of_shipment(shipment).of_page(page))


@given(CHAINS)
def test_a_shipment_of_one_row_has_the_place_of_its_chain(chain):
    of_chain = int(chain.chain_key[-6:], 16) / 0x1000000
    assert [place_in_spread(chain.of_shipment(index)) for index in (1, 2, 51)] == [of_chain] * 3


@given(CHAINS, st.integers(1, MAX_PAGES - 1))
def test_the_pages_of_one_order_lie_evenly_however_many_there_are(chain, pages):
    order = chain.of_shipment(1)
    places = sorted(place_in_spread(order.of_page(number)) for number in range(1, pages + 1))
    gaps = [later - earlier for earlier, later in pairwise([*places, places[0] + 1])]
    assert max(gaps) < 3 / pages
    assert min(gaps) > 0.35 / pages
    parts = by_part(places)
    assert all(abs(parts[part] - pages / PARTS) < 4 for part in range(PARTS))


@given(CHAINS, st.integers(5, 250))
def test_half_of_many_sms_in_one_order_leave_as_evenly_as_the_other_half(chain, pages):
    """Each page is 100 SMS; as many are in orders of their own."""
    maker = IdMaker(b"0" * 32)
    order = chain.of_shipment(1)
    of_pages = by_part(place_in_spread(order.of_page(number)) for number in range(1, pages + 1))
    of_orders = by_part(place_in_spread(maker.random_chain().of_shipment(1)) for _ in range(pages * 100))
    for part in range(PARTS):
        together = of_pages[part] * 100 + of_orders[part]
        # three pages, and six times the deviation that chance gives to orders
        assert abs(together - 2 * pages * 100 / PARTS) < 300 + 6 * (pages * 100 / PARTS) ** 0.5
