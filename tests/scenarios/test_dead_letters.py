"""Messages that could not be processed: kept for an operator, alerted, replayed, and in nobody's way."""

import json
import secrets

import pytest
from azure.data.tables import TableClient

from shared.records.queues import QUEUES
from tests.support.scenarios.owner import (
    email_order,
    fail_once,
    new_email,
    new_phone,
    personal,
    sms_order,
    wait_for_idle_queues,
    wait_until,
)
from tests.support.scenarios.support_desk import Operator, fail_always, poison, put_aside


def dead_letters(cloud, queue):
    with TableClient.from_connection_string(cloud.tables, "DeadLetters") as table:
        return [bytes(row["Body"])[1:] for row in table.query_entities(f"PartitionKey eq '{queue}'")]


def test_w35_poison_on_any_queue_is_kept_and_stops_nothing(cloud, owner):
    bodies = {queue: f"poison {secrets.token_hex(8)}".encode() for queue in QUEUES}
    poison(cloud, bodies)

    ids = [owner.send(email_order(new_email())), owner.send(sms_order(new_phone()))]
    for shipment_id in ids:
        assert owner.wait_for_feed_entry(shipment_id)["status"] == "Order_Completed"
    for queue, body in bodies.items():
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


def test_report_beside_others_that_cannot_be_read_counts_and_those_are_kept(cloud, owner):
    address = new_email("noreport")
    shipment_id = owner.send(email_order(address))
    operation = cloud.wait_for_email(address)["operationId"]
    good = {
        "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
        "data": {"messageId": operation, "status": "Delivered"},
    }
    unknown = {**good, "data": {"messageId": operation, "status": "Snoozed"}}
    bad = [None, unknown, {"eventType": 7, "subject": operation}]
    poison(cloud, {"delivery-reports": json.dumps([*bad[:2], good, bad[2]]).encode()})
    owner.wait_for(shipment_id, "Email_Delivered")
    bodies = {json.dumps(event, separators=(",", ":")).encode() for event in bad}
    wait_until(lambda: bodies <= set(dead_letters(cloud, "delivery-reports")), what="dead letters")


@pytest.mark.parametrize("queue", ["email-send", "sms-send"])
def test_poison_is_not_shown_in_the_log(cloud, queue):
    text = personal(f"hemmelig{secrets.token_hex(8)}")
    poison(cloud, {queue: f'{{"id": "{text}"'.encode()})
    wait_until(lambda: any(text.encode() in body for body in dead_letters(cloud, queue)), what="dead letter")
    assert text not in cloud.log_text()


def test_message_that_service_bus_gave_up_comes_back_without_an_operator(cloud, owner):
    wait_for_idle_queues(cloud)
    cloud.kill("worker")
    number = new_phone()
    shipment_id = owner.send(sms_order(number))
    fail_always(cloud, "sms-send", shipment_id)
    assert cloud.queues()["sms-send"]["deadLetter"] == 1
    cloud.restart("worker")

    owner.wait_for(shipment_id, "SMS_Delivered")
    owner.wait_for_feed_entry(shipment_id)
    wait_for_idle_queues(cloud)
    assert cloud.queues()["sms-send"]["deadLetter"] == 0
    assert len(cloud.outbox(number)["sms"]) == 1
    assert Operator(cloud).find("sms-send", shipment_id) == []


def test_message_that_was_put_aside_is_replayed_and_its_order_ends_once(cloud, owner):
    wait_for_idle_queues(cloud)
    cloud.kill("worker")
    number = new_phone()
    shipment_id = owner.send(sms_order(number))
    put_aside(cloud, "sms-send", shipment_id, "looked odd")
    cloud.restart("worker")

    operator = Operator(cloud)
    letter = operator.wait_for("sms-send", shipment_id)
    assert (letter["cause"], letter["reason"]) == ("unexpected", "looked odd")
    assert letter["sizeBytes"] == len(
        next(b for b in dead_letters(cloud, "sms-send") if shipment_id.encode() in b)
    )
    assert cloud.outbox(number)["sms"] == []

    told = operator.replay(letter)
    assert (told["replays"], told["replayedBy"]) == (1, "digdir")
    owner.wait_for(shipment_id, "SMS_Delivered")
    owner.wait_for_feed_entry(shipment_id)

    settled = cloud.queues()["sms-send"]["completed"]
    assert operator.replay(letter)["replays"] == 2
    wait_until(lambda: cloud.queues()["sms-send"]["completed"] > settled, what="second replay")
    wait_for_idle_queues(cloud)
    assert len(cloud.outbox(number)["sms"]) == 1
    assert len(owner.feed()) == 1
    (kept,) = operator.find("sms-send", shipment_id)
    assert kept["replays"] == 2
    assert operator.find("orders", shipment_id) == []
