"""Orders that are cancelled: until when that is possible, and that their reminders are sent all the same."""

from datetime import timedelta

from tests.support.scenarios.conditions import condition, questions
from tests.support.scenarios.owner import (
    after_noon,
    due,
    email_order,
    emails_to,
    new_email,
    new_phone,
    sms_order,
    wait_for_idle_queues,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def cancel(owner, shipment_id):
    return owner.ask("PUT", f"/orders/{shipment_id}/cancel")


def ids_of(receipt):
    """Return the ids of the main shipment and of its reminders."""
    main = receipt["notification"]
    return [main["shipmentId"], *(reminder["shipmentId"] for reminder in main["reminders"])]


def test_order_due_in_four_minutes_is_not_cancelled(cloud, owner):
    shipment_id = owner.send(email_order(address := new_email(), **due(cloud.now() + 4 * MINUTE)))
    assert cancel(owner, shipment_id).status_code == 409
    assert owner.shipment(shipment_id)["status"] == "Order_Registered"
    cloud.advance_clock(4 * 60)
    cloud.wait_for_email(address)
    owner.wait_for(shipment_id, "Order_Completed")


def test_order_due_in_six_minutes_is_cancelled_and_never_processed(cloud, owner):
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


def test_reminders_of_a_cancelled_order_are_sent(cloud, owner):
    first, second, third = new_email(), new_phone(), new_email()
    reminders = [
        {"delayDays": 1, "recipient": sms_order(second)["recipient"]},
        {"recipient": email_order(third)["recipient"], **due(after_noon(72 * HOUR))},
    ]
    main, *others = ids_of(owner.place(email_order(first, reminders=reminders, **due(after_noon(HOUR)))))
    assert cancel(owner, main).status_code == 200
    cloud.set_clock(after_noon(25 * HOUR + MINUTE))
    cloud.wait_for_sms(second)
    owner.wait_for_feed_entry(others[0])
    cloud.set_clock(after_noon(72 * HOUR + MINUTE))
    cloud.wait_for_email(third)
    owner.wait_for_feed_entry(others[1])
    assert [entry["shipmentId"] for entry in owner.feed()] == others
    assert emails_to(cloud, first) == []
