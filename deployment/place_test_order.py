"""Places an order for one e-mail and waits until it is delivered: the smoke test after a deployment.

TOKEN=… python3 deployment/place_test_order.py ADDRESS --to RECIPIENT

ADDRESS is that of the API, TOKEN a bearer token with the scope altinn:serviceowner/notifications.create. The
exit code is 0 if the e-mail was delivered, 1 if not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

PAUSE_SECONDS = 5
ENDED_WELL = {"Email_Delivered"}
ENDED = "Email_Failed"
_ORDERS = "/notifications/api/v1/future/orders"
_SHIPMENT = "/notifications/api/v1/future/shipment"


class OrderError(Exception):
    """The test order could not be placed or did not arrive; the message says what was answered."""


def place(address: str, token: str, recipient: str) -> str:
    """Place the order; return the id of its shipment."""
    body = {
        "idempotencyId": str(uuid.uuid4()),
        "sendersReference": "smoke-test",
        "recipient": {
            "recipientEmail": {
                "emailAddress": recipient,
                "emailSettings": {
                    "subject": "Test of the notification service",
                    "body": "The deployment works. No answer is expected.",
                    "contentType": "Plain",
                    "sendingTimePolicy": "Anytime",
                },
            }
        },
    }
    answer = _ask(f"{address}{_ORDERS}", token, body)
    return str(answer["notification"]["shipmentId"])


def result(address: str, token: str, shipment: str) -> str:
    """Return the status of the one e-mail of the shipment, or an empty text while there is none."""
    recipients = _ask(f"{address}{_SHIPMENT}/{shipment}", token).get("recipients") or []
    return str(recipients[0]["status"]) if recipients else ""


def wait_for_delivery(
    address: str, token: str, shipment: str, seconds: int, sleep: Callable[[float], None] = time.sleep
) -> str:
    """Ask until the e-mail has ended; OrderError if it failed or the time is over."""
    status = ""
    for _ in range(max(1, seconds // PAUSE_SECONDS)):
        status = result(address, token, shipment)
        if status in ENDED_WELL:
            return status
        if status.startswith(ENDED):
            raise OrderError(f"shipment {shipment} ended as {status}")
        sleep(PAUSE_SECONDS)
    raise OrderError(f"shipment {shipment} is {status or 'not sent'} after {seconds} seconds")


def _ask(url: str, token: str, body: object = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
            return dict(json.loads(answer.read()))
    except urllib.error.HTTPError as error:
        raise OrderError(
            f"{url} answered {error.code}: {error.read().decode(errors='replace')[:500]}"
        ) from error
    except OSError as error:
        raise OrderError(f"{url} could not be asked: {error}") from error


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Place the order and wait; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("address")
    parser.add_argument("--to", required=True, help="e-mail address of the recipient")
    parser.add_argument("--seconds", type=int, default=300, help="how long to wait for the delivery")
    chosen = parser.parse_args(arguments)
    token = environ.get("TOKEN")
    if not token:
        print("error: set TOKEN to a bearer token", file=sys.stderr)
        return 1
    address = chosen.address.rstrip("/")
    try:
        shipment = place(address, token, chosen.to)
        print(f"placed: shipment {shipment}")
        print(wait_for_delivery(address, token, shipment, chosen.seconds))
    except OrderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
