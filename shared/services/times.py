"""What use cases go by in time: two clocks, and when SMS may leave."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.orders.ids import ItemId
from shared.domain.sending.send_window import SendWindow
from shared.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """`clock` is for business rules, `real_time` for claims and timeouts (`shared.runtime.clock` says why).

    SMS that waited for `window` are released over the time `release_spread` after it opens.
    """

    clock: Clock
    real_time: Clock
    window: SendWindow
    release_spread: timedelta

    def now(self) -> datetime:
        """Return the instant by which business rules are decided."""
        return self.clock.now()

    def real_now(self) -> datetime:
        """Return the real instant."""
        return self.real_time.now()

    def release_delay(self, item: ItemId) -> timedelta:
        """Return how long after the opening a shipment is released: its fixed part of the spread."""
        # the last digits of a chain key are uniformly distributed: a keyed hash or random bytes
        return self.release_spread * (int(item.chain_key[-6:], 16) / 0x1000000)
