"""The acceptance checklist, sending: windows (19), parts (20), results (23-26, 32), the feed (27-28)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from tests.support.scenarios.composing import composed_order, file, send_composed
from tests.support.scenarios.metrics_files import rows_of
from tests.support.scenarios.owner import (
    NOON,
    Owner,
    email_order,
    emails_to,
    fail_once,
    move_with_canary,
    new_email,
    new_phone,
    new_text,
    post_reports,
    report_document,
    sms_order,
    sms_to,
    wait_for_idle_queues,
    wait_until,
    wait_until_failed,
)
from tests.support.scenarios.starting import TOLD_OF_HUNDREDS

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
SPREAD = timedelta(minutes=10)  # over which held SMS are released
DAYTIME = {"sendingTimePolicy": "Daytime"}
LONGEST_PAGE = 500
FULL_CHAINS, FULL_CHAIN = 10, 51  # with the most reminders a chain may have
MORE_THAN_A_PAGE = FULL_CHAINS * FULL_CHAIN
RETRY_AFTER_SECONDS = 30


def at(later):
    return datetime.fromisoformat(NOON) + later


def due(instant):
    return {"requestedSendTime": instant.isoformat()}


def assert_leaves_with_its_lifetime(cloud, number, opening, worthless):
    """The gateway is told for how many minutes an SMS is worth delivering: until it expires."""
    sms = cloud.wait_for_sms(number)
    sent_at = datetime.fromisoformat(sms["at"])
    assert sent_at >= opening
    assert abs(sent_at + timedelta(minutes=sms["ttlMinutes"]) - worthless) < MINUTE
    assert len(sms_to(cloud, number)) == 1


@pytest.mark.parametrize(
    ("asked", "opening", "worthless"),
    [
        ("2026-01-14T16:00:00Z", "2026-01-15T08:00:00Z", "2026-01-17T08:00:00Z"),
        ("2026-07-14T06:30:00Z", "2026-07-14T07:00:00Z", "2026-07-16T07:00:00Z"),
        ("2026-03-28T18:00:00Z", "2026-03-29T07:00:00Z", "2026-03-31T07:00:00Z"),
        ("2026-10-24T05:00:00Z", "2026-10-24T07:00:00Z", "2026-10-26T08:00:00Z"),
        ("2026-10-24T18:00:00Z", "2026-10-25T08:00:00Z", "2026-10-27T08:00:00Z"),
    ],
)
def test_19_sms_outside_the_window_waits_and_lives_from_the_opening(cloud, owner, asked, opening, worthless):
    asked, opening, worthless = map(datetime.fromisoformat, (asked, opening, worthless))
    cloud.set_clock(asked - SECOND)
    order = sms_order(number := new_phone(), settings=DAYTIME, **due(asked))
    shipment_id = owner.send(order)
    cloud.set_clock(asked)
    assert owner.wait_for(shipment_id, "SMS_New")["status"] == "Order_Processed"
    assert sms_to(cloud, number) == []
    cloud.set_clock(opening + SPREAD)
    assert_leaves_with_its_lifetime(cloud, number, opening, worthless)


@pytest.mark.parametrize(
    ("asked", "policy", "worthless"),
    [
        ("2026-01-14T08:00:01Z", "Daytime", "2026-01-16T08:00:01Z"),
        ("2026-01-14T15:50:00Z", "Daytime", "2026-01-16T15:50:00Z"),
        ("2026-01-14T22:30:00Z", "Anytime", "2026-01-16T22:30:00Z"),
    ],
)
def test_19_sms_within_the_window_leaves_at_once(cloud, owner, asked, policy, worthless):
    cloud.set_clock(asked)
    owner.send(sms_order(number := new_phone(), settings={"sendingTimePolicy": policy}))
    asked, worthless = map(datetime.fromisoformat, (asked, worthless))
    assert_leaves_with_its_lifetime(cloud, number, asked, worthless)


def test_20_parts_are_counted_in_the_alphabet_of_the_text(cloud, owner):
    texts = {
        "a" * 160: 1,
        "a" * 161: 2,
        "a" * 306: 2,
        "a" * 307: 3,
        "ø" * 160: 1,
        "я" * 70: 1,
        "я" * 71: 2,
        "\N{BELL}" * 35: 1,
        "\N{BELL}" * 36: 2,
    }
    ids = [owner.send(sms_order(new_phone(), settings={"body": text})) for text in texts]
    owner.wait_for_feed(len(ids))
    cloud.set_clock("2031-05-06T03:00:00+02:00")
    rows, _ = rows_of(cloud, owner, "/sms")
    counted = {row["ShipmentId"]: row["AltinnSmsCount"] for row in rows}
    assert [counted[shipment_id[:-6] + "000001"] for shipment_id in ids] == list(texts.values())


def test_23_w28_report_that_overtakes_the_gateways_answer_counts(cloud, owner):
    number = new_phone("666014")
    shipment_id = owner.send(sms_order(number))
    assert [r["status"] for r in owner.wait_for_feed_entry(shipment_id)["recipients"]] == ["SMS_Delivered"]
    assert len(sms_to(cloud, number)) == 1


def test_23_report_that_overtakes_the_email_providers_answer_counts(cloud, owner):
    address = new_email()
    fail_once(cloud, "acs.send", "after", address, delaySeconds=1.5)
    shipment_id = owner.send(email_order(address))
    owner.wait_for_feed_entry(shipment_id)
    wait_for_idle_queues(cloud)
    assert owner.statuses(shipment_id) == ["Email_Delivered"]
    assert len(emails_to(cloud, address)) == 1


def test_24_two_last_results_at_once_complete_an_order_once(cloud, owner):
    cloud.add_fault({"target": "sms.report", "action": "drop"})
    ids, together = [], Barrier(2)

    def report(reference, number):
        together.wait()
        return post_reports(cloud, report_document((reference, number, "DELIVRD"))).status_code

    for _ in range(5):
        numbers = [new_phone(), new_phone()]
        recipients = [{"mobileNumber": number} for number in numbers]
        answer = owner.ask("POST", "/orders/sms", json={"body": new_text(), "recipients": recipients})
        ids.append(shipment_id := answer.json()["orderId"])
        wait_until(lambda s=shipment_id: owner.statuses(s) == ["SMS_Accepted"] * 2, what="both accepted")
        references = [cloud.wait_for_sms(number)["reference"] for number in numbers]
        with ThreadPoolExecutor(2) as gateway:
            assert list(gateway.map(report, references, numbers)) == [200, 200]
        entry = owner.wait_for_feed_entry(shipment_id)
        assert entry["status"] == "Order_Completed"
        assert sorted((r["destination"], r["status"]) for r in entry["recipients"]) == [
            (number, "SMS_Delivered") for number in sorted(numbers)
        ]
    last = owner.send(email_order(new_email()))
    owner.wait_for_feed_entry(last)
    assert [entry["shipmentId"] for entry in owner.feed()] == [*ids, last]


def test_25_w29_message_without_report_ends_as_expired_after_two_days(cloud, owner):
    address, number = new_email("noreport"), new_phone("666010")
    email_id, sms_id = owner.send(email_order(address)), owner.send(sms_order(number))
    owner.wait_for(email_id, "Email_Sending")
    owner.wait_for(sms_id, "SMS_Accepted")
    wait_for_idle_queues(cloud)  # what is sent after the move is not asked about for five more minutes

    cloud.set_clock(at(6 * MINUTE))
    owner.wait_for(email_id, "Email_Succeeded")  # the provider was asked, because no report came

    move_with_canary(cloud, owner, at(48 * HOUR + 4 * MINUTE))
    assert owner.statuses(email_id) + owner.statuses(sms_id) == ["Email_Succeeded", "SMS_Accepted"]

    cloud.set_clock(at(48 * HOUR + 6 * MINUTE))
    assert [r["status"] for r in owner.wait_for_feed_entry(email_id)["recipients"]] == ["Email_Failed_TTL"]
    assert [r["status"] for r in owner.wait_for_feed_entry(sms_id)["recipients"]] == ["SMS_Failed_TTL"]
    assert owner.shipment(email_id)["status"] == owner.shipment(sms_id)["status"] == "Order_Completed"
    assert len(emails_to(cloud, address)) == len(sms_to(cloud, number)) == 1


def test_26_full_email_provider_is_left_alone_for_as_long_as_it_asks(cloud, owner):
    neighbour, addresses = Owner(cloud), [new_email() for _ in range(3)]
    began_at = cloud.now()
    rule = fail_once(cloud, "acs.send", "status", addresses[0], status=429, retryAfter=RETRY_AFTER_SECONDS)
    sent = [(owner, owner.send(email_order(addresses[0])))]
    wait_until_failed(cloud, rule)
    refused_at = cloud.now()
    sent.append((owner, owner.send(email_order(addresses[1]))))
    sent.append((neighbour, neighbour.send(email_order(addresses[2]))))
    wait_for_idle_queues(cloud)
    calls = cloud.stats()["requests"]["acs.send"]

    early, canary = refused_at + 20 * SECOND, new_phone()  # when it has arrived, e-mails had their chance
    owner.send(sms_order(canary, **due(early)))
    cloud.set_clock(early)
    cloud.wait_for_sms(canary)
    wait_for_idle_queues(cloud)

    cloud.set_clock(refused_at + (RETRY_AFTER_SECONDS + 1) * SECOND)
    for sender, shipment_id in sent:
        sender.wait_for(shipment_id, "Email_Delivered")
    wait_for_idle_queues(cloud)
    assert cloud.stats()["requests"]["acs.send"] == calls + 3
    for address in addresses:
        (email,) = emails_to(cloud, address)
        assert email["duplicates"] == 0
        assert datetime.fromisoformat(email["at"]) >= began_at + RETRY_AFTER_SECONDS * SECOND


@pytest.fixture(scope="module")
def reader(shared_cloud):
    """An owner whose feed is longer than the longest page: what fills a feed soonest is cancelling chains."""
    owner = Owner(shared_cloud, TOLD_OF_HUNDREDS)
    reminder = {"delayDays": 1, "recipient": email_order(new_email())["recipient"]}
    later = due(shared_cloud.now() + HOUR)
    for _ in range(FULL_CHAINS):
        receipt = owner.place(email_order(new_email(), reminders=[reminder] * (FULL_CHAIN - 1), **later))
        path = f"/future/orders/{receipt['notificationOrderId']}/cancel"
        assert owner.ask("PUT", path).status_code == 200
    wait_until(lambda: owner.feed(seq=MORE_THAN_A_PAGE - 1), what="long feed")
    return owner


def numbers(entries):
    return [entry["sequenceNumber"] for entry in entries]


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("query", "length"),
    [
        ({"pageSize": "0"}, 1),
        ({"pageSize": "-5"}, 1),
        ({"pageSize": "2"}, 2),
        ({"pageSize": "10000"}, LONGEST_PAGE),
        ({}, LONGEST_PAGE),
    ],
)
def test_27_page_size_is_made_to_fit(reader, query, length):
    assert numbers(reader.feed(**query)) == list(range(1, length + 1))


@pytest.mark.usefixtures("cloud")
def test_28_feed_is_read_from_the_newest(reader):
    newest_first = list(range(MORE_THAN_A_PAGE, 0, -1))
    assert numbers(reader.feed(orderBy="Desc", seq=0)) == newest_first[:LONGEST_PAGE]
    assert numbers(reader.feed(orderBy="Desc")) == newest_first[:LONGEST_PAGE]
    assert numbers(reader.feed(orderBy="desc", pageSize=1)) == newest_first[:1]
    assert numbers(reader.feed(orderBy="DESC", seq=4, pageSize=2)) == [3, 2]
    assert numbers(reader.feed(orderBy="desc", seq=1)) == []


def test_32_link_that_has_expired_when_its_email_is_sent_ends_the_order(cloud, sender):
    address, name = new_email(), f"{new_text('fil').replace(' ', '')}.pdf"
    rule = fail_once(cloud, "blob.head", "status", name, status=503)
    link = file(cloud, name, lifetime=timedelta(minutes=16))
    shipment_id = send_composed(sender, composed_order(address, link))
    wait_until_failed(cloud, rule)
    cloud.advance_clock(17 * 60)
    entry = sender.wait_for_feed_entry(shipment_id)
    assert entry["status"] == "Order_Completed"
    assert [r["status"] for r in entry["recipients"]] == ["Email_Failed_InvalidSasUrl"]
    assert emails_to(cloud, address) == []
