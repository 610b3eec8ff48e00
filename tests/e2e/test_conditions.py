"""Orders that ask their sender's condition endpoint before anything is sent."""

import secrets

from tests.e2e.conditions import condition, questions
from tests.e2e.owner import email_order, new_email, wait_for_idle_queues, wait_until


def test_message_is_sent_when_the_condition_holds(cloud, owner):
    address = new_email()
    shipment_id = owner.send(email_order(address, conditionEndpoint=condition(cloud, "true")))
    cloud.wait_for_email(address)
    owner.wait_for(shipment_id, "Email_Delivered")


def test_no_in_a_charset_that_is_not_declared_stops_the_message(cloud, owner):
    address, asked = new_email(), questions(cloud, "latin")
    shipment_id = owner.send(email_order(address, conditionEndpoint=condition(cloud, "latin")))
    assert owner.wait_for_feed_entry(shipment_id)["status"] == "Order_SendConditionNotMet"
    assert cloud.outbox(address)["emails"] == []
    assert questions(cloud, "latin") == asked + 1


def test_second_answer_of_a_failing_condition_decides(cloud, owner):
    address = new_email()
    asked = questions(cloud, "sequence")
    url = condition(cloud, f"sequence?answers=unavailable,false&of={secrets.token_hex(4)}")
    shipment_id = owner.send(email_order(address, conditionEndpoint=url))
    wait_until(lambda: questions(cloud, "sequence") > asked, what="first question")
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
