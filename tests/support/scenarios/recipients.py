"""Orders to people and organisations known by an identifier, and whom they reached."""

from typing import Any

from tests.support.scenarios.owner import Owner, new_idempotency_id, new_text

URN = "urn:altinn:resource:e2e-tjeneste"
PERSON, ORGANIZATION, EXTERNAL = "recipientPerson", "recipientOrganization", "recipientExternalIdentity"
_IDENTIFIERS = {
    PERSON: "nationalIdentityNumber",
    ORGANIZATION: "orgNumber",
    EXTERNAL: "externalIdentity",
}


def order_to(
    kind: str,
    identifier: str,
    schema: str,
    *,
    text: str | None = None,
    reminders: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return an order to somebody known by an identifier, with both templates."""
    text = text or new_text()
    member = {
        _IDENTIFIERS[kind]: identifier,
        "channelSchema": schema,
        "emailSettings": {"subject": "Varsel", "body": text},
        "smsSettings": {"body": text},
        **more,
    }
    order = {"idempotencyId": new_idempotency_id(), "recipient": {kind: member}}
    return order if reminders is None else order | {"reminders": reminders}


def v1_email(recipients: list[dict[str, str]], body: str | None = None) -> dict[str, Any]:
    """Return a version 1 order for e-mails to many."""
    return {"subject": "Varsel", "body": body or new_text(), "recipients": recipients}


def told(owner: Owner, shipment_id: str) -> list[tuple[str, str]]:
    """Return (destination, status) of every recipient in the feed entry of a completed shipment."""
    entry = owner.wait_for_feed_entry(shipment_id)
    assert entry["status"] == "Order_Completed"
    return sorted((recipient["destination"], recipient["status"]) for recipient in entry["recipients"])
