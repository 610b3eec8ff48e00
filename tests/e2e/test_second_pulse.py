"""Timers that have stopped for good, as a host's may: the agenda moves all the same."""

from datetime import timedelta

from devstack.supervisor import LocalCloud
from tests.e2e.owner import NOON, Owner, email_order, new_email, new_phone, sms_order, wait_until

NEVER = {"RELEASE_DUE_SCHEDULE": "0 0 0 29 2 *"}  # no leap day is near


def test_orders_due_later_and_orders_that_were_lost_leave_without_timers():
    with LocalCloud(settings=NEVER) as cloud:
        cloud.set_clock(NOON)
        owner = Owner(cloud)
        in_an_hour = (cloud.now() + timedelta(hours=1)).isoformat()
        later = [
            owner.send(email_order(email := new_email(), requestedSendTime=in_an_hour)),
            owner.send(sms_order(number := new_phone(), requestedSendTime=in_an_hour)),
        ]
        cloud.kill("worker")
        lost = owner.send(email_order(forgotten := new_email()))
        cloud.wipe_queues()  # with the pulse that waits
        cloud.restart("worker")
        cloud.restart("http")  # what a process is first asked for brings the pulse back

        def all_arrived() -> bool:
            cloud.advance_clock(130)
            owner.feed()
            sent = cloud.outbox()
            return {m["to"] for kind in sent.values() for m in kind} >= {email, number, forgotten}

        cloud.advance_clock(3600)
        wait_until(all_arrived, within=150, what="messages")
        for shipment_id in (*later, lost):
            owner.wait_for_feed_entry(shipment_id)
        assert [len(cloud.outbox(to)["emails"]) for to in (email, forgotten)] == [1, 1]
        assert len(cloud.outbox(number)["sms"]) == 1
