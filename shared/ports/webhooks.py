"""Endpoints of owners that take entries of the feed, and what protects the secrets they are called with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What one call carries; `id` stays the same whenever it is tried again."""

    id: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What one call came to: the status, None without a whole answer, and how long it took.

    `reason` says it in a few words, without any part of the address or the answer. `retry_after` is for how
    many seconds the endpoint asks to be left alone.
    """

    status: int | None
    reason: str
    seconds: float = 0.0
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the endpoint took the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants no message any more."""
        return self.status == HTTPStatus.GONE


class WebhookEndpoint(Protocol):
    """Calls endpoints."""

    async def call(self, url: str, message: WebhookMessage, secrets: Sequence[str]) -> WebhookAnswer:
        """Call once, signed with each secret. Never raises for what the endpoint or the network does."""


class SecretSeal(Protocol):
    """Encrypts secrets for their rows; `bound_to` names the row, and another one cannot use them."""

    def seal(self, secret: str, bound_to: str) -> bytes:
        """Return a secret as it is stored."""

    def open(self, sealed: bytes, bound_to: str) -> str:
        """Return a secret; PermanentError when it was sealed with another key or for another row."""

    def is_current(self, sealed: bytes, bound_to: str) -> bool:
        """Whether a secret was sealed with the key that is used now."""
