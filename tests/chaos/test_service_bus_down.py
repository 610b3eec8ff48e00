"""Service Bus is down, or has lost all messages: what was accepted is delivered all the same."""

import signal
from datetime import timedelta

import pytest

from tests.support.scenarios.owner import (
    email_order,
    new_email,
    new_phone,
    sms_order,
    wait_for_idle_queues,
    wait_until,
)

pytestmark = pytest.mark.xdist_group("chaos")

AGENDA_VISIT_SECONDS = 125


def test_w02_orders_are_delivered_although_all_queues_were_emptied(cloud, owner):
    cloud.kill("worker")
    now, later, number = new_email(), new_email(), new_phone()
    condition = f"{cloud.addresses['platform']}/conditions/true"
    in_a_minute = (cloud.now() + timedelta(minutes=1)).isoformat()
    ids = [
        owner.send(email_order(now)),
        owner.send(sms_order(number)),
        owner.send(email_order(later, requestedSendTime=in_a_minute)),
        owner.send(email_order(asked := new_email(), conditionEndpoint=condition)),
    ]
    wait_until(lambda: sum(queue["active"] for queue in cloud.queues().values()) == 3, what="three messages")
    cloud.wipe_queues()
    cloud.restart("worker")
    cloud.advance_clock(AGENDA_VISIT_SECONDS)
    for shipment_id in ids:
        owner.wait_for_feed_entry(shipment_id, within=40)
    assert [len(cloud.outbox(address)["emails"]) for address in (now, later, asked)] == [1, 1, 1]
    assert len(cloud.outbox(number)["sms"]) == 1


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "silent"])
def test_orders_are_accepted_while_service_bus_is_down(cloud, owner, signal_number):
    address, number = new_email(), new_phone()
    cloud.kill("servicebus", signal_number)
    try:
        ids = [owner.send(email_order(address)), owner.send(sms_order(number))]
        assert [owner.shipment(each)["status"] for each in ids] == ["Order_Processed"] * 2
    finally:
        if signal_number == signal.SIGKILL:
            cloud.restart("servicebus")
        else:
            cloud.kill("servicebus", signal.SIGCONT)
    for shipment_id in ids:
        owner.wait_for_feed_entry(shipment_id, within=60)
    assert len(cloud.outbox(address)["emails"]) == len(cloud.outbox(number)["sms"]) == 1


def test_service_bus_goes_down_and_comes_back_while_orders_are_placed(cloud, owner):
    addresses = [new_email("noreport") for _ in range(9)]  # a report may be lost with its queue
    for index, address in enumerate(addresses):
        owner.send(email_order(address))
        if index % 3 == 1:
            cloud.restart("servicebus")

    def all_arrived() -> bool:
        cloud.advance_clock(AGENDA_VISIT_SECONDS)
        wait_for_idle_queues(cloud)
        return all(cloud.outbox(address)["emails"] for address in addresses)

    wait_until(all_arrived, within=60, what="e-mails")
    assert [len(cloud.outbox(address)["emails"]) for address in addresses] == [1] * len(addresses)
