"""The acceptance checklist, orders: cancelling (1-3), reminders (4-5), conditions (6-7), answers (29-31)."""

from datetime import datetime, timedelta

from tests.support.scenarios.composing import COMPOSED, composed_order
from tests.support.scenarios.conditions import condition, questions
from tests.support.scenarios.owner import (
    NOON,
    email_order,
    emails_to,
    move_with_canary,
    new_email,
    new_idempotency_id,
    new_phone,
    new_text,
    sms_order,
    sms_to,
    wait_for_idle_queues,
    wait_until,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def at(later):
    return datetime.fromisoformat(NOON) + later


def due(instant):
    return {"requestedSendTime": instant.isoformat()}


def cancel(owner, shipment_id):
    return owner.ask("PUT", f"/orders/{shipment_id}/cancel")


def ids_of(receipt):
    """Return the ids of the main shipment and of its reminders."""
    main = receipt["notification"]
    return [main["shipmentId"], *(reminder["shipmentId"] for reminder in main["reminders"])]


def test_01_order_due_in_four_minutes_is_not_cancelled(cloud, owner):
    shipment_id = owner.send(email_order(address := new_email(), **due(cloud.now() + 4 * MINUTE)))
    assert cancel(owner, shipment_id).status_code == 409
    assert owner.shipment(shipment_id)["status"] == "Order_Registered"
    cloud.advance_clock(4 * 60)
    cloud.wait_for_email(address)
    owner.wait_for(shipment_id, "Order_Completed")


def test_02_order_due_in_six_minutes_is_cancelled_and_never_processed(cloud, owner):
    asked, send_at = questions(cloud, "true"), cloud.now() + 6 * MINUTE
    order = email_order(address := new_email(), conditionEndpoint=condition(cloud, "true"), **due(send_at))
    shipment_id = owner.send(order)
    for _ in range(2):
        cancelled = cancel(owner, shipment_id)
        assert cancelled.status_code == 200
        assert cancelled.json()["processingStatus"]["status"] == "Cancelled"

    later = owner.send(email_order(new_email(), **due(send_at + MINUTE)))
    cloud.set_clock(send_at + 2 * MINUTE)
    owner.wait_for_feed_entry(later)
    wait_for_idle_queues(cloud)
    assert [entry["shipmentId"] for entry in owner.feed()] == [later]
    assert owner.shipment(shipment_id)["status"] == "Order_Cancelled"
    assert questions(cloud, "true") == asked
    assert emails_to(cloud, address) == []


def test_03_reminders_of_a_cancelled_order_are_sent(cloud, owner):
    first, second, third = new_email(), new_phone(), new_email()
    reminders = [
        {"delayDays": 1, "recipient": sms_order(second)["recipient"]},
        {"recipient": email_order(third)["recipient"], **due(at(72 * HOUR))},
    ]
    main, *others = ids_of(owner.place(email_order(first, reminders=reminders, **due(at(HOUR)))))
    assert cancel(owner, main).status_code == 200
    cloud.set_clock(at(25 * HOUR + MINUTE))
    cloud.wait_for_sms(second)
    owner.wait_for_feed_entry(others[0])
    cloud.set_clock(at(72 * HOUR + MINUTE))
    cloud.wait_for_email(third)
    owner.wait_for_feed_entry(others[1])
    assert [entry["shipmentId"] for entry in owner.feed()] == others
    assert emails_to(cloud, first) == []


def test_04_reminders_follow_one_and_three_days_after_the_main_message(cloud, owner):
    first, second, third = new_email(), new_phone(), new_email()
    reminders = [
        {"sendersReference": "purring-1", "delayDays": 1, "recipient": sms_order(second)["recipient"]},
        {"delayDays": 3, "recipient": email_order(third)["recipient"]},
    ]
    order = email_order(first, sendersReference="varsel", reminders=reminders, **due(at(HOUR)))
    receipt = owner.place(order)
    planned = receipt["notification"]["reminders"]
    assert [reminder.get("sendersReference") for reminder in planned] == ["purring-1", None]
    ids = ids_of(receipt)
    assert len(set(ids)) == 3
    assert [owner.shipment(each)["type"] for each in ids] == ["Notification", "Reminder", "Reminder"]

    cloud.set_clock(at(HOUR))
    owner.wait_for(ids[0], "Email_Delivered")
    for shipment_id, to, days in ((ids[1], second, 1), (ids[2], third, 3)):
        send_at = at(HOUR + days * 24 * HOUR)
        move_with_canary(cloud, owner, send_at - MINUTE)
        assert owner.shipment(shipment_id)["status"] == "Order_Registered"
        assert cloud.outbox(to) == {"emails": [], "sms": []}
        cloud.set_clock(send_at)
        owner.wait_for_feed_entry(shipment_id)
        (sent,) = emails_to(cloud, to) + sms_to(cloud, to)
        assert datetime.fromisoformat(sent["at"]) >= send_at

    entries = [entry for entry in owner.feed() if entry["shipmentId"] in ids]
    assert [entry["shipmentId"] for entry in entries] == ids
    assert [entry["shipmentType"] for entry in entries] == ["Notification", "Reminder", "Reminder"]
    assert len(emails_to(cloud, first)) == 1


def test_05_reminder_without_a_condition_follows_a_message_that_was_not_wanted(cloud, owner):
    first, second = new_phone(), new_email()
    reminder = {"delayDays": 1, "recipient": email_order(second)["recipient"]}
    order = sms_order(first, conditionEndpoint=condition(cloud, "false"), reminders=[reminder])
    main, later = ids_of(owner.place(order))
    entry = owner.wait_for_feed_entry(main)
    assert (entry["status"], entry["recipients"]) == ("Order_SendConditionNotMet", [])
    shipment = owner.shipment(main)
    assert (shipment["status"], shipment["recipients"]) == ("Order_SendConditionNotMet", [])
    cloud.advance_clock(24 * 3600)
    cloud.wait_for_email(second)
    assert owner.wait_for_feed_entry(later)["status"] == "Order_Completed"
    assert sms_to(cloud, first) == []


def test_06_condition_that_fails_twice_delays_the_message_by_a_minute(cloud, owner):
    assert_sent_after_a_minute(cloud, owner, "error")


def test_07_condition_that_answers_with_a_text_is_as_good_as_none(cloud, owner):
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


def test_29_one_idempotency_id_for_each_type_of_order(sender):
    same = {"idempotencyId": new_idempotency_id()}
    sms = {"phoneNumber": new_phone(), "timeToLiveInSeconds": 300, "smsSettings": {"body": new_text()}}
    answers = [
        sender.ask("POST", "/future/orders", json=email_order(new_email()) | same),
        sender.ask("POST", "/future/orders/instant/sms", json={"recipientSms": sms} | same),
        sender.ask("POST", COMPOSED, json=composed_order(new_email()) | same),
    ]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["notificationOrderId"] for answer in answers}) == 3


def test_30_version_1_shows_processed_as_completed(cloud, owner):
    address = new_email()
    cloud.add_fault({"target": "acs.report", "action": "drop", "match": {"to": address}})
    shipment_id = owner.send(email_order(address))
    owner.wait_for(shipment_id, "Order_Processed")
    status = owner.ask("GET", f"/orders/{shipment_id}/status").json()["processingStatus"]["status"]
    assert status == "Completed"
    assert owner.shipment(shipment_id)["status"] == "Order_Processed"


def test_31_line_break_of_a_subject_becomes_one_blank(cloud, owner):
    first, second, subject = new_email(), new_email(), "Vedtak\r\nom støtte\nog\rklage"
    owner.send(email_order(first, settings={"subject": subject}))
    v1 = {"subject": subject, "body": new_text(), "recipients": [{"emailAddress": second}]}
    assert owner.ask("POST", "/orders/email", json=v1).status_code == 202
    for address in (first, second):
        assert cloud.wait_for_email(address)["subject"] == "Vedtak om støtte og klage"
