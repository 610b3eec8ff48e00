"""The price lists of owners."""

from decimal import Decimal

import pytest

from shared.app.price_lists import read_price_lists
from shared.domain.preview.prices import PriceList, price_list_of


def test_lists_are_read_exactly_and_owners_without_one_have_the_common_one():
    lists = read_price_lists(" *: NOK sms=0.45  email=0.02;TTD : EUR sms=1 email=0 ; ")
    assert price_list_of("skd", lists) == PriceList("NOK", Decimal("0.02"), Decimal("0.45"))
    assert price_list_of("ttd", lists) == PriceList("EUR", Decimal(0), Decimal(1))


def test_without_a_common_list_others_have_none():
    lists = read_price_lists("ttd: NOK sms=1 email=1")
    assert price_list_of("skd", lists) is None
    assert read_price_lists(" ") == {}


@pytest.mark.parametrize(
    "text",
    [
        "0.45",
        "{}",
        ";",
        "*: NOK sms=1",
        "*: kr sms=1 email=1",
        "*: NOK sms=-1 email=1",
        "*: NOK sms=NaN email=1",
        "*: NOK sms=0,45 email=1",
        "*: NOK sms=0.0000001 email=1",
        "*: NOK sms=1 email=1 ttd: NOK sms=1 email=1",
        "*: NOK sms=1 email=1; *: NOK sms=2 email=1",
    ],
)
def test_what_is_no_price_list_is_refused(text):
    with pytest.raises(ValueError, match="price list"):
        read_price_lists(text)
