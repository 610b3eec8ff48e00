"""What version 1 answers about what became of an order: its status, its notifications, cancelling."""

import pytest

from tests.support.api.answers import INSTANT, assert_conflict, json_of
from tests.support.api.bodies import as_written, v1_email, v1_order, v1_sms
from tests.support.api.v1_orders import HEADING, LATER, link, place, read
from tests.support.scenarios.owner import email_order, is_uuid, new_email, new_phone, sms_order


def test_status_of_an_order_that_waits(owner):
    order_id = place(owner, "/orders/email", v1_email(sendersReference="sak-2", requestedSendTime=LATER))[
        "orderId"
    ]
    status = read(owner, order_id, "/status")
    assert set(status) == HEADING | {"sendersReference", "processingStatus"}
    processing = status["processingStatus"]
    assert set(processing) == {"status", "description", "lastUpdate"}
    assert processing["status"] == "Registered"
    assert processing["description"]
    assert INSTANT.fullmatch(processing["lastUpdate"])


def test_status_counts_what_was_sent(cloud, owner):
    """Quirk V6: an SMS that was delivered has succeeded."""
    recipients = [{"emailAddress": new_email()}, {"mobileNumber": new_phone()}]
    order_id = place(owner, "/orders", v1_order(recipients=recipients))["orderId"]
    owner.wait_for_feed_entry(order_id)
    status = read(owner, order_id, "/status")
    assert status["processingStatus"]["status"] == "Completed"
    self_link = link(owner, order_id)
    assert status["notificationsStatusSummary"] == {
        channel: {
            "links": {"self": f"{self_link}/notifications/{channel}"},
            "generated": 1,
            "succeeded": 1,
        }
        for channel in ("email", "sms")
    }


def test_channel_without_notifications_is_left_out_of_the_summary(owner):
    order_id = place(owner, "/orders/sms", v1_sms())["orderId"]
    owner.wait_for_feed_entry(order_id)
    assert set(read(owner, order_id, "/status")["notificationsStatusSummary"]) == {"sms"}


def test_notifications_of_an_order(cloud, owner):
    good, bad = new_email(), new_email("bounce")
    body = v1_email(sendersReference="sak-3", recipients=[{"emailAddress": good}, {"emailAddress": bad}])
    order_id = place(owner, "/orders/email", body)["orderId"]
    owner.wait_for_feed_entry(order_id)
    listed = read(owner, order_id, "/notifications/email")
    assert set(listed) == {"orderId", "sendersReference", "generated", "succeeded", "notifications"}
    assert (listed["orderId"], listed["sendersReference"]) == (order_id, "sak-3")
    assert (listed["generated"], listed["succeeded"]) == (2, 1)
    by_address = {entry["recipient"]["emailAddress"]: entry for entry in listed["notifications"]}
    for address, succeeded, result in ((good, True, "Delivered"), (bad, False, "Failed_Bounced")):
        entry = by_address[address]
        assert set(entry) == {"id", "succeeded", "recipient", "sendStatus"}
        assert is_uuid(entry["id"])
        assert entry["succeeded"] is succeeded
        assert entry["recipient"] == {"emailAddress": address}
        assert entry["sendStatus"]["status"] == result
        assert entry["sendStatus"]["description"]
        assert INSTANT.fullmatch(entry["sendStatus"]["lastUpdate"])
    assert read(owner, order_id, "/notifications/sms") == {
        "orderId": order_id,
        "sendersReference": "sak-3",
        "generated": 0,
        "succeeded": 0,
        "notifications": [],
    }


def test_notifications_name_who_was_looked_up(cloud, owner):
    fixtures = cloud.fixtures()
    people = ("person_mobile_only", "person_reserved", "person_no_contact")
    recipients = [{"nationalIdentityNumber": fixtures[kind]["nin"]} for kind in people]
    order_id = place(owner, "/orders/sms", v1_sms(recipients=recipients))["orderId"]
    owner.wait_for_feed_entry(order_id)
    entries = read(owner, order_id, "/notifications/sms")["notifications"]
    seen = {
        e["recipient"]["nationalIdentityNumber"]: (e["recipient"]["mobileNumber"], e["sendStatus"]["status"])
        for e in entries
    }
    assert seen == {
        fixtures["person_mobile_only"]["nin"]: (fixtures["person_mobile_only"]["mobile"], "Delivered"),
        fixtures["person_reserved"]["nin"]: ("", "Failed_RecipientReserved"),
        fixtures["person_no_contact"]["nin"]: ("", "Failed_RecipientNotIdentified"),
    }


@pytest.mark.parametrize("suffix", ["/notifications/email", "/notifications/sms"])
def test_order_without_notifications_has_empty_lists(owner, suffix):
    order_id = place(owner, "/orders/email", v1_email(requestedSendTime=LATER))["orderId"]
    assert read(owner, order_id, suffix) == {
        "orderId": order_id,
        "generated": 0,
        "succeeded": 0,
        "notifications": [],
    }


def test_cancelled_order_says_so_again_and_again(owner):
    order_id = place(owner, "/orders/email", v1_email(requestedSendTime=LATER))["orderId"]
    for _ in range(2):
        status = json_of(owner.ask("PUT", f"/orders/{order_id}/cancel"), 200)
        assert set(status) == HEADING | {"processingStatus"}
        assert status["processingStatus"]["status"] == "Cancelled"
    assert read(owner, order_id, "/status") == status
    assert owner.shipment(order_id)["status"] == "Order_Cancelled"
    assert owner.feed() == []


def test_order_that_begins_soon_or_has_begun_cannot_be_cancelled(owner):
    soon = v1_email(requestedSendTime=as_written(owner.cloud.now(), minutes=4))
    for body in (soon, v1_email()):
        order_id = place(owner, "/orders/email", body)["orderId"]
        assert_conflict(owner.ask("PUT", f"/orders/{order_id}/cancel"))


def test_reminders_are_cancelled_one_by_one(owner):
    reminders = [{"recipient": sms_order(new_phone())["recipient"], "delayDays": 1}]
    receipt = owner.place(email_order(new_email(), requestedSendTime=LATER, reminders=reminders))[
        "notification"
    ]
    json_of(owner.ask("PUT", f"/orders/{receipt['shipmentId']}/cancel"), 200)
    reminder_id = receipt["reminders"][0]["shipmentId"]
    assert owner.shipment(reminder_id)["status"] == "Order_Registered"
    json_of(owner.ask("PUT", f"/orders/{reminder_id}/cancel"), 200)
    assert owner.shipment(reminder_id)["status"] == "Order_Cancelled"
