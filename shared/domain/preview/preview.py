"""What placing an order would come to."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.orders.condition import ConditionAnswer
from shared.domain.orders.order import OrderRequest
from shared.domain.preview.departures import Departure
from shared.domain.preview.prices import Price
from shared.domain.preview.reach import Count, Reach, Reached
from shared.domain.preview.texts import ShownText
from shared.domain.preview.warnings import Warned
from shared.domain.recipients.lookup_summary import RecipientLookup

SHOWN_RECIPIENTS = 100  # of one order; the others are only counted


@dataclass(frozen=True, slots=True)
class ShipmentPreview:
    """One order of the chain. `recipients` are the first ones, `count` is of all.

    `condition` is what its condition endpoint answered if it was tried; None if it was not.
    """

    order: OrderRequest
    count: Count
    recipients: tuple[Reached, ...]
    departures: tuple[Departure, ...]
    texts: tuple[ShownText, ...]
    price: Price | None
    warnings: tuple[Warned, ...]
    condition: ConditionAnswer | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A chain, seen at an instant.

    `must_reach_all` holds for orders of version 2. `is_known` says that the idempotency id is known, so
    placing would send nothing new.
    """

    at: datetime
    must_reach_all: bool
    is_known: bool
    shipments: tuple[ShipmentPreview, ...]
    lookup: RecipientLookup | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether placing would accept the chain."""
        if self.is_known or not self.must_reach_all:
            return True
        return not any(shipment.count.recipients[Reach.MISSING] for shipment in self.shipments)
