"""A request that is repeated, by impatience or by a lost answer, is one order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from tests.support.scenarios.composing import COMPOSED, composed_order
from tests.support.scenarios.owner import (
    NOON,
    Owner,
    email_order,
    new_email,
    new_idempotency_id,
    new_phone,
    new_text,
    sms_order,
    wait_for_idle_queues,
)

COPIES = 20


def test_w08_twenty_simultaneous_repeats_are_one_order_and_one_message(cloud, owner):
    for address, order in ((to := new_email(), email_order(to)), (to := new_phone(), sms_order(to))):
        with ThreadPoolExecutor(COPIES) as threads:
            answers = list(threads.map(owner.request_order, [order] * COPIES))
        assert sorted(answer.status_code for answer in answers) == [200] * (COPIES - 1) + [201]
        receipts = [answer.json() for answer in answers]
        assert all(receipt == receipts[0] for receipt in receipts)
        assert [answer.status_code for answer in answers if "Location" in answer.headers] == [201]

        shipment_id = receipts[0]["notification"]["shipmentId"]
        owner.wait_for_feed_entry(shipment_id)
        wait_for_idle_queues(cloud)
        sent = cloud.outbox(address)
        assert len(sent["emails"]) + len(sent["sms"]) == 1
    assert len(owner.feed()) == 2


def test_repeat_gets_the_first_receipt_whatever_it_says(cloud, owner):
    first, second = new_email(), new_email()
    reminder = {"delayDays": 1, "recipient": email_order(new_email())["recipient"]}
    order = email_order(first, sendersReference="en", reminders=[reminder])
    receipt = owner.place(order)
    repeat = owner.request_order(
        email_order(second, sendersReference="to", idempotencyId=order["idempotencyId"])
    )
    assert (repeat.status_code, repeat.json()) == (200, receipt)
    assert "Location" not in repeat.headers
    owner.wait_for_feed_entry(receipt["notification"]["shipmentId"])
    assert cloud.outbox(second)["emails"] == []


def test_repeat_after_the_send_time_has_passed_gets_its_receipt(cloud, owner):
    send_time = datetime.fromisoformat(NOON) + timedelta(minutes=30)
    order = email_order(to := new_email(), requestedSendTime=send_time.isoformat())
    receipt = owner.place(order)
    cloud.set_clock(send_time + timedelta(hours=1))
    cloud.wait_for_email(to)

    repeat = owner.request_order(order)
    assert (repeat.status_code, repeat.json()) == (200, receipt)
    late = owner.request_order(order | {"idempotencyId": new_idempotency_id()})
    assert late.status_code == 400
    assert list(late.json()["errors"]) == ["RequestedSendTime"]
    spoilt = owner.request_order(order | {"recipient": sms_order("40000001")["recipient"]})
    assert set(spoilt.json()["errors"]) == {"RequestedSendTime", "Recipient.RecipientSms.PhoneNumber"}
    assert len(cloud.outbox(to)["emails"]) == 1


def test_two_owners_may_use_the_same_id(cloud, owner):
    other = Owner(cloud)
    order = email_order(to := new_email())
    one, another = owner.place(order), other.place(order)
    assert one["notificationOrderId"] != another["notificationOrderId"]
    cloud.wait_for_email(to, count=2)
    for each, receipt in ((owner, one), (other, another)):
        entry = each.wait_for_feed_entry(receipt["notification"]["shipmentId"])
        assert entry["sequenceNumber"] == 1


def test_refused_order_leaves_its_id_free(owner):
    order = sms_order(new_phone())
    assert owner.request_order(order | {"recipient": {}}).status_code == 400
    owner.place(order)


def test_one_idempotency_id_for_each_type_of_order(sender):
    same = {"idempotencyId": new_idempotency_id()}
    sms = {"phoneNumber": new_phone(), "timeToLiveInSeconds": 300, "smsSettings": {"body": new_text()}}
    answers = [
        sender.ask("POST", "/future/orders", json=email_order(new_email()) | same),
        sender.ask("POST", "/future/orders/instant/sms", json={"recipientSms": sms} | same),
        sender.ask("POST", COMPOSED, json=composed_order(new_email()) | same),
    ]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["notificationOrderId"] for answer in answers}) == 3
