"""Senders' condition endpoints."""

from typing import Protocol

from shared.domain.orders.condition import ConditionAnswer


class ConditionEndpoint(Protocol):
    """Asks a sender whether a message should still go out."""

    async def ask(self, url: str) -> ConditionAnswer:
        """Ask once. Never raises for what the endpoint or the network does."""
