"""Sends e-mails to the simulator with the real SDK."""

from typing import Any

from azure.communication.email.aio import EmailClient
from azure.core.credentials import AzureKeyCredential

from devstack.tests.support.simulators import ACS_KEY, Cloud


def message(to: str = "kari@example.no", **content: str) -> dict[str, Any]:
    return {
        "senderAddress": "no-reply@example.no",
        "content": {"subject": "Hei", "plainText": "Æøå", **content},
        "recipients": {"to": [{"address": to}]},
    }


def client_of(cloud: Cloud, key: str = ACS_KEY) -> EmailClient:
    return EmailClient(cloud.url("acs"), AzureKeyCredential(key), retry_total=0)


async def send(
    client: EmailClient, operation_id: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Any:
    poller = await client.begin_send(body, operation_id=operation_id, headers=headers or {}, polling=False)
    return await poller.result()
