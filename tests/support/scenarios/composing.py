"""E-mails with files, as their senders write them."""

from datetime import timedelta
from typing import Any

import requests

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import Owner, new_idempotency_id, new_text, personal

COMPOSED = "/future/orders/composed-email"
SCOPE = "altinn:serviceowner/notifications.composedemail.create"
_AN_HOUR = timedelta(hours=1)


def file(
    cloud: LocalCloud,
    name: str,
    *,
    lifetime: timedelta = _AN_HOUR,
    query: str = "",
    of: str = "application/pdf",
) -> dict[str, Any]:
    """Return a file in the simulated storage, which its name describes, with a link of this lifetime."""
    expiry = (cloud.now() + lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
    secret = personal(new_text("sig").replace(" ", ""))
    link = f"{cloud.addresses['platform']}/blobs/{name}?sp=r&se={expiry}&sr=b&sig={secret}{query}"
    return {"filename": name, "mimeType": of, "sasUrl": link}


def composed_order(to: str, *attachments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an order for one e-mail with files."""
    settings = {"subject": new_text("Vedtak"), "body": f"<p>{new_text()}</p>", "contentType": "Html"}
    recipient = {"emailAddress": to, "emailSettings": {**settings, "attachments": list(attachments)}}
    return {"idempotencyId": new_idempotency_id(), "recipient": recipient, **more}


def place_composed(sender: Owner, document: dict[str, Any], status: int = 201) -> requests.Response:
    """Place an order that is answered with this status."""
    answer = sender.ask("POST", COMPOSED, json=document)
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer


def send_composed(sender: Owner, document: dict[str, Any]) -> str:
    """Place an order; returns the id of its shipment."""
    return str(place_composed(sender, document).json()["notification"]["shipmentId"])
