"""Places orders as a stubborn caller does: repeated under their idempotency ids until they are accepted."""

import http.client
import json
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from benchmarks.orders import PATH, order_body

_CALLERS = 16
_TIMEOUT_SECONDS = 15.0
_PATIENCE_SECONDS = 90.0
_PAUSE_SECONDS = 0.3
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Order:
    """One order to place, `at` seconds after the start."""

    at: float
    channel: str
    number: int
    daytime: bool = False


class Callers:
    """A service owner's side: places orders, asks for shipments, reads the feed."""

    def __init__(self, api: str, token: str, run: str) -> None:
        self._address = urlsplit(api).netloc
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._run = run
        self._lock = Lock()
        self.accepted: dict[Order, str] = {}
        self.replayed = 0

    def place_all(self, orders: Iterable[Order]) -> None:
        """Place every order at its time; returns once each is accepted or given up."""
        started = time.monotonic()
        with ThreadPoolExecutor(_CALLERS) as callers:
            for _ in callers.map(lambda order: self._place(order, started), orders):
                pass

    def shipment(self, shipment_id: str) -> dict[str, Any] | None:
        """Return a shipment, None while the API does not answer."""
        answer = self._ask("GET", f"/notifications/api/v1/future/shipment/{shipment_id}")
        return None if answer is None or answer[0] != 200 else answer[1]

    def feed(self) -> Iterator[dict[str, Any]]:
        """Yield every entry of the feed; ends early while the API does not answer."""
        last = 0
        while True:
            answer = self._ask(
                "GET", f"/notifications/api/v1/future/shipment/feed?seq={last}&pageSize={_PAGE}"
            )
            if answer is None or answer[0] != 200 or not answer[1]:
                return
            yield from answer[1]
            last = answer[1][-1]["sequenceNumber"]

    def _place(self, order: Order, started: float) -> None:
        time.sleep(max(0.0, started + order.at - time.monotonic()))
        body = order_body(order.channel, order.number, run=self._run, daytime=order.daytime)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._ask("POST", PATH, body)
            if answer is not None and answer[0] in (200, 201):
                with self._lock:
                    self.accepted[order] = answer[1]["notification"]["shipmentId"]
                    self.replayed += answer[0] == 200
                return
            time.sleep(_PAUSE_SECONDS)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any] | None:
        connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.status in (200, 201) else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
