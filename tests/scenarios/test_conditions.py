"""Orders that ask their sender's condition endpoint before anything is sent."""

import secrets

import pytest

from tests.support.scenarios.conditions import condition, questions
from tests.support.scenarios.owner import email_order, new_email, personal, wait_for_idle_queues, wait_until

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
