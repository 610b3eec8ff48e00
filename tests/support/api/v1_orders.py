"""Placing and reading orders of version 1, as an owner sees it."""

from typing import Any

from tests.support.api.answers import json_of
from tests.support.scenarios.owner import API, Owner

LATER = "2031-06-01T10:00:00Z"
HEADING = {"id", "requestedSendTime", "creator", "created", "notificationChannel"}


def place(owner: Owner, path: str, body: object) -> Any:
    """Place an order; return the answer, which says where the order is."""
    answer = owner.ask("POST", path, json=body)
    created = json_of(answer, 202)
    assert answer.headers["Location"] == f"{owner.cloud.api}{API}/orders/{created['orderId']}"
    return created


def read(owner: Owner, order_id: str, suffix: str = "") -> Any:
    """Return the answer to a read of an order, or of what is below it."""
    return json_of(owner.ask("GET", f"/orders/{order_id}{suffix}"), 200)


def link(owner: Owner, order_id: str) -> str:
    """Return the address of an order."""
    return f"{owner.cloud.api}{API}/orders/{order_id}"
