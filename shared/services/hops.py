"""Follows orders through the service: log lines name the one at hand, and the hops of some are told.

A line for every hop of every order would be several a second for each order a second. So only the hops of
the orders that are sampled get one, and all hops of these.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.orders.ids import ItemId
from shared.domain.orders.trace import Tracing, operation_id, shared_operation_id
from shared.runtime.telemetry.operations import Operation, current_operation, go_on_with, working_on

_log = logging.getLogger(__name__)


def follow(item: ItemId) -> None:
    """Let the further log lines of this task name the order and the shipment that an item belongs to."""
    go_on_with(operation_id(item), str(item.owner))


@dataclass(frozen=True, slots=True)
class Hops:
    """Tells the hops of the orders that are sampled."""

    tracing: Tracing

    def passed(self, hop: str, **facts: Any) -> None:
        """Tell that the order which this task works on has come so far."""
        current = current_operation()
        if current.shipment_id and self.tracing.samples(current.operation_id):
            _log.info("order came by %s", hop, extra=_facts(hop) | facts)

    def passed_by(self, item: ItemId, hop: str, **facts: Any) -> None:
        """Tell that an order which others share this task with has come so far."""
        with working_on(Operation(operation_id(item), str(item.owner))):
            self.passed(hop, **facts)

    def came_together(self, hop: str, items: Sequence[ItemId]) -> None:
        """Tell which sampled orders came in one message, under the trace of that message."""
        links = sorted({trace for item in items if self.tracing.samples(trace := operation_id(item))})
        if links:
            with working_on(Operation(shared_operation_id(items))):
                _log.info("orders came together by %s", hop, extra=_facts(hop) | {"links": links})


def _facts(hop: str) -> dict[str, Any]:
    return {"hop": hop, "at": round(time.time(), 3)}
