"""What messages cost by the price list of their owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

EVERYBODY = "*"  # the name under which a list holds for owners without one of their own


@dataclass(frozen=True, slots=True)
class PriceList:
    """The price of one e-mail and of one part of an SMS, in a currency of ISO 4217."""

    currency: str
    email: Decimal
    sms_part: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What the messages of a shipment cost.

    `total` is of those to addresses that came with the order. `email` and `sms` are of one message with the
    text that is shown first; None where the order has no such text.
    """

    currency: str
    total: Decimal
    email: Decimal | None
    sms: Decimal | None


def price_list_of(owner: str, lists: Mapping[str, PriceList]) -> PriceList | None:
    """Return the list of an owner, else the one for everybody; None when there is neither."""
    return lists.get(owner.casefold(), lists.get(EVERYBODY))
