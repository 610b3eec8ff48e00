"""What use cases go by in time: two clocks, and when SMS may leave."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.decision import Decision, decide
from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import OrderRequest
from shared.domain.orders.shipment import ShipmentState
from shared.domain.sending.send_window import SendWindow
from shared.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """`clock` is for business rules, `real_time` for claims and timeouts: `shared.runtime.clock` says why."""

    clock: Clock
    real_time: Clock
    window: SendWindow

    def now(self) -> datetime:
        """Return the instant by which business rules are decided."""
        return self.clock.now()

    def real_now(self) -> datetime:
        """Return the real instant."""
        return self.real_time.now()

    def decide(self, order: OrderRequest, state: ShipmentState, row: ItemId, now: datetime) -> Decision:
        """Return what is due for a row; the state keeps the real time at which its work first leaves."""
        decision = decide(order, state, row, now=now, window=self.window)
        state = decision.state.noting(*decision.events(now))
        if state.forwarded_at is None and (decision.forward or decision.wake_pages):
            state = replace(state, forwarded_at=self.real_now())
        return decision if state is decision.state else replace(decision, state=state)
