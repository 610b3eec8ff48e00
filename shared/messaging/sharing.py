"""Puts work items that are sent at the same moment into one message, as far as they allow that.

A message costs a credit of Service Bus and an invocation of a function, whatever is in it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from shared.domain.orders.trace import Tracing
from shared.ports.queues import QueuedMessage
from shared.records.named_items import item_in
from shared.records.shared_messages import shared_body

MAX_ITEMS = 32  # of a message: their handler has them side by side and within the lock
MAX_BYTES = 190_000  # of a message, of the 256 KB that also hold its properties


def shared_messages(messages: Sequence[QueuedMessage]) -> list[list[int]]:
    """Return which of these messages, all of one queue, go together; each by its index, in their order."""
    groups: list[list[int]] = []
    open_group: list[int] = []
    size = 0
    for index, message in enumerate(messages):
        if not message.may_share or message.scheduled_at is not None:
            groups.append([index])
            continue
        weight = len(message.body) + 1
        if not open_group or len(open_group) >= MAX_ITEMS or size + weight > MAX_BYTES:
            open_group, size = [], 0
            groups.append(open_group)
        open_group.append(index)
        size += weight
    return groups


def as_one(messages: Sequence[QueuedMessage], tracing: Tracing) -> QueuedMessage:
    """Return the message that carries the items of these; one alone stays as it is.

    A repeat of the same items has the same id. The trace context is that of the order, if there is one item.
    """
    items = [item for message in messages if (item := item_in(message.body)) is not None]
    return replace(_joined(messages), traceparent=tracing.traceparent(items) if items else None)


def _joined(messages: Sequence[QueuedMessage]) -> QueuedMessage:
    first = messages[0]
    if len(messages) == 1:
        return first
    ids = "\n".join(message.message_id for message in messages)
    digest = hashlib.blake2b(ids.encode(), digest_size=16).hexdigest()
    return QueuedMessage(first.queue, f"shared|{digest}", shared_body([m.body for m in messages]))
