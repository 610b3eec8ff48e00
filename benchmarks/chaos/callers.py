"""Service owners that do not give up: every request is repeated until it is answered for good."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

from benchmarks.chaos.orders import ATTEMPT, Kind, Order, request

_API = "/notifications/api/v1"
_CALLERS = 16
_TIMEOUT_SECONDS = 15.0
_PATIENCE_SECONDS = 90.0
_PAUSE_SECONDS = 0.3
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said; `document` is None unless it is a success."""

    status: int
    document: Any


class Api:
    """The API as one owner calls it."""

    def __init__(self, base: str, token: str) -> None:
        self._address = urlsplit(base).netloc
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, document: object = None) -> Answer | None:
        """Return the answer, None when there is none."""
        connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT_SECONDS)
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            text = answer.read()
            return Answer(answer.status, json.loads(text) if answer.status < 300 and text else None)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def insist(self, method: str, path: str, wanted: Iterable[int]) -> Answer | None:
        """Repeat a request until it is answered with one of these statuses; None when patience ends."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self.ask(method, path)
            if answer is not None and answer.status in wanted:
                return answer
            time.sleep(_PAUSE_SECONDS)
        return None

    def shipment(self, shipment_id: str) -> dict[str, Any] | None:
        """Return a shipment, None when the API does not answer within its callers' patience."""
        answer = self.insist("GET", f"{_API}/future/shipment/{shipment_id}", (200,))
        return None if answer is None else answer.document

    def trace(self, shipment_id: str) -> dict[str, Any] | None:
        """Return the trace of a shipment, None as for `shipment`."""
        answer = self.insist("GET", f"{_API}/future/shipment/{shipment_id}/trace", (200,))
        return None if answer is None else answer.document

    def named(self, reference: str) -> list[str]:
        """Return the ids of the orders with this sender's reference."""
        answer = self.insist("GET", f"{_API}/orders?sendersReference={quote(reference)}", (200,))
        return [] if answer is None else [order["id"] for order in answer.document["orders"]]

    def feed(self, after: int) -> list[dict[str, Any]]:
        """Return the feed's entries behind a number; those that can be had now."""
        entries: list[dict[str, Any]] = []
        while True:
            last = entries[-1]["sequenceNumber"] if entries else after
            answer = self.ask("GET", f"{_API}/future/shipment/feed?seq={last}&pageSize={_PAGE}")
            if answer is None or answer.status != 200 or not answer.document:
                return entries
            entries += answer.document


class Callers:
    """Place orders, and cancel those that are to be cancelled."""

    def __init__(self, api: Api, *, platform: str, now: Callable[[], datetime]) -> None:
        self._api = api
        self._platform = platform
        self._now = now
        self._lock = Lock()
        self._unanswered: set[str] = set()
        self.shipments: dict[str, str] = {}  # mark by id
        self.refused: list[Order] = []
        self.cancels: Counter[str] = Counter()
        self.cancelled: set[str] = set()  # marks of those whose cancel was confirmed
        self.replayed = 0
        self.statuses: Counter[int] = Counter()

    def place_all(self, orders: Sequence[Order], placed: Callable[[int, int], None]) -> None:
        """Place every order at its time; returns once each is accepted or given up.

        `placed` is called with how many are, and with how many there are.
        """
        started = time.monotonic()
        with ThreadPoolExecutor(_CALLERS) as callers:
            done = callers.map(lambda order: self._carry_out(order, started), orders)
            for number, _ in enumerate(done, 1):
                placed(number, len(orders))
        self._find_unanswered()

    def _carry_out(self, order: Order, started: float) -> None:
        time.sleep(max(0.0, started + order.at - time.monotonic()))
        receipt = self._place(order)
        if receipt is None:
            with self._lock:
                self.refused.append(order)
        elif order.kind is Kind.CANCELLED:
            self._cancel(order, receipt)

    def _place(self, order: Order) -> dict[str, Any] | None:
        deadline, attempt = time.monotonic() + _PATIENCE_SECONDS, 0
        while time.monotonic() < deadline:
            attempt += 1
            path, document = request(order, now=self._now(), platform=self._platform, attempt=attempt)
            answer = self._api.ask("POST", path, document)
            with self._lock:
                self.statuses[0 if answer is None else answer.status] += 1
                if answer is not None and answer.status in (200, 201, 202):
                    self._accepted(order, document, answer)
                    return dict(answer.document)
                if order.kind is Kind.BULK:
                    self._unanswered.add(document["sendersReference"])
            time.sleep(_PAUSE_SECONDS)
        return None

    def _accepted(self, order: Order, document: dict[str, Any], answer: Answer) -> None:
        receipt = answer.document
        if order.kind is Kind.BULK:
            self.shipments[receipt["orderId"]] = document["sendersReference"]
            return
        main = receipt["notification"]
        for shipment in (main, *(main.get("reminders") or ())):
            self.shipments[shipment["shipmentId"]] = shipment["sendersReference"]
        self.replayed += answer.status == 200

    def _cancel(self, order: Order, receipt: dict[str, Any]) -> None:
        """Cancel by either way: the whole chain, or its one shipment as version 1 does."""
        if order.number % 2:
            path = f"{_API}/future/orders/{receipt['notificationOrderId']}/cancel"
        else:
            path = f"{_API}/orders/{receipt['notification']['shipmentId']}/cancel"
        answer = self._api.insist("PUT", path, (200, 409))
        with self._lock:
            match answer:
                case Answer(200):
                    self.cancelled.add(order.mark)
                    self.cancels["confirmed"] += 1
                case Answer(409):
                    self.cancels["too late"] += 1
                case _:
                    self.cancels["not answered"] += 1

    def _find_unanswered(self) -> None:
        """Look for bulk orders that were accepted although nobody was told; each attempt is one."""
        for mark in sorted(self._unanswered):
            assert ATTEMPT in mark
            for order_id in self._api.named(mark):
                self.shipments[order_id] = mark
