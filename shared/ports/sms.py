"""The SMS gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.ports.sending import SendOutcome


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One SMS. `to` is E.164 with a leading plus, `ttl_minutes` whole minutes until it is worthless."""

    to: str
    sender: str
    text: str
    ttl_minutes: int


class SmsGateway(Protocol):
    """Sends SMS messages, up to 100 in one request. Never raises for what the gateway or the network does."""

    async def submit(self, messages: Sequence[OutgoingSms]) -> list[SendOutcome]:
        """Submit in one request; outcomes in the order given."""

    async def answers(self) -> SendOutcome:
        """Log on without any message: ACCEPTED when the gateway is there and lets us in."""
