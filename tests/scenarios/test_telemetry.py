"""What the app tells of itself agrees with what others see of it: the outbox, the feed, the caller."""

import secrets
from collections import Counter
from datetime import timedelta

import pytest

from devstack.cloud.control import Control
from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import (
    after_noon,
    due,
    email_order,
    new_email,
    new_phone,
    sms_order,
    wait_until,
)
from tests.support.scenarios.starting import EVERY_SECOND

pytestmark = pytest.mark.xdist_group("start")

FAILED_SMS = "666005"  # barred


@pytest.fixture(scope="module")
def started():
    """A cloud of its own: orders that other tests left behind would be counted, too."""
    with LocalCloud(settings=EVERY_SECOND) as cloud:
        yield cloud


@pytest.fixture
def cloud(started):
    started.clear_outbox()
    return started


def counted(cloud):
    """Return the sums and counts so far by metric and labels."""
    return Counter(
        {
            (one["name"], *one["labels"].values()): one.get("count", one.get("sum", 0))
            for one in Control(cloud.control).metrics()
        }
    )


def test_metrics_agree_with_outbox_and_feed_after_a_mixed_run(cloud, owner):
    before = counted(cloud)
    reminder = {"delayDays": 1, "recipient": email_order(new_email())["recipient"]}
    ids = [
        owner.send(email_order(new_email())),
        owner.send(email_order(new_email("bounce"))),
        owner.send(sms_order(new_phone())),
        owner.send(sms_order(new_phone(FAILED_SMS))),
    ]
    chain = owner.place(email_order(new_email(), reminders=[reminder]))["notification"]
    ids += [chain["shipmentId"], chain["reminders"][0]["shipmentId"]]
    for shipment in ids[:-1]:
        owner.wait_for_feed_entry(shipment)
    cloud.set_clock(after_noon(timedelta(days=1, minutes=1)))
    entries = [owner.wait_for_feed_entry(shipment) for shipment in ids]

    outbox = cloud.outbox()
    results = Counter(recipient["status"] for entry in entries for recipient in entry["recipients"])
    expected = {
        ("accepted",): len(ids),
        ("sent", "email"): len(outbox["emails"]),
        ("sent", "sms"): len(outbox["sms"]),
        ("time_to_sent", "email"): len(outbox["emails"]),
        ("delivered", "email"): results["Email_Delivered"],
        ("delivered", "sms"): results["SMS_Delivered"],
        ("failed", "email", "Failed_Bounced"): results["Email_Failed_Bounced"],
        ("failed", "sms", "Failed_BarredReceiver"): results["SMS_Failed_BarredReceiver"],
        ("feed_lag",): len(entries),
    }
    assert (len(outbox["emails"]), len(outbox["sms"])) == (4, 2)
    assert (
        expected["failed", "email", "Failed_Bounced"]
        == expected["failed", "sms", "Failed_BarredReceiver"]
        == 1
    )

    def told():
        now = counted(cloud)
        return {key: now[key] - before[key] for key in expected}

    wait_until(lambda: told() == expected, what=f"{expected} is told, not {told()}")


def test_a_failing_provider_is_counted_by_what_it_answers(cloud, owner):
    before, to = counted(cloud), new_email()
    Control(cloud.control).add_fault({"target": "acs.send", "action": "status", "status": 429, "times": 1})
    shipment = owner.send(email_order(to))
    wait_until(lambda: (counted(cloud) - before)["provider_trouble", "email", "throttled"] == 1)
    cloud.set_clock(after_noon(timedelta(minutes=2)))
    owner.wait_for(shipment, "Email_Delivered")


def test_one_orders_trace_shows_every_hop_with_one_operation_id(cloud, owner):
    caller = secrets.token_hex(16)
    headers = {"traceparent": f"00-{caller}-00f067aa0ba902b7-01"}
    order = email_order(new_email(), **due(after_noon(timedelta(minutes=10))))
    answer = owner.ask("POST", "/future/orders", json=order, headers=headers)
    assert answer.status_code == 201
    receipt = answer.json()
    shipment = receipt["notification"]["shipmentId"]
    cloud.set_clock(after_noon(timedelta(minutes=11)))
    owner.wait_for_feed_entry(shipment)

    def hops():
        return Control(cloud.control).hops(shipment)

    names = ["accepted", "orders", "email-send", "delivery-reports", "status-feed"]
    wait_until(lambda: [hop["hop"] for hop in hops() if "links" not in hop] == names, what=str(hops()))
    operation = receipt["notificationOrderId"].replace("-", "")
    assert {hop["operation_id"] for hop in hops()} == {operation}
    assert {hop["shipment_id"] for hop in hops()} == {shipment}
    assert [hop["caller_operation_id"] for hop in hops() if "caller_operation_id" in hop] == [caller]
    assert all(
        operation in line for line in cloud.log_text().splitlines() if shipment in line and "{" in line
    )
