"""Receivers of webhooks: `POST /webhooks/NAME` takes a call, verifies its signature and keeps what it saw.

A receiver that was told secrets takes what is signed with one of them, and answers 401 to anything else. One
without secrets takes everything. Fault rules with the target `webhook.NAME` make it misbehave.
"""

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from devstack.simulators.faults.gate import Gate

_CALLS_KEPT = 200  # of each receiver
_NO_SECRET = "not verified: no secret"  # noqa: S105
_VALID = "valid"


@dataclass(slots=True)
class Call:
    """One call: when it came, what it carried, whether its signature holds, and what was answered.

    `status` is None where there was no answer. `taken` says that its entry counts as received.
    """

    at: str
    message_id: str
    type: str
    number: int | None
    signature: str
    signatures: int
    taken: bool = False
    again: bool = False
    status: int | None = None


@dataclass(slots=True)
class Receiver:
    """One receiver: its latest calls, and the numbers that it has taken, in the order in which they came."""

    secrets: tuple[str, ...] = ()
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=_CALLS_KEPT))
    numbers: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)

    def take(self, call: Call) -> web.Response:
        """Take a call, unless its signature is wrong."""
        if call.signature not in (_VALID, _NO_SECRET):
            return web.json_response({"error": call.signature}, status=401)
        call.taken = True
        if call.number is not None:
            call.again = call.number in self.known
            self.known.add(call.number)
            self.numbers.append(call.number)
        return web.json_response({"taken": call.number})

    def verdict(self, body: bytes, headers: dict[str, str]) -> str:
        """Return what is to be said of a signature."""
        found = _NO_SECRET
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, headers, json_parse=False)
            except (WebhookVerificationError, ValueError) as error:
                found = str(error)
            else:
                return _VALID
        return found


class Receivers:
    """All receivers; `revision` grows with everything that is to be shown."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._receivers: dict[str, Receiver] = {}
        self.revision = 0

    def add_routes(self, app: web.Application) -> None:
        """Serve under /webhooks."""
        app.router.add_post("/webhooks/{name}", self._call)

    def of(self, name: str) -> Receiver:
        """Return a receiver, a new one if there is none of this name."""
        return self._receivers.setdefault(name, Receiver())

    def give(self, name: str, secrets: Iterable[str]) -> None:
        """Tell a receiver with which secrets it is called."""
        self.of(name).secrets = tuple(secrets)
        self.revision += 1

    def forget(self, name: str) -> None:
        """Forget what a receiver saw, and its secrets."""
        self._receivers.pop(name, None)
        self.revision += 1

    def to_json(self) -> list[dict[str, Any]]:
        """Return all receivers with their latest calls, the newest first; secrets are not shown."""
        return [
            {
                "name": name,
                "secrets": len(receiver.secrets),
                "taken": len(receiver.numbers),
                "distinct": len(receiver.known),
                "inOrder": in_order(receiver.numbers),
                "calls": [asdict(call) for call in reversed(receiver.calls)],
            }
            for name, receiver in sorted(self._receivers.items())
        ]

    async def _call(self, request: web.Request) -> web.Response:
        receiver, name = self.of(request.match_info["name"]), request.match_info["name"]
        body = await request.read()
        call = _read(body, request, receiver)
        receiver.calls.append(call)
        self.revision += 1
        answer = await self._gate.answer(
            request, f"webhook.{name}", lambda: receiver.take(call), to=[call.message_id]
        )
        is_lost = request.transport is None or request.transport.is_closing()
        call.status = None if is_lost else answer.status
        self.revision += 1
        return answer


def in_order(numbers: Sequence[int]) -> bool:
    """Whether no number came for the first time before the one below it; a replay may begin below all."""
    known: set[int] = set()
    lowest = 0
    for number in numbers:
        if not known or number < lowest:
            lowest = number
        elif number - 1 not in known and number not in known:
            return False
        known.add(number)
    return True


def _read(body: bytes, request: web.Request, receiver: Receiver) -> Call:
    headers = dict(request.headers)
    try:
        event = json.loads(body)
        kind, number = str(event["type"]), event["data"].get("sequenceNumber")
    except (ValueError, KeyError, TypeError, AttributeError):
        kind, number = "unreadable", None
    return Call(
        at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        message_id=request.headers.get("webhook-id", ""),
        type=kind,
        number=number if isinstance(number, int) else None,
        signature=receiver.verdict(body, headers),
        signatures=len(request.headers.get("webhook-signature", "").split()),
    )
