"""The honest owner: reads all the time, places orders to single recipients, and times both from outside."""

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

from benchmarks.neighbours.field import API
from benchmarks.neighbours.vault import HEADER
from benchmarks.neighbours.wire import Answer, Connection, Request
from benchmarks.orders import PATH, email_address, phone_number
from devstack.simulators.altinn.fixtures import PERSON_WITH_BOTH

_READ_EVERY, _ORDER_EVERY = 0.05, 0.4  # seconds
_POLL_SECONDS = 0.03
_PATIENCE_SECONDS = 60.0
_EMAIL = {"subject": "Your case", "body": "Log in to read it."}


@dataclass(slots=True)
class Timings:
    """Seconds: of reads, of placements, and from placement to delivered report by kind of order.

    `problems` counts what was answered with an error, or not delivered in time.
    """

    reads: list[float] = field(default_factory=list)
    placements: list[float] = field(default_factory=list)
    deliveries: dict[str, list[float]] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Owner:
    """An honest owner at a local cloud, and what it shows: a bearer token, or its platform token."""

    api: str
    bearer: str
    platform_token: str
    platform: str  # the simulated platform, with condition endpoints

    def order(self, kind: str, number: int) -> bytes:
        """Return the body of an order."""
        order: dict[str, Any] = {"idempotencyId": f"honest-{secrets.token_hex(8)}"}
        match kind:
            case "sms":
                text = {"body": "Log in to read it.", "sendingTimePolicy": "Anytime"}
                recipient = {"recipientSms": {"phoneNumber": phone_number(number), "smsSettings": text}}
            case "person":
                known = {"nationalIdentityNumber": PERSON_WITH_BOTH.nin, "channelSchema": "Email"}
                recipient = {"recipientPerson": known | {"emailSettings": _EMAIL}}
            case _:
                address = {"emailAddress": email_address(number), "emailSettings": _EMAIL}
                recipient = {"recipientEmail": address}
        if kind == "condition":
            order["conditionEndpoint"] = f"{self.platform}/conditions/true?order={number}"
        return json.dumps(order | {"recipient": recipient}).encode()


KINDS = ("email", "sms", "person", "condition")


class Honest:
    """The owner at work; `timings` are those since `work` began last."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._bearer = (f"Authorization: Bearer {owner.bearer}",)
        self._platform = (f"{HEADER}: {owner.platform_token}",)
        self._numbers = count(1)
        self._last_shipment = ""
        self.timings = Timings()

    async def work(
        self, seconds: float, until: "asyncio.Task[Any] | None" = None, most: float = 0
    ) -> Timings:
        """Read and place orders for a time, and longer until a task is done, but no longer than `most`.

        Returns when every order is delivered or given up.
        """
        self.timings = Timings()
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as work:
            reading = work.create_task(self._read())
            placing = work.create_task(self._place(stop))
            await asyncio.sleep(seconds)
            if until is not None and not until.done():
                await asyncio.wait((until,), timeout=max(0.0, most - seconds))
            stop.set()
            await placing
            reading.cancel()
        return self.timings

    async def _read(self) -> None:
        async with Connection(self._owner.api) as connection:
            for request in self._reads():
                began = time.monotonic()
                answer = await connection.ask(request)
                self.timings.reads.append(time.monotonic() - began)
                self._check(answer, request.path.partition("?")[0], (200,))
                await asyncio.sleep(_READ_EVERY)

    def _reads(self) -> Iterator[Request]:
        """Yield reads of status, feed and order; every fifth shows a platform token."""
        for number in count():
            if not self._last_shipment:
                yield Request("GET", f"{API}/future/shipment/feed", self._bearer)
            elif number % 5 == 0:
                yield Request("GET", f"{API}/future/shipment/feed", self._platform)
            else:
                order = f"{API}/orders/{self._last_shipment}"
                paths = (f"{API}/future/shipment/{self._last_shipment}", order, f"{order}/status")
                path = (*paths, f"{API}/future/shipment/feed")[number % 4]
                yield Request("GET", path, self._bearer)

    async def _place(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as orders:
            for kind in cycle(KINDS):
                orders.create_task(self._deliver(kind))
                try:
                    await asyncio.wait_for(stop.wait(), _ORDER_EVERY)
                except TimeoutError:
                    continue
                return

    async def _deliver(self, kind: str) -> None:
        body = self._owner.order(kind, next(self._numbers))
        began = time.monotonic()
        async with Connection(self._owner.api) as connection:
            placed = await connection.ask(
                Request("POST", PATH, (*self._bearer, "Content-Type: application/json"), body)
            )
            self.timings.placements.append(time.monotonic() - began)
            if not self._check(placed, "placement", (201,)):
                return
            shipment = json.loads(placed.body)["notification"]["shipmentId"]
            self._last_shipment = shipment
            request = Request("GET", f"{API}/future/shipment/{shipment}", self._bearer)
            while (waited := time.monotonic() - began) < _PATIENCE_SECONDS:
                answer = await connection.ask(request)
                if b'_Delivered"' in answer.body:
                    self.timings.deliveries.setdefault(kind, []).append(time.monotonic() - began)
                    return
                await asyncio.sleep(max(_POLL_SECONDS, waited / 10))  # asking must not become a load itself
        self.timings.problems[f"{kind} not delivered in {_PATIENCE_SECONDS:.0f} s"] += 1

    def _check(self, answer: Answer, what: str, wanted: Sequence[int]) -> bool:
        if answer.status in wanted:
            return True
        name = what.replace(self._last_shipment, "ID") if self._last_shipment else what
        self.timings.problems[f"{name}: {answer.status}"] += 1
        return False
