"""What an attack works with: hostile owners and their tokens, connections, hostile servers."""

import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.neighbours.condition_hosts import ConditionHosts
from benchmarks.neighbours.vault import Vault
from benchmarks.neighbours.wire import Crowd, Request
from benchmarks.orders import PATH

OWNERS = 8
API = "/notifications/api/v1"
_JSON = "Content-Type: application/json"


@dataclass(frozen=True, slots=True)
class Target:
    """The local cloud under attack: address, bearer tokens of hostile owners, login of the SMS gateway."""

    api: str
    tokens: tuple[str, ...]
    report_path: str
    report_login: str


class Field:
    """One attack: what comes before `begin` is preparation, and no part of what is timed."""

    target: Target
    crowd: Crowd

    def __init__(self, hosts: ConditionHosts, vault: Vault) -> None:
        self.hosts = hosts
        self.vault = vault
        self.notes: list[str] = []
        self.broken: list[str] = []  # promises that the attack itself saw broken

    async def begin(self) -> None:
        """Say that all is prepared, and wait for the target."""
        print(json.dumps({"ready": self.vault.base}), flush=True)
        told = json.loads(await asyncio.to_thread(sys.stdin.readline))
        self.target = Target(told["api"], tuple(told["tokens"]), told["reportPath"], told["reportLogin"])
        self.crowd = Crowd(self.target.api)

    def bearer(self, owner: int = 0) -> str:
        """Return the line with the token of a hostile owner; there are `OWNERS` of them."""
        return f"Authorization: Bearer {self.target.tokens[owner % OWNERS]}"

    def post(self, path: str, body: bytes, owner: int = 0) -> Request:
        """Return a request that places something."""
        return Request("POST", path, (self.bearer(owner), _JSON), body)

    def get(self, path: str, owner: int = 0) -> Request:
        """Return a request that reads something."""
        return Request("GET", path, (self.bearer(owner),))

    async def place(self, bodies: Iterable[bytes], *, connections: int, owners: int = 1) -> None:
        """Place orders of version 2 by so many owners in turn."""
        requests = (self.post(PATH, body, number % owners) for number, body in enumerate(bodies))
        await self.crowd.ask_all(requests, connections)

    def note(self, text: str) -> None:
        """Remember something worth telling."""
        self.notes.append(text)


def conditional_order(number: int, url: str) -> bytes:
    """Return the body of an order for one e-mail with a condition endpoint."""
    recipient = {
        "emailAddress": f"hostile{number}@example.no",
        "emailSettings": {"subject": "s", "body": "b"},
    }
    order: dict[str, Any] = {
        "idempotencyId": f"hostile-{number}",
        "conditionEndpoint": url,
        "recipient": {"recipientEmail": recipient},
    }
    return json.dumps(order).encode()
