"""The local cloud in the layout of Flex Consumption: every function without HTTP in a process of its own.

On the own host only: fifteen real hosts need 5 GB and minutes. `devstack/tests/real_host/test_groups.py`
shows that the real host runs the functions that are listed and no others.
"""

from datetime import timedelta

import pytest

from devstack.cloud.host_choice import HostKind
from devstack.cloud.local_cloud import LocalCloud
from tests.support.scenarios.owner import (
    NOON,
    Owner,
    after_noon,
    due,
    email_order,
    new_email,
    new_phone,
    sms_order,
    wait_until,
)
from tests.support.scenarios.starting import EVERY_SECOND, make_whole

IN_AN_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def flex_cloud():
    with LocalCloud(flex=True, host=HostKind.OWN, settings=EVERY_SECOND) as cloud:
        yield cloud


@pytest.fixture
def owner(flex_cloud):
    """An organisation nobody else uses, at noon in Oslo."""
    flex_cloud.set_clock(NOON)
    yield Owner(flex_cloud)
    make_whole(flex_cloud)


def test_orders_go_through_all_processes(owner):
    shipments = {
        owner.send(email_order(new_email())): "Email_Delivered",
        owner.send(sms_order(new_phone())): "SMS_Delivered",
        owner.send(email_order(new_email(), **due(after_noon(IN_AN_HOUR)))): "Email_Delivered",
    }
    owner.cloud.advance_clock(IN_AN_HOUR.total_seconds())
    for shipment, status in shipments.items():
        entry = owner.wait_for_feed_entry(shipment)
        assert [recipient["status"] for recipient in entry["recipients"]] == [status]


def test_a_killed_worker_leaves_the_others_at_work(owner):
    cloud = owner.cloud
    cloud.kill("worker-send_sms")
    assert cloud.stopped_children == ["worker-send_sms"]
    sms = owner.send(sms_order(number := new_phone()))
    email = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(email)
    wait_until(lambda: cloud.queues()["sms-send"]["active"] == 1, what="SMS that nobody takes")
    assert cloud.outbox(number)["sms"] == []

    cloud.restart("worker-send_sms")
    owner.wait_for_feed_entry(sms)
    assert len(cloud.outbox(number)["sms"]) == 1


def test_workers_are_named_after_their_functions(flex_cloud):
    others = {"http", "servicebus", "azurite", "simulators"}
    assert set(flex_cloud.workers) == set(flex_cloud.children) - others
    assert {"worker-send_email", "worker-release_due", "worker-purge_old"} < set(flex_cloud.workers)
