"""The trace of an order, in the form of W3C Trace Context, made of the ids that it has anyway.

Nothing is stored and nothing has to be handed on: whoever has an id of the order, from a message, a row or a
report, has its trace. So it survives lost messages, and work that the agenda finds again belongs to it.

    trace     the id of the chain, without hyphens: what Application Insights calls the operation id
    parent    the last half of the id of the shipment, page or notification that the work is about
    sampled   a fixed part of all orders, chosen by their ids: every hop of these is told in the log
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.orders.ids import ItemId

_HALF = 16  # hex digits


@dataclass(frozen=True, slots=True)
class Tracing:
    """Which orders are sampled: so many of a thousand."""

    orders_per_mille: int

    def samples(self, operation: str) -> bool:
        """Whether every hop of the order with this trace id is told."""
        # the first bytes of a chain key are uniformly distributed: a keyed hash or random bytes
        return int(operation[:8], 16) * 1000 < self.orders_per_mille << 32

    def traceparent(self, items: Sequence[ItemId]) -> str:
        """Return the header for work on these, at least one; several orders have a trace of their own."""
        flag = "01" if any(self.samples(operation_id(item)) for item in items) else "00"
        if len(items) == 1:
            return f"00-{operation_id(items[0])}-{_digits(items[0])[_HALF:]}-{flag}"
        shared = shared_operation_id(items)
        return f"00-{shared}-{shared[:_HALF]}-{flag}"


def operation_id(item: ItemId) -> str:
    """Return the trace id of the order that this belongs to, 32 hex digits."""
    return _digits(item.chain)


def shared_operation_id(items: Sequence[ItemId]) -> str:
    """Return the trace id of work on several items at once, which links theirs."""
    ids = "\n".join(str(item) for item in items)
    return hashlib.blake2b(ids.encode(), digest_size=16).hexdigest()


def _digits(item: ItemId) -> str:
    return str(item).replace("-", "")
