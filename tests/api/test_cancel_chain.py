"""Cancelling an order together with its reminders: what is answered, and that nothing of it is sent."""

import pytest

from tests.support.api.answers import assert_bare, assert_conflict, assert_no_such_shipment, json_of
from tests.support.api.bodies import chain, instant_email, reminder
from tests.support.api.endpoints import CANCEL_CHAIN, UNKNOWN
from tests.support.scenarios.owner import NOON, Owner, email_order, new_email, wait_for_idle_queues
from tests.support.scenarios.starting import TOLD_OF_CANCELLATIONS

TOMORROW = "2031-05-06T12:00:00+02:00"
WEEK_SECONDS = 7 * 24 * 3600


def ordered(owner, **main):
    """Place an order with two reminders; return the ids of the chain and of its shipments."""
    reminders = [reminder(sendersReference="andre"), reminder(delayDays=3)]
    receipt = owner.place(chain() | {"reminders": reminders, "sendersReference": "sak-7"} | main)
    shipments = [receipt["notification"], *receipt["notification"]["reminders"]]
    return receipt["notificationOrderId"], [shipment["shipmentId"] for shipment in shipments]


def test_w07_a_chain_is_cancelled_at_once_and_again(cloud, owner):
    chain_id, (main, first, second) = ordered(owner, requestedSendTime=TOMORROW)
    done = {"status": "Order_Cancelled", "cancelled": True}
    expected = {
        "notificationOrderId": chain_id,
        "shipments": [
            {"shipmentId": main, "sendersReference": "sak-7", "type": "Notification", **done},
            {"shipmentId": first, "sendersReference": "andre", "type": "Reminder", **done},
            {"shipmentId": second, "type": "Reminder", **done},
        ],
    }
    for _ in range(2):
        assert json_of(CANCEL_CHAIN.ask(owner, of=chain_id), 200) == expected
    cloud.clear_outbox()
    cloud.advance_clock(WEEK_SECONDS)
    later = Owner(cloud, owner.org)
    later.wait_for_feed_entry(later.send(email_order(new_email())))
    wait_for_idle_queues(cloud)
    assert len(cloud.outbox()["emails"]) == 1
    assert len(later.feed()) == 1, "existing clients do not expect cancelled shipments"


def test_reminders_are_cancelled_when_the_main_order_has_begun(cloud, owner):
    chain_id, (main, *reminders) = ordered(owner)
    owner.wait_for_feed_entry(main)
    answer = json_of(CANCEL_CHAIN.ask(owner, of=chain_id), 200)
    assert [(s["status"], s["cancelled"]) for s in answer["shipments"]] == [
        ("Order_Completed", False),
        *[("Order_Cancelled", True)] * 2,
    ]
    assert {owner.shipment(shipment)["status"] for shipment in reminders} == {"Order_Cancelled"}


def test_shipment_that_was_cancelled_alone_counts(owner):
    chain_id, (main, *_) = ordered(owner, requestedSendTime=TOMORROW)
    json_of(owner.ask("PUT", f"/orders/{main}/cancel"), 200)
    answer = json_of(CANCEL_CHAIN.ask(owner, of=chain_id), 200)
    assert [shipment["cancelled"] for shipment in answer["shipments"]] == [True] * 3


@pytest.mark.parametrize("at", ["2031-05-05T12:04:00+02:00", None])
def test_chain_without_anything_left_to_cancel(owner, at):
    order = chain() | ({} if at is None else {"requestedSendTime": at})
    assert_conflict(CANCEL_CHAIN.ask(owner, of=owner.place(order)["notificationOrderId"]))


def test_instant_order_cannot_be_cancelled(owner):
    receipt = json_of(owner.ask("POST", "/future/orders/instant/email", json=instant_email()), 201)
    assert_conflict(CANCEL_CHAIN.ask(owner, of=receipt["notificationOrderId"]))


def test_chains_of_others_and_other_ids_are_unknown(cloud, owner):
    chain_id, (main, *_) = ordered(owner, requestedSendTime=TOMORROW)
    assert_no_such_shipment(CANCEL_CHAIN.ask(Owner(cloud), of=chain_id))
    assert_no_such_shipment(CANCEL_CHAIN.ask(owner, of=main))
    assert_no_such_shipment(CANCEL_CHAIN.ask(owner, of=UNKNOWN))
    assert owner.shipment(main)["status"] == "Order_Registered"


def test_version_1_cancels_a_chain_too(cloud, owner):
    chain_id, shipments = ordered(owner, requestedSendTime=TOMORROW)
    for _ in range(2):
        answer = json_of(owner.ask("PUT", f"/orders/{chain_id}/cancel"), 200)
        assert (answer["id"], answer["processingStatus"]["status"]) == (shipments[0], "Cancelled")
    assert {owner.shipment(shipment)["status"] for shipment in shipments} == {"Order_Cancelled"}
    assert_bare(Owner(cloud).ask("PUT", f"/orders/{chain_id}/cancel"), 404, "Not Found", "15.5.5")


def test_version_1_cancels_no_reminder_of_a_chain_that_has_begun(owner):
    chain_id, (main, *reminders) = ordered(owner)
    owner.wait_for_feed_entry(main)
    assert_conflict(owner.ask("PUT", f"/orders/{chain_id}/cancel"))
    assert {owner.shipment(shipment)["status"] for shipment in reminders} == {"Order_Registered"}


def test_cancellation_is_in_the_feed_of_who_asked_for_it(cloud):
    cloud.set_clock(NOON)
    owner = Owner(cloud, TOLD_OF_CANCELLATIONS)
    chain_id, shipments = ordered(owner, requestedSendTime=TOMORROW)
    json_of(CANCEL_CHAIN.ask(owner, of=chain_id), 200)
    for shipment in shipments:
        entry = owner.wait_for_feed_entry(shipment)  # at once, not at the send time
        assert (entry["status"], entry["recipients"]) == ("Order_Cancelled", [])
    numbers = [entry["sequenceNumber"] for entry in owner.feed()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
