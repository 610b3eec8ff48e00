"""Spreads the SMS that waited for the window over the time after its opening: 09:00 is no stampede."""

from datetime import timedelta

from shared.domain.orders.ids import ItemId


class ReleaseDelay:
    """Gives every shipment its own fixed place within the spread: the same answer each time it is asked."""

    def __init__(self, spread: timedelta) -> None:
        self._spread = spread

    def __call__(self, item: ItemId) -> timedelta:
        """Return how long after the opening this shipment is released, in [0, spread)."""
        # the last digits of a chain key are uniformly distributed: a keyed hash or random bytes
        return self._spread * (int(item.chain_key[-6:], 16) / 0x1000000)
