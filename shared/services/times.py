"""What use cases go by in time: two clocks, and when SMS may leave."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.orders.decision import Decision, decide
from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import OrderRequest
from shared.domain.orders.shipment import ShipmentState
from shared.domain.sending.send_window import SendWindow
from shared.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """`clock` is for business rules, `real_time` for claims and timeouts (`shared.runtime.clock` says why).

    SMS that `window` held leave one after another, over the time `spread` after it opens.
    """

    clock: Clock
    real_time: Clock
    window: SendWindow
    spread: timedelta

    def now(self) -> datetime:
        """Return the instant by which business rules are decided."""
        return self.clock.now()

    def real_now(self) -> datetime:
        """Return the real instant."""
        return self.real_time.now()

    def decide(self, order: OrderRequest, state: ShipmentState, item: ItemId, now: datetime) -> Decision:
        """Return what is due for a shipment; the state keeps the real time at which work first leaves."""
        decision = decide(order, state, now=now, window=self.window, opening_delay=self.opening_delay(item))
        if decision.state.forwarded_at is not None or not (decision.forward or decision.wake_pages):
            return decision
        return replace(decision, state=replace(decision.state, forwarded_at=self.real_now()))

    def opening_delay(self, item: ItemId) -> timedelta:
        """Return how long after the opening the SMS of a shipment leave: its fixed place in the spread."""
        # the last digits of a chain key are uniformly distributed: a keyed hash or random bytes
        return self.spread * (int(item.chain_key[-6:], 16) / 0x1000000)
