"""Reminders follow the main message by days, also when that message was not wanted."""

from datetime import datetime, timedelta

from tests.support.scenarios.conditions import condition
from tests.support.scenarios.owner import (
    after_noon,
    due,
    email_order,
    emails_to,
    move_with_canary,
    new_email,
    new_phone,
    sms_order,
    sms_to,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def ids_of(receipt):
    """Return the ids of the main shipment and of its reminders."""
    main = receipt["notification"]
    return [main["shipmentId"], *(reminder["shipmentId"] for reminder in main["reminders"])]


def test_reminders_follow_one_and_three_days_after_the_main_message(cloud, owner):
    first, second, third = new_email(), new_phone(), new_email()
    reminders = [
        {"sendersReference": "purring-1", "delayDays": 1, "recipient": sms_order(second)["recipient"]},
        {"delayDays": 3, "recipient": email_order(third)["recipient"]},
    ]
    order = email_order(first, sendersReference="varsel", reminders=reminders, **due(after_noon(HOUR)))
    receipt = owner.place(order)
    planned = receipt["notification"]["reminders"]
    assert [reminder.get("sendersReference") for reminder in planned] == ["purring-1", None]
    ids = ids_of(receipt)
    assert len(set(ids)) == 3
    assert [owner.shipment(each)["type"] for each in ids] == ["Notification", "Reminder", "Reminder"]

    cloud.set_clock(after_noon(HOUR))
    owner.wait_for(ids[0], "Email_Delivered")
    for shipment_id, to, days in ((ids[1], second, 1), (ids[2], third, 3)):
        send_at = after_noon(HOUR + days * 24 * HOUR)
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


def test_reminder_without_a_condition_follows_a_message_that_was_not_wanted(cloud, owner):
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
