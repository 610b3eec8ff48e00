"""What operators are to the tests: they see dead letters and replay them."""

from collections.abc import Iterator
from typing import Any

import requests
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
)

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import API, CALL_SECONDS, personal, wait_until

SUPPORT = "altinn:notifications.support.admin"
DEAD_LETTERS = "/future/dashboard/dead-letters"
MAX_DELIVERIES = 10  # of a message, before Service Bus gives it up


class Operator:
    """Somebody at the support desk."""

    def __init__(self, cloud: LocalCloud, org: str | None = "digdir") -> None:
        self._address = cloud.api + API + DEAD_LETTERS
        self._headers = {"Authorization": f"Bearer {personal(cloud.token(org=org, scope=SUPPORT))}"}

    def ask(self, method: str, path: str = "", **request: Any) -> requests.Response:
        """Call an endpoint of dead letters; `request` as for the requests library."""
        return requests.request(
            method, self._address + path, headers=self._headers, timeout=CALL_SECONDS, **request
        )

    def page(self, **query: Any) -> dict[str, Any]:
        """Return a page of dead letters."""
        answer = self.ask("GET", params=query)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return dict(answer.json())

    def find(self, queue: str, shipment_id: str) -> list[dict[str, Any]]:
        """Return the newest dead letters of a queue that belong to a shipment."""
        letters = self.page(queue=queue)["deadLetters"]
        return [letter for letter in letters if letter.get("shipmentId") == shipment_id]

    def wait_for(self, queue: str, shipment_id: str) -> dict[str, Any]:
        """Return the one dead letter of a shipment on a queue."""
        (letter,) = wait_until(lambda: self.find(queue, shipment_id), what=f"dead letter on {queue}")
        return letter

    def replay(self, letter: dict[str, Any]) -> dict[str, Any]:
        """Replay a message and return what is told of it then."""
        answer = self.ask("POST", f"/{letter['queue']}/{letter['id']}/replay")
        assert answer.status_code == 202, (answer.status_code, answer.text)
        return dict(answer.json())


def poison(cloud: LocalCloud, bodies: dict[str, bytes]) -> None:
    """Put a message that nobody can read on each of these queues."""
    with ServiceBusClient.from_connection_string(cloud.service_bus) as client:
        for queue, body in bodies.items():
            with client.get_queue_sender(queue) as sender:
                sender.send_messages(ServiceBusMessage(body))


def fail_always(cloud: LocalCloud, queue: str, shipment_id: str) -> None:
    """Take the message of a shipment until it is given up, as a worker does that dies of it every time."""
    failures = 0
    for receiver, message in _received(cloud, queue):
        failures += shipment_id in str(message)
        receiver.abandon_message(message)
        if failures == MAX_DELIVERIES:
            return


def put_aside(cloud: LocalCloud, queue: str, shipment_id: str, reason: str) -> None:
    """Move the message of a shipment to the dead-letter queue, as somebody does who looks into a queue."""
    for receiver, message in _received(cloud, queue):
        if shipment_id in str(message):
            receiver.dead_letter_message(message, reason=reason)
            return
        receiver.abandon_message(message)


def _received(
    cloud: LocalCloud, queue: str
) -> Iterator[tuple[ServiceBusReceiver, ServiceBusReceivedMessage]]:
    with (
        ServiceBusClient.from_connection_string(cloud.service_bus) as client,
        client.get_queue_receiver(queue) as receiver,
    ):
        while messages := receiver.receive_messages(max_wait_time=CALL_SECONDS):
            for message in messages:
                yield receiver, message
        raise AssertionError("the message is not on its queue")
