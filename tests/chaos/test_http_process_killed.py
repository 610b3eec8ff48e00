"""The process that answers callers dies by SIGKILL: what it accepted is sent, the rest can be repeated."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from azure.data.tables import TableClient

from shared.storage.keys import CHAIN
from tests.support.scenarios.owner import (
    email_order,
    fail_once,
    new_email,
    new_phone,
    sms_order,
    wait_for_fault,
    wait_until,
)

pytestmark = pytest.mark.xdist_group("chaos")

ORDERS = 24
KILL_AFTER_ANSWERS = (2, 7, 13)
CALLERS = 6
REPORT_SECONDS = 60.0


def test_order_is_sent_although_http_died_right_after_the_answer(cloud, owner):
    address, number = new_email(), new_phone()
    owner.send(email_order(address))
    sms_id = owner.send(sms_order(number))
    cloud.kill("http")
    cloud.advance_clock(125)  # an order that was not handed over yet is started by the agenda
    cloud.wait_for_email(address)
    cloud.wait_for_sms(number)
    cloud.restart("http")
    # the gateway repeats its report until somebody takes it, after up to half a minute
    owner.wait_for(sms_id, "SMS_Delivered", within=REPORT_SECONDS)
    assert len(cloud.outbox(address)["emails"]) == len(cloud.outbox(number)["sms"]) == 1


def test_report_finds_its_way_although_http_was_dead_when_it_came(cloud, owner):
    number = new_phone()
    rule = fail_once(cloud, "sms.report", "delay", number, delaySeconds=1.0)
    shipment_id = owner.send(sms_order(number))
    owner.wait_for(shipment_id, "SMS_Accepted")
    wait_for_fault(cloud, rule)
    cloud.kill("http")
    retried = cloud.stats()["reports"].get("sms.report:retried", 0)
    wait_until(lambda: cloud.stats()["reports"].get("sms.report:retried", 0) > retried, what="refused report")
    cloud.restart("http")
    owner.wait_for(shipment_id, "SMS_Delivered", within=REPORT_SECONDS)


def test_caller_who_got_no_answer_repeats_and_gets_the_receipt(cloud, owner):
    order = email_order(address := new_email())
    before = stored_orders(cloud)
    with pytest.raises(requests.Timeout):  # the caller hangs up before there is an answer
        owner.ask("POST", "/future/orders", json=order, timeout=0.001)
    wait_until(lambda: stored_orders(cloud) > before, what="stored order")
    cloud.kill("http")
    cloud.restart("http")
    repeat = owner.request_order(order)
    assert repeat.status_code == 200
    cloud.advance_clock(125)
    owner.wait_for_feed_entry(repeat.json()["notification"]["shipmentId"])
    assert len(cloud.outbox(address)["emails"]) == 1


def test_callers_who_repeat_until_answered_get_one_order_each(cloud, owner):
    orders = {address: email_order(address) for address in (new_email() for _ in range(ORDERS))}
    answered: list[str] = []

    def insist(order) -> str:
        """Repeat the request until it is accepted; returns the shipment."""

        def receipt() -> str:
            try:
                answer = owner.request_order(order)
            except requests.ConnectionError:
                return ""
            if answer.status_code == 503:
                return ""
            assert answer.status_code in {200, 201}, answer.text
            return str(answer.json()["notification"]["shipmentId"])

        shipment_id = wait_until(receipt, within=60, what="an answer")
        answered.append(shipment_id)
        return shipment_id

    with ThreadPoolExecutor(CALLERS) as threads:
        results = [threads.submit(insist, order) for order in orders.values()]
        for count in KILL_AFTER_ANSWERS:
            wait_until(lambda n=count: len(answered) >= n, within=60, what="answers")
            cloud.kill("http")
            cloud.restart("http")
        shipments = [result.result() for result in results]

    cloud.advance_clock(125)
    for shipment_id in shipments:
        owner.wait_for_feed_entry(shipment_id)
    assert all(len(cloud.outbox(address)["emails"]) == 1 for address in orders)
    assert [entry["sequenceNumber"] for entry in owner.feed()] == list(range(1, ORDERS + 1))


def stored_orders(cloud) -> int:
    with TableClient.from_connection_string(cloud.tables, "Orders") as table:
        # agenda rows are in the same table
        return sum(1 for _ in table.query_entities(f"RowKey ge '{CHAIN}'", select=["PartitionKey"]))
