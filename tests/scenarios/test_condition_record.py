"""What an order's status tells of its send condition while it is asked and afterwards."""

from datetime import datetime
from typing import Any

from tests.support.scenarios.conditions import condition
from tests.support.scenarios.owner import Owner, email_order, new_email, wait_for_idle_queues, wait_until


def status(owner: Owner, order_id: str) -> dict[str, Any]:
    return dict(owner.ask("GET", f"/orders/{order_id}/status").json())


def test_w09_status_tells_why_a_message_was_sent_although_its_condition_stayed_unclear(cloud, owner):
    address = new_email()
    shipment_id = owner.send(email_order(address, conditionEndpoint=condition(cloud, "string")))
    asked = wait_until(lambda: status(owner, shipment_id).get("sendCondition"), what="the first question")
    assert datetime.fromisoformat(asked.pop("lastAsked")) <= cloud.now()
    assert asked == {"outcome": "Pending", "reason": "no boolean sendNotification", "attempts": 1}
    assert cloud.outbox(address)["emails"] == []
    cloud.advance_clock(61)
    cloud.wait_for_email(address)
    wait_for_idle_queues(cloud)
    told = status(owner, shipment_id)["sendCondition"]
    assert (told["outcome"], told["attempts"]) == ("InconclusiveSent", 2)


def test_w09_status_tells_that_the_sender_said_no(cloud, owner):
    shipment_id = owner.send(email_order(new_email(), conditionEndpoint=condition(cloud, "false")))
    owner.wait_for_feed_entry(shipment_id)
    told = status(owner, shipment_id)
    assert told["processingStatus"]["status"] == "SendConditionNotMet"
    assert told["sendCondition"].items() >= {"outcome": "NotMet", "reason": "answered", "attempts": 1}.items()


def test_status_of_an_order_without_condition_says_nothing_of_one(cloud, owner):
    address = new_email()
    shipment_id = owner.send(email_order(address))
    cloud.wait_for_email(address)
    assert "sendCondition" not in status(owner, shipment_id)
