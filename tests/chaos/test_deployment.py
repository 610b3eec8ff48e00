"""A deployment in the middle of a burst: all processes of the app end, and others begin with new settings.

The new settings stand for new code: orders for SMS that it accepts have another sender. Callers repeat
placements that got no answer. Each e-mail is received once. Each SMS is received once, or twice if it was in
doubt: its call was under way when its process ended.
"""

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import requests

from tests.support.scenarios.owner import (
    WAIT_SECONDS,
    email_order,
    fail_once,
    new_email,
    new_phone,
    sms_order,
    wait_until,
)
from tests.support.scenarios.starting import make_whole

pytestmark = pytest.mark.xdist_group("chaos")

ORDERS, CALLERS = 16, 8
ANYTIME = {"sendingTimePolicy": "Anytime"}
OLD, NEW = {"DEFAULT_SMS_SENDER": "Old"}, {"DEFAULT_SMS_SENDER": "New"}
UNDER_WAY = timedelta(seconds=5)  # a call, and on a busy machine the recording of its outcome
SLOW = {"action": "delay", "delaySeconds": 0.3}  # so that calls are under way at any moment
VISITS = 10
SECONDS_PER_VISIT = 20.0  # claims of SMS whose calls were under way, and locks, last a minute
VISIT_SECONDS = 125  # of the clock, after which the agenda looks again


@pytest.fixture
def old_code(frail_cloud, cloud):
    for name in ("http", "worker"):
        cloud.restart(name, OLD)
    yield cloud
    make_whole(cloud)
    for name in ("http", "worker"):
        cloud.restart(name, {"DEFAULT_SMS_SENDER": "Altinn"})


def place(owner, order):
    """Place an order as callers do: repeat it until it is answered."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        try:
            answer = owner.request_order(order)
        except requests.RequestException:
            time.sleep(0.2)
            continue
        if answer.status_code in (200, 201):
            return answer.json()["notification"]["shipmentId"]
        assert answer.status_code == 503, answer.text
    raise TimeoutError("an order was not accepted in time")


def deploy(cloud, how):
    """End the old processes, start new ones; return when the old ones were told to end."""
    stopped_at = cloud.now()
    for name in ("http", "worker"):
        cloud.kill(name, how)
    cloud.clear_faults()
    for name in ("http", "worker"):
        cloud.restart(name, NEW)
    return stopped_at


def all_end(cloud, owner, shipments):
    """Whether all shipments reach the feed, while the agenda looks again and again."""
    for _ in range(VISITS):
        cloud.advance_clock(VISIT_SECONDS)
        next_visit = time.monotonic() + SECONDS_PER_VISIT
        while time.monotonic() < next_visit:
            if shipments <= {entry["shipmentId"] for entry in owner.feed(pageSize=500)}:
                return True
            time.sleep(0.5)
    return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["in order", "at once"])
def test_a_deployment_during_a_burst_loses_and_doubles_nothing(old_code, owner, how):
    cloud = old_code
    cloud.clear_outbox()
    for target in ("acs.send", "sms.submit"):
        cloud.add_fault({"target": target, **SLOW})
    emails = [new_email() for _ in range(ORDERS // 2)]
    numbers = [new_phone() for _ in range(ORDERS // 2)]
    orders = [
        order
        for email, number in zip(emails, numbers, strict=True)
        for order in (email_order(email), sms_order(number, settings=ANYTIME))
    ]
    for number in (doubtful := numbers[:2]):  # taken by the gateway, which does not say so in time
        fail_once(cloud, "sms.submit", "after", number, delaySeconds=60.0)
    with ThreadPoolExecutor(CALLERS) as callers:
        placing = [callers.submit(place, owner, order) for order in orders[: ORDERS // 2]]
        wait_until(lambda: sum(map(len, cloud.outbox().values())) >= ORDERS // 6, what="the burst")
        placing += [callers.submit(place, owner, order) for order in orders[ORDERS // 2 :]]
        stopped_at = deploy(cloud, how)
        shipments = {each.result() for each in placing}
    assert len(shipments) == ORDERS
    assert all_end(cloud, owner, shipments)

    entries = [entry for entry in owner.feed(pageSize=500) if entry["shipmentId"] in shipments]
    assert len(entries) == ORDERS, "an order is told twice"
    statuses = Counter(recipient["status"] for entry in entries for recipient in entry["recipients"])
    assert statuses == {"Email_Delivered": ORDERS // 2, "SMS_Delivered": ORDERS // 2}
    outbox = cloud.outbox()
    arrived = Counter(email["to"] for email in outbox["emails"])
    assert {email: arrived[email] for email in emails} == dict.fromkeys(emails, 1)
    assert {sms["from"] for sms in outbox["sms"] if sms["to"] in numbers} == {"Old", "New"}, (
        "both codes have accepted orders"
    )
    received = {
        number: [datetime.fromisoformat(sms["at"]) for sms in outbox["sms"] if sms["to"] == number]
        for number in numbers
    }
    assert {len(times) for times in received.values()} <= {1, 2}
    for number, (first, *again) in received.items():
        was_under_way = stopped_at - UNDER_WAY < first < stopped_at + UNDER_WAY
        assert not again or was_under_way or number in doubtful, "sent again although it was not in doubt"
