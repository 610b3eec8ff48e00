"""Messages leave when they shall, not before: the window of SMS, nights, future orders."""

from datetime import datetime, timedelta

import pytest

from tests.support.scenarios.owner import (
    NIGHT,
    NOON,
    due,
    email_order,
    move_with_canary,
    new_email,
    new_phone,
    sms_order,
    sms_to,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SPREAD = timedelta(minutes=10)  # over which held SMS leave
SECOND = timedelta(seconds=1)
DAYTIME = {"sendingTimePolicy": "Daytime"}


def at(start: str, later: timedelta = timedelta()) -> datetime:
    return datetime.fromisoformat(start) + later


def test_daytime_sms_waits_for_the_morning(cloud, owner):
    cloud.set_clock(NIGHT)
    number = new_phone()
    shipment_id = owner.send(sms_order(number, settings={"sendingTimePolicy": "Daytime"}))
    assert owner.shipment(shipment_id)["status"] == "Order_Processed"
    assert owner.statuses(shipment_id) == ["SMS_New"]
    opening = at(NIGHT, 11 * HOUR)
    (held,) = owner.shipment(shipment_id)["recipients"]
    assert abs(at(held["heldSince"]) - at(NIGHT)) < MINUTE
    assert opening <= at(held["heldUntil"]) <= opening + SPREAD
    (shown,) = owner.ask("GET", f"/orders/{shipment_id}/notifications/sms").json()["notifications"]
    assert shown["sendStatus"]["heldUntil"] == held["heldUntil"]

    move_with_canary(cloud, owner, opening - MINUTE)
    assert cloud.outbox(number)["sms"] == []

    cloud.set_clock(opening + SPREAD)
    sent_at = datetime.fromisoformat(cloud.wait_for_sms(number)["at"])
    assert opening <= sent_at
    (sent,) = owner.wait_for(shipment_id, "SMS_Delivered")["recipients"]
    assert "heldUntil" not in sent
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


def assert_leaves_with_its_lifetime(cloud, number, opening, worthless):
    """The gateway is told for how many minutes an SMS is worth delivering: until it expires."""
    sms = cloud.wait_for_sms(number)
    sent_at = datetime.fromisoformat(sms["at"])
    assert sent_at >= opening
    assert abs(sent_at + timedelta(minutes=sms["ttlMinutes"]) - worthless) < MINUTE
    assert len(sms_to(cloud, number)) == 1


@pytest.mark.parametrize(
    ("asked", "opening", "worthless"),
    [
        ("2026-01-14T16:00:00Z", "2026-01-15T08:00:00Z", "2026-01-17T08:00:00Z"),
        ("2026-07-14T06:30:00Z", "2026-07-14T07:00:00Z", "2026-07-16T07:00:00Z"),
        ("2026-03-28T18:00:00Z", "2026-03-29T07:00:00Z", "2026-03-31T07:00:00Z"),
        ("2026-10-24T05:00:00Z", "2026-10-24T07:00:00Z", "2026-10-26T08:00:00Z"),
        ("2026-10-24T18:00:00Z", "2026-10-25T08:00:00Z", "2026-10-27T08:00:00Z"),
    ],
)
def test_sms_outside_the_window_waits_and_lives_from_the_opening(cloud, owner, asked, opening, worthless):
    asked, opening, worthless = map(datetime.fromisoformat, (asked, opening, worthless))
    cloud.set_clock(asked - SECOND)
    order = sms_order(number := new_phone(), settings=DAYTIME, **due(asked))
    shipment_id = owner.send(order)
    cloud.set_clock(asked)
    assert owner.wait_for(shipment_id, "SMS_New")["status"] == "Order_Processed"
    assert sms_to(cloud, number) == []
    cloud.set_clock(opening + SPREAD)
    assert_leaves_with_its_lifetime(cloud, number, opening, worthless)


@pytest.mark.parametrize(
    ("asked", "policy", "worthless"),
    [
        ("2026-01-14T08:00:01Z", "Daytime", "2026-01-16T08:00:01Z"),
        ("2026-01-14T15:50:00Z", "Daytime", "2026-01-16T15:50:00Z"),
        ("2026-01-14T22:30:00Z", "Anytime", "2026-01-16T22:30:00Z"),
    ],
)
def test_sms_within_the_window_leaves_at_once(cloud, owner, asked, policy, worthless):
    cloud.set_clock(asked)
    owner.send(sms_order(number := new_phone(), settings={"sendingTimePolicy": policy}))
    asked, worthless = map(datetime.fromisoformat, (asked, worthless))
    assert_leaves_with_its_lifetime(cloud, number, asked, worthless)
