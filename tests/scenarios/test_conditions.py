"""Orders that ask a condition endpoint before they are sent, and what their status says of the answer."""

import secrets
from datetime import datetime
from typing import Any

import pytest

from tests.support.scenarios.conditions import condition, questions
from tests.support.scenarios.owner import (
    Owner,
    email_order,
    emails_to,
    new_email,
    personal,
    wait_for_idle_queues,
    wait_until,
)

INCONCLUSIVE = "condition endpoint inconclusive"


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


@pytest.mark.parametrize("path", ["conditions\\true", "conditions/true?why=a%20b"])
def test_condition_is_asked_at_the_address_that_is_meant(cloud, owner, path):
    asked = questions(cloud, "true")
    written = f" \r\n{cloud.addresses['platform']}/{path}\t "
    shipment_id = owner.send(email_order(new_email(), conditionEndpoint=written))
    owner.wait_for(shipment_id, "Email_Delivered")
    assert questions(cloud, "true") == asked + 1
    assert owner.ask("GET", f"/orders/{shipment_id}").json()["conditionEndpoint"] == written


def test_condition_of_version_1_may_hold_blanks(cloud, owner):
    asked = questions(cloud, "false")
    order = {
        "subject": "Vedtak",
        "body": "Les det.",
        "recipients": [{"emailAddress": new_email()}],
        "conditionEndpoint": condition(cloud, "false?why=a b\tc"),
    }
    order_id = owner.ask("POST", "/orders/email", json=order).json()["orderId"]
    assert owner.wait_for_feed_entry(order_id)["status"] == "Order_SendConditionNotMet"
    assert questions(cloud, "false") == asked + 1


@pytest.mark.parametrize("kind", ["unavailable", "text", "redirect", "large", "nothing-like-it", None])
def test_secret_in_the_address_of_a_condition_is_never_logged(cloud, owner, kind):
    secret = personal(f"kode{secrets.token_hex(8)}")
    unreachable = f"http://127.0.0.1:1/{secret}?code={secret}"
    url = unreachable if kind is None else condition(cloud, f"{kind}?code={secret}")
    warned = cloud.log_text().count(INCONCLUSIVE)
    shipment_id = owner.send(email_order(new_email(), conditionEndpoint=url))
    wait_until(lambda: cloud.log_text().count(INCONCLUSIVE) > warned, what="the warning")
    wait_for_idle_queues(cloud)
    cloud.advance_clock(61)
    owner.wait_for(shipment_id, "Email_Delivered")
    assert secret not in cloud.log_text()


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


def test_condition_that_fails_twice_delays_the_message_by_a_minute(cloud, owner):
    assert_sent_after_a_minute(cloud, owner, "error")


def test_condition_that_answers_with_a_text_is_as_good_as_none(cloud, owner):
    assert_sent_after_a_minute(cloud, owner, "string")


def assert_sent_after_a_minute(cloud, owner, kind):
    address, asked = new_email(), questions(cloud, kind)
    shipment_id = owner.send(email_order(address, conditionEndpoint=condition(cloud, kind)))
    wait_until(lambda: questions(cloud, kind) > asked, what="first question")
    wait_for_idle_queues(cloud)
    assert owner.shipment(shipment_id)["status"] == "Order_Registered"
    cloud.advance_clock(55)
    wait_for_idle_queues(cloud)
    assert emails_to(cloud, address) == []
    cloud.advance_clock(6)
    cloud.wait_for_email(address)
    owner.wait_for(shipment_id, "Email_Delivered")
    assert questions(cloud, kind) == asked + 2


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
    assert owner.shipment(shipment_id)["sendCondition"] == told
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
