"""Shared access signatures, checked when the broker knows the key."""

from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusAuthenticationError

from devstack.servicebus.client.connection import ClientConnection
from devstack.servicebus.client.connection_string import ConnectionString
from devstack.servicebus.client.receiver import QueueReceiver
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.running import running_broker
from devstack.servicebus.tokens import Authorization, TokenRefusedError, sign

QUEUES = (QueueDeclaration("orders", lock_duration=timedelta(seconds=30)), QueueDeclaration("other"))


async def test_the_sdk_passes_with_the_key_and_fails_with_another() -> None:
    async with running_broker(QUEUES, key="right") as running:
        async with ServiceBusClient.from_connection_string(running.connection_string) as client:
            sender = client.get_queue_sender("orders")
            await sender.send_messages(ServiceBusMessage("x"))
        wrong = running.connection_string.replace("SharedAccessKey=right", "SharedAccessKey=wrong")
        async with ServiceBusClient.from_connection_string(wrong, retry_total=0) as client:
            with pytest.raises(ServiceBusAuthenticationError):
                await client.get_queue_sender("orders").send_messages(ServiceBusMessage("x"))
        assert running.broker.queues["orders"].counts()["active"] == 1


async def test_the_lean_receiver_passes_with_the_key_and_fails_with_another() -> None:
    async with running_broker(QUEUES, key="right") as running:
        receiver = await QueueReceiver.connect(running.connection_string, "orders", prefetch=0)
        await receiver.close()
        wrong = running.connection_string.replace("SharedAccessKey=right", "SharedAccessKey=wrong")
        with pytest.raises(PermissionError, match="signature"):
            await QueueReceiver.connect(wrong, "orders", prefetch=0)


async def test_a_token_for_one_queue_opens_no_other() -> None:
    async with running_broker(QUEUES, key="right") as running:
        connection = await ClientConnection.open(ConnectionString.parse(running.connection_string))
        await connection.authorize("orders")
        await connection.attach_sender("ORDERS")
        with pytest.raises(ConnectionError, match="unauthorized-access"):
            await connection.attach_sender("other")


@pytest.mark.parametrize(
    "token",
    [
        "not-a-token",
        "SharedAccessSignature sr=x",
        sign("sb://h/orders", "k", "other-key", 60),
        sign("sb://h/orders", "k", "key", -60),
        sign("sb://h/orders", "k", "key", 60).replace("orders", "elsewhere"),
    ],
    ids=["text", "cut", "other key", "expired", "another queue"],  # not their texts: they hold the time
)
def test_tokens_that_are_refused(token: str) -> None:
    authorization = Authorization("key")
    with pytest.raises(TokenRefusedError):
        authorization.admit(token)
    assert not authorization.covers("orders")


@pytest.mark.parametrize(
    ("resource", "covered"),
    [
        ("sb://host:5672/", True),
        ("sb://host/Orders", True),
        ("sb://host/orders/$deadletterqueue", False),
        ("sb://host/ord", False),
    ],
)
def test_what_a_token_covers(resource: str, *, covered: bool) -> None:
    authorization = Authorization("key")
    authorization.admit(sign(resource, "k", "key", 60))
    assert authorization.covers("orders") is covered
