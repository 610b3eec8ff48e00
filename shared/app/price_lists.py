"""Reads the price lists of owners from the setting `PRICE_LISTS`, a form that needs no quotes."""

import re
from collections.abc import Mapping
from decimal import Decimal

from shared.domain.preview.prices import PriceList

FORM = (
    "price lists such as `*: NOK sms=0.45 email=0.02; ttd: NOK sms=0.40 email=0.01`, * for all other owners"
)
_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"
_LIST = re.compile(rf"\s*([^\s:;]+)\s*:\s*([A-Z]{{3}})\s+sms=({_NUMBER})\s+email=({_NUMBER})\s*", re.ASCII)


def read_price_lists(text: str) -> Mapping[str, PriceList]:
    """Return the lists by owner in lower case, none for a blank text; ValueError for another form."""
    if not text.strip():
        return {}
    lists: dict[str, PriceList] = {}
    for written in text.strip().removesuffix(";").split(";"):
        found = _LIST.fullmatch(written)
        if found is None:
            raise ValueError("not a price list")
        owner, currency, sms_part, email = found.groups()
        if owner.casefold() in lists:
            raise ValueError("an owner with two price lists")
        lists[owner.casefold()] = PriceList(currency, email=Decimal(email), sms_part=Decimal(sms_part))
    return lists
