"""The SMS gateway's answer is lost: nobody can know whether the message left.

A lost message is worse than a double one, so it is sent once more minutes later, when the gateway is known to
answer, and never a third time. All orders of this file are placed at once, so that they wait together.
"""

import pytest

from tests.support.scenarios.owner import (
    NOON,
    Owner,
    fail_once,
    new_phone,
    sms_order,
    wait_for_idle_queues,
    wait_until,
    wait_until_failed,
)
from tests.support.scenarios.starting import make_whole

pytestmark = pytest.mark.xdist_group("chaos")

CLAIM_SECONDS = 60.0  # half of it, and some more for a busy machine
PAUSE_SECONDS = 130  # of business time
SENT_TWICE = {
    "connection lost after the message was taken": ("after", {}),
    "error told after the message was taken": ("after", {"status": 500}),
    "answer unreadable": ("malformed", {}),
}
SENT_ONCE = {
    "server error": ("status", {"status": 500}),
    "server not there": ("status", {"status": 503}),
    "connection lost before the message was taken": ("disconnect", {}),
    "no answer in time": ("timeout", {"delaySeconds": 5.0}),
}
FOR_EVER = "answer always lost"


@pytest.fixture(scope="module")
def in_doubt(frail_cloud):
    """Place an order for each kind of doubt; returns the owner, and (shipment id, number) by kind."""
    frail_cloud.set_clock(NOON)
    owner = Owner(frail_cloud)
    orders = {}
    for kind, (action, more) in {**SENT_TWICE, **SENT_ONCE, FOR_EVER: ("after", {"times": None})}.items():
        number = new_phone()
        rule = fail_once(frail_cloud, "sms.submit", action, number, **more)
        orders[kind] = (owner.send(sms_order(number)), number)
        if kind != FOR_EVER:
            wait_until_failed(frail_cloud, rule)
        else:
            frail_cloud.wait_for_sms(number)
            wait_for_idle_queues(frail_cloud)
        others = new_phone()  # what the gateway answers again, or it would be left alone
        owner.send(sms_order(others))
        frail_cloud.wait_for_sms(others)
        wait_for_idle_queues(frail_cloud)
    frail_cloud.advance_clock(PAUSE_SECONDS)
    yield owner, orders
    make_whole(frail_cloud)


@pytest.mark.parametrize("kind", SENT_ONCE)
def test_sms_that_did_not_leave_is_sent_once(frail_cloud, in_doubt, kind):
    owner, orders = in_doubt
    shipment_id, number = orders[kind]
    owner.wait_for_feed_entry(shipment_id, within=CLAIM_SECONDS)
    assert owner.statuses(shipment_id) == ["SMS_Delivered"]
    assert len(frail_cloud.outbox(number)["sms"]) == 1


@pytest.mark.parametrize("kind", SENT_TWICE)
def test_sms_whose_answer_was_lost_is_sent_once_more(frail_cloud, in_doubt, kind):
    owner, orders = in_doubt
    shipment_id, number = orders[kind]
    owner.wait_for_feed_entry(shipment_id, within=CLAIM_SECONDS)
    assert owner.statuses(shipment_id) == ["SMS_Delivered"]
    assert len(frail_cloud.outbox(number)["sms"]) == 2


def test_w20_sms_whose_answers_are_always_lost_is_sent_twice_at_most(frail_cloud, in_doubt):
    owner, orders = in_doubt
    shipment_id, number = orders[FOR_EVER]
    wait_until(lambda: len(frail_cloud.outbox(number)["sms"]) == 2, within=CLAIM_SECONDS)
    wait_for_idle_queues(frail_cloud)
    frail_cloud.advance_clock(48 * 3600 + 6 * 60)
    owner.wait_for_feed_entry(shipment_id)
    assert owner.statuses(shipment_id) == ["SMS_Failed_TTL"]
    assert len(frail_cloud.outbox(number)["sms"]) == 2
