"""Orders that ask their sender's condition endpoint before anything is sent."""

import secrets

from tests.e2e.owner import email_order, new_email, new_phone, sms_order, wait_for_idle_queues, wait_until


def condition(cloud, kind: str) -> str:
    return f"{cloud.addresses['platform']}/conditions/{kind}"


def test_message_is_sent_when_the_condition_holds(cloud, owner):
    address = new_email()
    shipment_id = owner.send(email_order(address, conditionEndpoint=condition(cloud, "true")))
    cloud.wait_for_email(address)
    owner.wait_for(shipment_id, "Email_Delivered")


def test_nothing_is_sent_when_the_condition_does_not_hold(cloud, owner):
    number = new_phone()
    shipment_id = owner.send(sms_order(number, conditionEndpoint=condition(cloud, "false")))
    entry = owner.wait_for_feed_entry(shipment_id)
    assert entry["status"] == "Order_SendConditionNotMet"
    assert entry["recipients"] == []
    shipment = owner.shipment(shipment_id)
    assert (shipment["status"], shipment["recipients"]) == ("Order_SendConditionNotMet", [])
    wait_for_idle_queues(cloud)
    assert cloud.outbox(number)["sms"] == []


def test_condition_that_keeps_failing_does_not_stop_the_message(cloud, owner):
    address = new_email()
    shipment_id = owner.send(email_order(address, conditionEndpoint=condition(cloud, "error")))
    wait_until(lambda: cloud.stats()["requests"].get("condition.error", 0) >= 1, what="first question")
    wait_for_idle_queues(cloud)
    assert owner.shipment(shipment_id)["status"] == "Order_Registered"
    cloud.advance_clock(55)
    wait_for_idle_queues(cloud)
    assert cloud.outbox(address)["emails"] == []
    cloud.advance_clock(6)
    cloud.wait_for_email(address)
    owner.wait_for(shipment_id, "Email_Delivered")
    assert cloud.stats()["requests"]["condition.error"] == 2


def test_second_answer_of_a_failing_condition_decides(cloud, owner):
    address = new_email()
    url = condition(cloud, f"sequence?answers=unavailable,false&of={secrets.token_hex(4)}")
    shipment_id = owner.send(email_order(address, conditionEndpoint=url))
    wait_until(lambda: cloud.stats()["requests"].get("condition.sequence", 0) >= 1, what="first question")
    wait_for_idle_queues(cloud)
    cloud.advance_clock(61)
    assert owner.wait_for_feed_entry(shipment_id)["status"] == "Order_SendConditionNotMet"
    assert cloud.outbox(address)["emails"] == []


def test_reminder_asks_its_own_condition(cloud, owner):
    first, second = new_email(), new_email()
    reminder = {
        "delayDays": 1,
        "conditionEndpoint": condition(cloud, "false"),
        "recipient": email_order(second)["recipient"],
    }
    receipt = owner.place(email_order(first, reminders=[reminder]))
    cloud.wait_for_email(first)
    reminder_id = receipt["notification"]["reminders"][0]["shipmentId"]
    cloud.advance_clock(24 * 3600)
    assert owner.wait_for_feed_entry(reminder_id)["status"] == "Order_SendConditionNotMet"
    assert cloud.outbox(second)["emails"] == []
