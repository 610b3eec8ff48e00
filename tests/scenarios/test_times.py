"""Messages leave when they shall, not before: windows, future orders, reminders, expiry."""

from datetime import datetime, timedelta

from tests.support.scenarios.owner import (
    NIGHT,
    NOON,
    email_order,
    move_with_canary,
    new_email,
    new_phone,
    post_reports,
    report_document,
    sms_order,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SPREAD = timedelta(minutes=10)  # over which held SMS are released


def at(start: str, later: timedelta = timedelta()) -> datetime:
    return datetime.fromisoformat(start) + later


def test_daytime_sms_waits_for_the_morning(cloud, owner):
    cloud.set_clock(NIGHT)
    number = new_phone()
    shipment_id = owner.send(sms_order(number, settings={"sendingTimePolicy": "Daytime"}))
    assert owner.shipment(shipment_id)["status"] == "Order_Processed"
    assert owner.statuses(shipment_id) == ["SMS_New"]

    opening = at(NIGHT, 11 * HOUR)
    move_with_canary(cloud, owner, opening - MINUTE)
    assert cloud.outbox(number)["sms"] == []

    cloud.set_clock(opening + SPREAD)
    sent_at = datetime.fromisoformat(cloud.wait_for_sms(number)["at"])
    assert opening <= sent_at
    owner.wait_for(shipment_id, "SMS_Delivered")
    assert len(cloud.outbox(number)["sms"]) == 1


def test_w17_held_sms_leave_one_after_the_other_in_the_morning(cloud, owner):
    cloud.set_clock(NIGHT)
    numbers = [new_phone() for _ in range(12)]
    for number in numbers:
        owner.send(sms_order(number))
    opening = at(NIGHT, 11 * HOUR)
    move_with_canary(cloud, owner, opening + SPREAD / 2)
    early = [number for number in numbers if cloud.outbox(number)["sms"]]
    assert 0 < len(early) < len(numbers)  # each half is empty once in two thousand runs
    cloud.set_clock(opening + SPREAD)
    for number in numbers:
        cloud.wait_for_sms(number)


def test_sms_asked_for_anytime_leaves_at_night(cloud, owner):
    cloud.set_clock(NIGHT)
    number = new_phone()
    shipment_id = owner.send(sms_order(number, settings={"sendingTimePolicy": "Anytime"}))
    cloud.wait_for_sms(number)
    owner.wait_for(shipment_id, "SMS_Delivered")


def test_email_leaves_at_night(cloud, owner):
    cloud.set_clock(NIGHT)
    address = new_email()
    owner.send(email_order(address))
    cloud.wait_for_email(address)


def test_future_order_is_not_sent_before_its_time(cloud, owner):
    address, number = new_email(), new_phone()
    send_time = at(NOON, 2 * HOUR).isoformat()
    email_id = owner.send(email_order(address, requestedSendTime=send_time))
    sms_id = owner.send(sms_order(number, requestedSendTime=send_time))
    for shipment_id in (email_id, sms_id):
        shipment = owner.shipment(shipment_id)
        assert (shipment["status"], shipment["recipients"]) == ("Order_Registered", [])

    move_with_canary(cloud, owner, at(NOON, 2 * HOUR - MINUTE))
    assert cloud.outbox(address)["emails"] == []
    assert cloud.outbox(number)["sms"] == []
    assert owner.shipment(email_id)["status"] == "Order_Registered"

    cloud.set_clock(at(NOON, 2 * HOUR))
    assert datetime.fromisoformat(cloud.wait_for_email(address)["at"]) >= at(NOON, 2 * HOUR)
    assert datetime.fromisoformat(cloud.wait_for_sms(number)["at"]) >= at(NOON, 2 * HOUR)
    owner.wait_for(email_id, "Email_Delivered")
    owner.wait_for(sms_id, "SMS_Delivered")


def test_w31_report_that_comes_after_the_end_is_told_but_not_in_the_feed_again(cloud, owner):
    number = new_phone("666010")
    shipment_id = owner.send(sms_order(number))
    reference = cloud.wait_for_sms(number)["reference"]
    owner.wait_for(shipment_id, "SMS_Accepted")
    cloud.set_clock(at(NOON, 48 * HOUR + 6 * MINUTE))
    owner.wait_for_feed_entry(shipment_id)

    assert post_reports(cloud, report_document((reference, number, "DELIVRD"))).status_code == 200
    owner.wait_for(shipment_id, "SMS_Delivered")
    other = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(other)
    assert [entry["shipmentId"] for entry in owner.feed()] == [shipment_id, other]
