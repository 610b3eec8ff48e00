"""Delivery reports that come early, late, twice, in the wrong order or not at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from tests.support.scenarios.owner import (
    after_noon,
    email_order,
    emails_to,
    fail_once,
    move_with_canary,
    new_email,
    new_phone,
    new_text,
    post_reports,
    report_document,
    report_email,
    sms_order,
    sms_to,
    wait_for_idle_queues,
    wait_until,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def test_w28_report_that_overtakes_the_gateways_answer_counts(cloud, owner):
    number = new_phone("666014")
    shipment_id = owner.send(sms_order(number))
    assert [r["status"] for r in owner.wait_for_feed_entry(shipment_id)["recipients"]] == ["SMS_Delivered"]
    assert len(sms_to(cloud, number)) == 1


def test_report_that_overtakes_the_email_providers_answer_counts(cloud, owner):
    address = new_email()
    fail_once(cloud, "acs.send", "after", address, delaySeconds=1.5)
    shipment_id = owner.send(email_order(address))
    owner.wait_for_feed_entry(shipment_id)
    wait_for_idle_queues(cloud)
    assert owner.statuses(shipment_id) == ["Email_Delivered"]
    assert len(emails_to(cloud, address)) == 1


def test_two_last_results_at_once_complete_an_order_once(cloud, owner):
    cloud.add_fault({"target": "sms.report", "action": "drop"})
    ids, together = [], Barrier(2)

    def report(reference, number):
        together.wait()
        return post_reports(cloud, report_document((reference, number, "DELIVRD"))).status_code

    for _ in range(5):
        numbers = [new_phone(), new_phone()]
        recipients = [{"mobileNumber": number} for number in numbers]
        answer = owner.ask("POST", "/orders/sms", json={"body": new_text(), "recipients": recipients})
        ids.append(shipment_id := answer.json()["orderId"])
        wait_until(lambda s=shipment_id: owner.statuses(s) == ["SMS_Accepted"] * 2, what="both accepted")
        references = [cloud.wait_for_sms(number)["reference"] for number in numbers]
        with ThreadPoolExecutor(2) as gateway:
            assert list(gateway.map(report, references, numbers)) == [200, 200]
        entry = owner.wait_for_feed_entry(shipment_id)
        assert entry["status"] == "Order_Completed"
        assert sorted((r["destination"], r["status"]) for r in entry["recipients"]) == [
            (number, "SMS_Delivered") for number in sorted(numbers)
        ]
    last = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(last)
    assert [entry["shipmentId"] for entry in owner.feed()] == [*ids, last]


def test_w29_message_without_report_ends_as_expired_after_two_days(cloud, owner):
    address, number = new_email("noreport"), new_phone("666010")
    email_id, sms_id = owner.send(email_order(address)), owner.send(sms_order(number))
    owner.wait_for(email_id, "Email_Sending")
    owner.wait_for(sms_id, "SMS_Accepted")
    wait_for_idle_queues(cloud)  # what is sent after the move is not asked about for five more minutes

    cloud.set_clock(after_noon(6 * MINUTE))
    owner.wait_for(email_id, "Email_Succeeded")  # the provider was asked, because no report came

    move_with_canary(cloud, owner, after_noon(48 * HOUR + 4 * MINUTE))
    assert owner.statuses(email_id) + owner.statuses(sms_id) == ["Email_Succeeded", "SMS_Accepted"]

    cloud.set_clock(after_noon(48 * HOUR + 6 * MINUTE))
    assert [r["status"] for r in owner.wait_for_feed_entry(email_id)["recipients"]] == ["Email_Failed_TTL"]
    assert [r["status"] for r in owner.wait_for_feed_entry(sms_id)["recipients"]] == ["SMS_Failed_TTL"]
    assert owner.shipment(email_id)["status"] == owner.shipment(sms_id)["status"] == "Order_Completed"
    assert len(emails_to(cloud, address)) == len(sms_to(cloud, number)) == 1


def test_w31_report_that_comes_after_the_end_is_told_but_not_in_the_feed_again(cloud, owner):
    number = new_phone("666010")
    shipment_id = owner.send(sms_order(number))
    reference = cloud.wait_for_sms(number)["reference"]
    owner.wait_for(shipment_id, "SMS_Accepted")
    cloud.set_clock(after_noon(48 * HOUR + 6 * MINUTE))
    owner.wait_for_feed_entry(shipment_id)

    assert post_reports(cloud, report_document((reference, number, "DELIVRD"))).status_code == 200
    owner.wait_for(shipment_id, "SMS_Delivered")
    other = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(other)
    assert [entry["shipmentId"] for entry in owner.feed()] == [shipment_id, other]


def test_reports_that_come_twice_count_once(cloud, owner):
    number, other, address = new_phone("666015"), new_phone(), new_email()
    fail_once(cloud, "sms.report", "duplicate", other)
    fail_once(cloud, "acs.report", "duplicate", address)
    ids = [owner.send(sms_order(number)), owner.send(sms_order(other)), owner.send(email_order(address))]
    for shipment_id in ids:
        owner.wait_for_feed_entry(shipment_id)
    last = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(last)
    assert sorted(entry["shipmentId"] for entry in owner.feed()) == sorted([*ids, last])


@pytest.mark.parametrize("worse", ["Failed", "Quarantined", "FilteredSpam", "Suppressed", "Expanded"])
def test_worse_report_after_delivery_changes_nothing(cloud, owner, worse):
    number, address = new_phone(), new_email()
    sms_id, email_id = owner.send(sms_order(number)), owner.send(email_order(address))
    owner.wait_for(sms_id, "SMS_Delivered")
    owner.wait_for(email_id, "Email_Delivered")
    before = [owner.shipment(sms_id), owner.shipment(email_id)]
    reference = cloud.wait_for_sms(number)["reference"]
    settled = cloud.queues()["delivery-reports"]["completed"]
    post_reports(cloud, report_document((reference, number, "UNDELIV")))
    report_email(cloud, email_id, address, worse)
    wait_until(lambda: cloud.queues()["delivery-reports"]["completed"] >= settled + 2, what="both reports")
    assert [owner.shipment(sms_id), owner.shipment(email_id)] == before
    owner.wait_for_feed_entry(sms_id)
    owner.wait_for_feed_entry(email_id)
    assert len(owner.feed()) == 2


def test_bounce_after_delivery_is_told_everywhere_but_in_the_feed_again(cloud, owner):
    address = new_email()
    shipment_id = owner.send(email_order(address))
    owner.wait_for(shipment_id, "Email_Delivered")
    entry = owner.wait_for_feed_entry(shipment_id)
    report_email(cloud, shipment_id, address, "Bounced")
    owner.wait_for(shipment_id, "Email_Failed_Bounced")
    settled = cloud.queues()["delivery-reports"]["completed"]
    for again in ("Delivered", "Bounced"):
        report_email(cloud, shipment_id, address, again)
    wait_until(lambda: cloud.queues()["delivery-reports"]["completed"] >= settled + 2, what="both reports")

    assert owner.statuses(shipment_id) == ["Email_Failed_Bounced"]
    assert owner.shipment(shipment_id)["status"] == "Order_Completed"
    (listed,) = owner.ask("GET", f"/orders/{shipment_id}/notifications/email").json()["notifications"]
    assert (listed["sendStatus"]["status"], listed["succeeded"]) == ("Failed_Bounced", False)
    summary = owner.ask("GET", f"/orders/{shipment_id}/status").json()["notificationsStatusSummary"]["email"]
    assert (summary["generated"], summary["succeeded"]) == (1, 0)
    last = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(last)
    assert [each["shipmentId"] for each in owner.feed()] == [shipment_id, last]
    assert owner.feed()[0] == entry


def test_bounce_that_comes_before_the_shipment_ends_is_in_its_feed_entry(cloud, owner):
    address, other = new_email(), new_email("noreport")
    recipients = [{"emailAddress": address}, {"emailAddress": other}]
    body = {"subject": "Varsel", "body": "Hei", "recipients": recipients}
    order_id = owner.ask("POST", "/orders/email", json=body).json()["orderId"]
    wait_until(lambda: "Email_Delivered" in owner.statuses(order_id), what="first delivery")
    report_email(cloud, order_id, address, "Bounced")
    wait_until(lambda: "Email_Failed_Bounced" in owner.statuses(order_id), what="bounce")
    assert owner.feed() == []
    report_email(cloud, order_id, other, "Delivered", slot=2)
    statuses = {to["destination"]: to["status"] for to in owner.wait_for_feed_entry(order_id)["recipients"]}
    assert statuses == {address: "Email_Failed_Bounced", other: "Email_Delivered"}


def test_w27_delivery_reported_after_a_failure_wins(cloud, owner):
    number, address = new_phone("666001"), new_email("failed")
    sms_id, email_id = owner.send(sms_order(number)), owner.send(email_order(address))
    owner.wait_for(sms_id, "SMS_Failed_Undelivered")
    owner.wait_for(email_id, "Email_Failed")
    post_reports(cloud, report_document((cloud.wait_for_sms(number)["reference"], number, "DELIVRD")))
    report_email(cloud, email_id, address, "Delivered")
    owner.wait_for(sms_id, "SMS_Delivered")
    owner.wait_for(email_id, "Email_Delivered")


def test_w23_email_without_report_is_asked_for(cloud, owner):
    address = new_email()
    fail_once(cloud, "acs.report", "drop", address)
    shipment_id = owner.send(email_order(address))
    owner.wait_for(shipment_id, "Email_Sending")
    cloud.advance_clock(6 * 60)
    owner.wait_for(shipment_id, "Email_Succeeded")
    report_email(cloud, shipment_id, address, "Delivered")
    owner.wait_for(shipment_id, "Order_Completed")
