"""The worker dies by SIGKILL with an e-mail and an SMS at every step of the way; each is received once.

One death serves all tests: every order is brought to its step first, by a provider that hangs or keeps a
report back. The clock then moves to the next visit of the agenda, as nobody tells that the worker died. An
SMS whose call was under way is sent again only when its claim has expired, half a minute later.
"""

import pytest

from tests.support.scenarios.owner import (
    NOON,
    Owner,
    email_order,
    fail_once,
    new_email,
    new_phone,
    sms_order,
    wait_for_fault,
    wait_for_idle_queues,
)
from tests.support.scenarios.starting import make_whole

pytestmark = pytest.mark.xdist_group("chaos")

HANGS = {"delaySeconds": 60.0}
LATE = {"delaySeconds": 6.0}
AGENDA_VISIT_SECONDS = 125
CLAIM_SECONDS = 60.0  # and some more for a busy machine


@pytest.fixture(scope="module")
def dead_worker(frail_cloud):
    """Kill the worker; returns the owner, and (shipment id, address) of each order by the step it was at."""
    cloud = frail_cloud
    cloud.set_clock(NOON)
    owner = Owner(cloud)
    orders = {}

    def place(step, order, address):
        orders[step] = (owner.send(order(address)), address)
        return orders[step][0]

    email, sms = new_email(), new_phone()
    fail_once(cloud, "acs.report", "delay", email, **LATE)
    fail_once(cloud, "sms.report", "delay", sms, **LATE)
    accepted_email = place("e-mail accepted", email_order, email)
    accepted_sms = place("SMS accepted", sms_order, sms)
    owner.wait_for(accepted_email, "Email_Sending")
    owner.wait_for(accepted_sms, "SMS_Accepted")

    called, taken, reported = new_email(), new_email("noreport"), new_email()
    rules = [
        fail_once(cloud, "acs.send", "delay", called, **HANGS),
        fail_once(cloud, "acs.send", "after", taken, **HANGS),
        fail_once(cloud, "acs.send", "after", reported, **HANGS),
    ]
    place("e-mail call begun", email_order, called)
    place("e-mail taken, answer outstanding", email_order, taken)
    place("e-mail reported, answer outstanding", email_order, reported)
    for rule in rules:
        wait_for_fault(cloud, rule)
    owner.wait_for(orders["e-mail reported, answer outstanding"][0], "Email_Delivered")

    # the SMS last: their calls give up after a second
    called, taken = new_phone(), new_phone()
    rules = [
        fail_once(cloud, "sms.submit", "delay", called, **HANGS),
        fail_once(cloud, "sms.submit", "after", taken, **HANGS),
    ]
    place("SMS call begun", sms_order, called)
    place("SMS taken, answer outstanding", sms_order, taken)
    for rule in rules:
        wait_for_fault(cloud, rule)
    cloud.kill("worker")
    place("e-mail queued", email_order, new_email())
    place("SMS queued", sms_order, new_phone())
    cloud.restart("worker")
    cloud.advance_clock(AGENDA_VISIT_SECONDS)
    yield owner, orders
    make_whole(cloud)


@pytest.mark.parametrize(
    "step", ["e-mail queued", "e-mail call begun", "e-mail reported, answer outstanding", "e-mail accepted"]
)
def test_one_email_arrives_although_the_worker_died(frail_cloud, dead_worker, step):
    owner, orders = dead_worker
    shipment_id, address = orders[step]
    entry = owner.wait_for_feed_entry(shipment_id)
    assert [recipient["status"] for recipient in entry["recipients"]] == ["Email_Delivered"]
    assert len(frail_cloud.outbox(address)["emails"]) == 1


def test_email_is_offered_twice_but_sent_once_when_the_worker_died_before_the_answer(
    frail_cloud, dead_worker
):
    owner, orders = dead_worker
    shipment_id, address = orders["e-mail taken, answer outstanding"]
    owner.wait_for(shipment_id, "Email_Sending")
    assert [email["duplicates"] for email in frail_cloud.outbox(address)["emails"]] == [1]


@pytest.mark.parametrize("step", ["SMS queued", "SMS accepted", "SMS call begun"])
def test_w19_one_sms_arrives_although_the_worker_died(frail_cloud, dead_worker, step):
    owner, orders = dead_worker
    shipment_id, number = orders[step]
    entry = owner.wait_for_feed_entry(shipment_id, within=CLAIM_SECONDS)
    assert [recipient["status"] for recipient in entry["recipients"]] == ["SMS_Delivered"]
    assert len(frail_cloud.outbox(number)["sms"]) == 1


def test_sms_arrives_twice_at_most_when_the_gateways_answer_was_lost(frail_cloud, dead_worker):
    owner, orders = dead_worker
    shipment_id, number = orders["SMS taken, answer outstanding"]
    owner.wait_for_feed_entry(shipment_id, within=CLAIM_SECONDS)
    assert owner.statuses(shipment_id) == ["SMS_Delivered"]
    assert len(frail_cloud.outbox(number)["sms"]) == 2


def test_feed_tells_of_each_order_once_and_nothing_is_left_to_do(frail_cloud, dead_worker):
    owner, orders = dead_worker
    closed = [shipment for step, (shipment, _) in orders.items() if "taken" not in step or "SMS" in step]
    feed = owner.wait_for_feed(len(closed), within=CLAIM_SECONDS)
    assert sorted(entry["shipmentId"] for entry in feed) == sorted(closed)
    assert [entry["sequenceNumber"] for entry in feed] == list(range(1, len(feed) + 1))
    sent = {address: messages_to(frail_cloud, address) for _, address in orders.values()}
    frail_cloud.advance_clock(600)
    wait_for_idle_queues(frail_cloud, locked=False)
    assert {address: messages_to(frail_cloud, address) for address in sent} == sent


def messages_to(cloud, address):
    captured = cloud.outbox(address)
    return len(captured["emails"]) + len(captured["sms"])
