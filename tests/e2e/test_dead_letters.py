"""Messages that nobody can read: kept for an operator, alerted, and in nobody's way."""

import secrets

import pytest
from azure.data.tables import TableClient
from azure.servicebus import ServiceBusClient, ServiceBusMessage

from tests.e2e.owner import email_order, fail_once, new_email, new_phone, personal, sms_order, wait_until

QUEUES = ["orders", "email-send", "sms-send", "delivery-reports", "status-feed"]


def dead_letters(cloud, queue):
    with TableClient.from_connection_string(cloud.tables, "DeadLetters") as table:
        return [bytes(row["Body"]) for row in table.query_entities(f"PartitionKey eq '{queue}'")]


def test_poison_on_any_queue_is_kept_and_stops_nothing(cloud, owner):
    poison = {queue: f"poison {secrets.token_hex(8)}".encode() for queue in QUEUES}
    with ServiceBusClient.from_connection_string(cloud.service_bus) as client:
        for queue, body in poison.items():
            with client.get_queue_sender(queue) as sender:
                sender.send_messages(ServiceBusMessage(body))

    ids = [owner.send(email_order(new_email())), owner.send(sms_order(new_phone()))]
    for shipment_id in ids:
        assert owner.wait_for_feed_entry(shipment_id)["status"] == "Order_Completed"
    for queue, body in poison.items():
        wait_until(lambda q=queue, b=body: b in dead_letters(cloud, q), what=f"dead letter of {queue}")
    assert all(queue["deadLetter"] == 0 for queue in cloud.queues().values())
    assert all(f"dead letter on {queue}" in cloud.log_text() for queue in QUEUES)


def test_report_that_cannot_be_read_is_kept_for_an_operator(cloud, owner):
    address = new_email()
    fail_once(cloud, "acs.report", "malformed", address)
    before = len(dead_letters(cloud, "delivery-reports"))
    shipment_id = owner.send(email_order(address))
    wait_until(lambda: len(dead_letters(cloud, "delivery-reports")) > before, what="dead letter")
    cloud.advance_clock(6 * 60)
    owner.wait_for(shipment_id, "Email_Succeeded")


@pytest.mark.parametrize("queue", ["email-send", "sms-send"])
def test_poison_is_not_shown_in_the_log(cloud, queue):
    text = personal(f"hemmelig{secrets.token_hex(8)}")
    with (
        ServiceBusClient.from_connection_string(cloud.service_bus) as client,
        client.get_queue_sender(queue) as sender,
    ):
        sender.send_messages(ServiceBusMessage(f'{{"id": "{text}"'.encode()))
    wait_until(lambda: any(text.encode() in body for body in dead_letters(cloud, queue)), what="dead letter")
    assert text not in cloud.log_text()
