"""A provider is down, full, slow or refuses our settings: each message arrives once, its status is right."""

import itertools
from datetime import datetime, timedelta

import pytest

from tests.support.scenarios.owner import (
    NOON,
    WAIT_SECONDS,
    Owner,
    due,
    email_order,
    emails_to,
    fail_once,
    move_with_canary,
    new_email,
    new_phone,
    sms_order,
    sms_to,
    wait_for_idle_queues,
    wait_until,
    wait_until_failed,
)

_days_before = itertools.count(20, -1)
PATIENCE_SECONDS = pytest.mark.parametrize("seconds", [60, 300])  # the agenda looks after two minutes
OUTAGES = {
    "e-mail refused": ("acs.send", {"action": "unreachable"}),
    "e-mail 503": ("acs.send", {"action": "status", "status": 503}),
    "e-mail 429": ("acs.send", {"action": "status", "status": 429}),
    "e-mail domain not linked": ("acs.send", {"action": "refuse", "detail": "DomainNotLinked"}),
    "e-mail denied": ("acs.send", {"action": "status", "status": 401}),
    "SMS refused": ("sms.submit", {"action": "unreachable"}),
    "SMS 500": ("sms.submit", {"action": "status", "status": 500}),
    "SMS 503": ("sms.submit", {"action": "status", "status": 503}),
    "SMS 429": ("sms.submit", {"action": "status", "status": 429}),
    "SMS logon refused": ("sms.submit", {"action": "logon-failed"}),
}
SETTINGS = {
    "e-mail domain not linked": "DEFAULT_EMAIL_FROM_ADDRESS",
    "e-mail denied": "ACS_EMAIL_ACCESS_KEY",
    "SMS logon refused": "SMS_GATEWAY_PASSWORD",
}
RETRY_AFTER_SECONDS = 30
SECOND = timedelta(seconds=1)


@pytest.fixture
def day_of_its_own(cloud, owner):
    """Set the clock to a noon before that of all other tests, so that a pause holds for none of them."""
    cloud.set_clock(datetime.fromisoformat(NOON) - timedelta(days=next(_days_before)))


@PATIENCE_SECONDS
@pytest.mark.usefixtures("day_of_its_own")
def test_w24_email_waits_as_long_as_a_full_provider_asks(cloud, owner, seconds):
    address = new_email()
    rule = fail_once(cloud, "acs.send", "status", address, status=429, retryAfter=seconds)
    shipment_id = owner.send(email_order(address))
    wait_until_failed(cloud, rule)
    almost, canary = cloud.now() + timedelta(seconds=seconds - 30), new_phone()  # e-mails all wait
    settings = {"sendingTimePolicy": "Anytime"}
    owner.send(sms_order(canary, settings=settings, **due(almost - timedelta(seconds=1))))
    cloud.set_clock(almost)
    cloud.wait_for_sms(canary)
    wait_for_idle_queues(cloud)
    assert owner.statuses(shipment_id) == ["Email_New"]
    cloud.advance_clock(35)
    owner.wait_for(shipment_id, "Email_Delivered")
    wait_for_idle_queues(cloud)
    assert [email["duplicates"] for email in emails_to(cloud, address)] == [0]


@pytest.mark.parametrize(
    ("action", "more"), [("status", {"status": 500}), ("disconnect", {}), ("status", {"status": 401})]
)
def test_w38_email_that_the_provider_failed_to_take_is_sent_again(cloud, owner, action, more):
    address = new_email()
    rule = fail_once(cloud, "acs.send", action, address, **more)
    shipment_id = owner.send(email_order(address))
    wait_until_failed(cloud, rule)
    cloud.advance_clock(11)
    owner.wait_for(shipment_id, "Email_Delivered")
    wait_for_idle_queues(cloud)
    assert len(emails_to(cloud, address)) == 1


@pytest.mark.parametrize(
    ("action", "more"),
    [("after", {}), ("after", {"status": 500}), ("after", {"status": 503}), ("malformed", {})],
)
def test_w22_email_whose_acceptance_got_lost_is_not_sent_again(cloud, owner, action, more):
    address = new_email()
    fail_once(cloud, "acs.send", action, address, **more)
    shipment_id = owner.send(email_order(address))
    owner.wait_for(shipment_id, "Email_Delivered")
    owner.wait_for_feed_entry(shipment_id)
    wait_for_idle_queues(cloud)
    assert [email["duplicates"] for email in emails_to(cloud, address)] == [0]


def test_provider_that_answers_nothing_at_all_still_sends_one_email(cloud, owner):
    address = new_email("noreport")
    fail_once(cloud, "acs.send", "after", address)
    rule = fail_once(cloud, "acs.status", "status", address, status=503)
    shipment_id = owner.send(email_order(address))
    wait_until_failed(cloud, rule)
    cloud.advance_clock(11)
    wait_until(lambda: emails_to(cloud, address)[0]["duplicates"] == 1, what="recognised repeat")
    wait_for_idle_queues(cloud)
    assert owner.statuses(shipment_id) == ["Email_Sending"]
    assert len(emails_to(cloud, address)) == 1


def test_sms_is_sent_once_the_gateway_lets_us_in(cloud, owner):
    number = new_phone()
    rule = fail_once(cloud, "sms.submit", "logon-failed", number)
    shipment_id = owner.send(sms_order(number))
    wait_until_failed(cloud, rule)
    assert sms_to(cloud, number) == []
    assert owner.statuses(shipment_id) == ["SMS_New"]
    cloud.advance_clock(11)
    owner.wait_for(shipment_id, "SMS_Delivered")
    wait_for_idle_queues(cloud)
    assert len(sms_to(cloud, number)) == 1


@PATIENCE_SECONDS
@pytest.mark.usefixtures("day_of_its_own")
def test_sms_waits_as_long_as_a_full_gateway_asks(cloud, owner, seconds):
    number = new_phone()
    rule = fail_once(cloud, "sms.submit", "status", number, status=429, retryAfter=seconds)
    shipment_id = owner.send(sms_order(number))
    wait_until_failed(cloud, rule)
    move_with_canary(cloud, owner, cloud.now() + timedelta(seconds=seconds - 30))
    assert owner.statuses(shipment_id) == ["SMS_New"]
    cloud.advance_clock(35)
    owner.wait_for(shipment_id, "SMS_Delivered")
    wait_for_idle_queues(cloud)
    assert len(sms_to(cloud, number)) == 1


@pytest.mark.usefixtures("day_of_its_own")
def test_w39_provider_that_does_not_take_a_message_ends_it_visibly_when_it_is_worthless(cloud, owner):
    number = new_phone()
    cloud.add_fault(
        {"target": "sms.submit", "action": "logon-failed", "match": {"to": number}, "times": None}
    )
    shipment_id = owner.send(sms_order(number, settings={"sendingTimePolicy": "Anytime"}))
    for hours in (1, 2, 12, 32):
        cloud.advance_clock(hours * 3600)
        wait_for_idle_queues(cloud)
        assert owner.statuses(shipment_id) == ["SMS_New"]
    cloud.advance_clock(2 * 3600)
    assert [r["status"] for r in owner.wait_for_feed_entry(shipment_id)["recipients"]] == ["SMS_Failed_TTL"]
    assert sms_to(cloud, number) == []


@pytest.mark.parametrize("kind", OUTAGES)
@pytest.mark.usefixtures("day_of_its_own")
def test_outage_of_ten_hours_loses_and_doubles_nothing(cloud, owner, kind):
    target, rule = OUTAGES[kind]
    cloud.add_fault({"target": target, "times": None, **rule})
    is_email = target == "acs.send"
    addresses = [new_email() if is_email else new_phone() for _ in range(5)]
    order = email_order if is_email else sms_order
    more = {} if is_email else {"settings": {"sendingTimePolicy": "Anytime"}}
    ids = [owner.send(order(address, **more)) for address in addresses]
    for minutes in (1, 9, 20, 60, 180, 330):
        wait_for_idle_queues(cloud)
        cloud.advance_clock(minutes * 60)
    wait_for_idle_queues(cloud)
    assert {status for each in ids for status in owner.statuses(each)} == {
        f"{'Email' if is_email else 'SMS'}_New"
    }
    assert SETTINGS.get(kind, "") in cloud.log_text()
    cloud.clear_faults()
    soon = cloud.now() + timedelta(hours=1)  # after that only real time passes: a claim takes a minute of it

    def all_sent() -> bool:
        if cloud.now() < soon:
            cloud.advance_clock(5 * 60)
        wait_for_idle_queues(cloud)
        return all(cloud.outbox(address)["emails" if is_email else "sms"] for address in addresses)

    wait_until(all_sent, within=2 * WAIT_SECONDS, what="all messages")
    for each in ids:
        owner.wait_for(each, "Email_Delivered" if is_email else "SMS_Delivered")
    wait_for_idle_queues(cloud)
    found = [emails_to(cloud, address) if is_email else sms_to(cloud, address) for address in addresses]
    assert [len(messages) for messages in found] == [1] * 5


def test_sender_that_the_order_named_and_nobody_knows_is_the_orders_mistake(cloud, owner):
    address, number = new_email(), new_phone()
    unknown = [
        owner.send(email_order(address, settings={"senderEmailAddress": "unknown@example.no"})),
        owner.send(sms_order(number, settings={"sender": "UnknownOrg"})),
    ]
    others = [owner.send(email_order(new_email())), owner.send(sms_order(new_phone()))]
    assert [owner.wait_for_feed_entry(each)["recipients"][0]["status"] for each in unknown] == [
        "Email_Failed",
        "SMS_Failed",
    ]
    owner.wait_for(others[0], "Email_Delivered")
    owner.wait_for(others[1], "SMS_Delivered")
    assert (emails_to(cloud, address), sms_to(cloud, number)) == ([], [])


def test_full_email_provider_is_left_alone_for_as_long_as_it_asks(cloud, owner):
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
