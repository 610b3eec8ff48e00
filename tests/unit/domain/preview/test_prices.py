"""Whose price list counts."""

from decimal import Decimal

from shared.domain.preview.prices import EVERYBODY, PriceList, price_list_of

COMMON, OWN = (PriceList("NOK", Decimal(price), Decimal(price)) for price in (1, 2))


def test_an_owner_has_its_own_list_or_the_common_one_or_none():
    lists = {EVERYBODY: COMMON, "ttd": OWN}
    assert price_list_of("TTD", lists) is OWN
    assert price_list_of("skd", lists) is COMMON
    assert price_list_of("skd", {"ttd": OWN}) is None
