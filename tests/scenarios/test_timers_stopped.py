"""Timers that have stopped for good, as a host's may: the agenda moves all the same."""

from datetime import timedelta

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import (
    NOON,
    Owner,
    email_order,
    new_email,
    new_phone,
    sms_order,
    wait_until,
)

NEVER = {"RELEASE_DUE_SCHEDULE": "0 0 0 29 2 *"}  # no leap day is near


def test_orders_due_later_leave_without_timers():
    with LocalCloud(settings=NEVER) as cloud:
        owner = noon(cloud)
        in_an_hour = (cloud.now() + timedelta(hours=1)).isoformat()
        later = [
            owner.send(email_order(email := new_email(), requestedSendTime=in_an_hour)),
            owner.send(sms_order(number := new_phone(), requestedSendTime=in_an_hour)),
        ]
        cloud.advance_clock(3600)
        wait_for_messages(cloud, owner, {email, number})
        for shipment_id in later:
            owner.wait_for_feed_entry(shipment_id)
        assert len(cloud.outbox(email)["emails"]) == 1
        assert len(cloud.outbox(number)["sms"]) == 1


def test_an_order_whose_messages_were_lost_leaves_without_timers():
    with LocalCloud(settings=NEVER) as cloud:
        owner = noon(cloud)
        cloud.kill("worker")
        lost = owner.send(email_order(forgotten := new_email()))
        cloud.wipe_queues()  # with the pulse that waits
        cloud.restart("worker")
        cloud.restart("http")  # what a process is first asked for brings the pulse back
        wait_for_messages(cloud, owner, {forgotten})
        owner.wait_for_feed_entry(lost)
        assert len(cloud.outbox(forgotten)["emails"]) == 1


def noon(cloud):
    """Set the clock to noon and return an owner."""
    cloud.set_clock(NOON)
    return Owner(cloud)


def wait_for_messages(cloud, owner, addresses):
    """Move the clock on until the providers have a message to each address."""

    def all_arrived() -> bool:
        cloud.advance_clock(130)
        owner.feed()
        sent = cloud.outbox()
        return {m["to"] for kind in sent.values() for m in kind} >= addresses

    wait_until(all_arrived, within=150, what="messages")
