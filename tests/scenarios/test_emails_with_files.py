"""E-mails with files that are fetched from their sender's storage when the e-mail is sent."""

from datetime import timedelta

import pytest

from tests.support.scenarios.composing import (
    COMPOSED,
    SCOPE,
    composed_order,
    file,
    place_composed,
    send_composed,
)
from tests.support.scenarios.owner import (
    email_order,
    emails_to,
    fail_once,
    new_email,
    new_text,
    personal,
    wait_for_idle_queues,
    wait_until_failed,
)


def test_email_arrives_with_its_files(cloud, sender):
    address = new_email()
    document = composed_order(
        address, file(cloud, "vedtak.pdf"), file(cloud, "vedlegg-300kb.zip", of="application/zip")
    )
    shipment_id = send_composed(sender, document | {"sendersReference": "vedtak 31"})
    message = cloud.wait_for_email(address)
    assert message["attachments"] == [
        {"name": "vedtak.pdf", "contentType": "application/pdf", "size": 1024},
        {"name": "vedlegg-300kb.zip", "contentType": "application/zip", "size": 300 * 1024},
    ]
    assert message["contentType"] == "Html"
    shipment = sender.wait_for(shipment_id, "Order_Completed")
    assert (shipment["type"], shipment["sendersReference"]) == ("Composed", "vedtak 31")
    (recipient,) = sender.wait_for_feed_entry(shipment_id)["recipients"]
    assert recipient["status"] == "Email_Delivered"


def test_email_without_files_is_an_ordinary_one(cloud, sender):
    address = new_email()
    send_composed(sender, composed_order(address))
    assert cloud.wait_for_email(address)["attachments"] == []


def test_repeat_gets_the_same_receipt_even_when_its_links_have_expired(cloud, sender):
    address = new_email()
    document = composed_order(address, file(cloud, "ok.pdf", lifetime=timedelta(minutes=20)))
    document["requestedSendTime"] = (cloud.now() + timedelta(minutes=1)).isoformat()
    first = place_composed(sender, document)
    assert first.headers["Location"].endswith(first.json()["notificationOrderId"])
    cloud.advance_clock(30 * 60)
    sender.token = personal(cloud.token(org=sender.org, scope=SCOPE))
    again = place_composed(sender, document, 200)
    assert again.json() == first.json()
    assert "Location" not in again.headers


def test_ordinary_scope_is_not_enough(cloud, owner):
    assert owner.ask("POST", COMPOSED, json=composed_order(new_email())).status_code == 403


def test_link_must_outlive_the_send_time(cloud, sender):
    at = cloud.now() + timedelta(hours=2)
    short = timedelta(hours=2, minutes=14, seconds=59)
    document = composed_order(
        new_email(), file(cloud, "ok.pdf", lifetime=short), requestedSendTime=at.isoformat()
    )
    answer = place_composed(sender, document, 400)
    assert list(answer.json()["errors"]) == ["Recipient.Settings.Attachments[0]"]
    assert "sig=" not in answer.text


def test_daytime_policy_is_refused_for_email(cloud, sender):
    document = composed_order(new_email())
    document["recipient"]["emailSettings"]["sendingTimePolicy"] = "Daytime"
    assert place_composed(sender, document, 400).json()["errors"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("missing.pdf", "Email_Failed_InvalidSasUrl"),
        ("forbidden.pdf", "Email_Failed_InvalidSasUrl"),
        ("huge-50mb.bin", "Email_Failed_PayloadTooLarge"),
        ("unsized-50mb.bin", "Email_Failed_PayloadTooLarge"),
    ],
)
def test_owner_reads_why_an_email_could_not_be_composed(cloud, sender, name, status):
    address = new_email()
    shipment_id = send_composed(sender, composed_order(address, file(cloud, "ok.pdf"), file(cloud, name)))
    entry = sender.wait_for_feed_entry(shipment_id)
    assert (entry["status"], [r["status"] for r in entry["recipients"]]) == ("Order_Completed", [status])
    assert emails_to(cloud, address) == []


def test_files_just_within_the_limit_arrive(cloud, sender):
    address = new_email()
    send_composed(sender, composed_order(address, file(cloud, "a-5mb.bin"), file(cloud, "b-2mb.bin")))
    assert [a["size"] for a in cloud.wait_for_email(address)["attachments"]] == [5 * 2**20, 2 * 2**20]


@pytest.mark.parametrize("target", ["blob.head", "blob.get"])
def test_storage_that_fails_for_a_moment_delays_the_email(cloud, sender, target):
    address, name = new_email(), f"{new_text('fil').replace(' ', '')}.pdf"
    rule = fail_once(cloud, target, "status", name, status=503)
    shipment_id = send_composed(sender, composed_order(address, file(cloud, name)))
    wait_until_failed(cloud, rule)
    assert emails_to(cloud, address) == []
    cloud.advance_clock(11)
    sender.wait_for(shipment_id, "Email_Delivered")
    wait_for_idle_queues(cloud)
    assert [email["duplicates"] for email in emails_to(cloud, address)] == [0]


def test_email_whose_acceptance_got_lost_is_not_sent_again(cloud, sender):
    address = new_email()
    fail_once(cloud, "acs.send", "after", address)
    shipment_id = send_composed(sender, composed_order(address, file(cloud, "ok.pdf")))
    sender.wait_for(shipment_id, "Email_Delivered")
    wait_for_idle_queues(cloud)
    assert [email["duplicates"] for email in emails_to(cloud, address)] == [0]


def test_slow_storage_does_not_hold_up_ordinary_email(cloud, sender):
    slow = new_email()
    for _ in range(8):
        send_composed(sender, composed_order(slow, file(cloud, "slow.pdf", query="&seconds=4")))
    address = new_email()
    sender.send(email_order(address))
    cloud.wait_for_email(address, timeout=2.0)
    assert emails_to(cloud, slow) == []
    cloud.wait_for_email(slow, count=8)


def test_link_that_has_expired_when_its_email_is_sent_ends_the_order(cloud, sender):
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
