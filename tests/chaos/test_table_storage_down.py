"""Table Storage is down: callers are told to come back, and nothing is half done."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import NOON, Owner, email_order, new_email, new_phone, sms_order
from tests.support.scenarios.starting import EVERY_SECOND, warm_up

pytestmark = pytest.mark.xdist_group("chaos")

UNAVAILABLE = {
    "type": "urn:altinn:error:NOT-00004",
    "title": "A temporary network failure occurred",
    "status": 503,
    "code": "NOT-00004",
    "errorCode": "NOT-00004",
    "statusDescription": "Service Unavailable",
}


def refused(answer):
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    problem = answer.json()
    assert problem.pop("traceId")
    return problem


def test_order_is_refused_while_table_storage_is_silent_and_accepted_afterwards(cloud, owner):
    known = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(known)
    orders = [email_order(address := new_email()), sms_order(number := new_phone())]
    cloud.kill("azurite", signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(4) as threads:
            placed = list(threads.map(owner.request_order, orders))
    finally:
        cloud.kill("azurite", signal.SIGCONT)
    assert [refused(answer) for answer in placed] == [UNAVAILABLE] * 2

    assert owner.shipment(known)["status"] == "Order_Completed"
    # storage may have carried out what it did not answer: then a repeat of the request finds the order
    receipts = [owner.request_order(order) for order in orders]
    assert {receipt.status_code for receipt in receipts} <= {200, 201}
    cloud.advance_clock(125)
    for receipt in receipts:
        owner.wait_for_feed_entry(receipt.json()["notification"]["shipmentId"])
    assert len(cloud.outbox(address)["emails"]) == len(cloud.outbox(number)["sms"]) == 1


def test_a_version_1_order_that_was_refused_while_table_storage_was_silent_is_never_sent(cloud, owner):
    order = {"recipients": [{"emailAddress": (address := new_email())}], "subject": "s", "body": "b"}
    cloud.kill("azurite", signal.SIGSTOP)
    try:
        answer = owner.ask("POST", "/orders/email", json=order)
    finally:
        cloud.kill("azurite", signal.SIGCONT)
    assert refused(answer) == UNAVAILABLE
    owner.wait_for_feed_entry(owner.send(email_order(new_email())))
    cloud.advance_clock(700)
    owner.wait_for_feed_entry(owner.send(email_order(new_email())))
    assert not cloud.outbox(address)["emails"]


def test_orders_survive_that_table_storage_went_down_and_everything_was_restarted(tmp_path):
    later = {"requestedSendTime": "2031-05-05T13:00:00+02:00"}
    first, second = new_email(), new_email()
    with LocalCloud(settings=EVERY_SECOND, data=tmp_path) as cloud:
        warm_up(cloud)
        cloud.set_clock(NOON)
        owner = Owner(cloud)
        ids = [owner.send(email_order(first, **later))]
        cloud.kill("azurite", signal.SIGINT)
        order = email_order(second, **later)
        assert refused(owner.request_order(order)) == UNAVAILABLE
        assert refused(owner.ask("GET", f"/future/shipment/{ids[0]}")) == UNAVAILABLE
        cloud.restart("azurite")
        ids.append(owner.send(order))
    with LocalCloud(settings=EVERY_SECOND, data=tmp_path) as cloud:
        cloud.set_clock(later["requestedSendTime"])
        owner = Owner(cloud, owner.org)
        for shipment_id in ids:
            owner.wait_for_feed_entry(shipment_id)
        assert [len(cloud.outbox(address)["emails"]) for address in (first, second)] == [1, 1]
