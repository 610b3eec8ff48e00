"""The main job: an order becomes a message on a screen, and its owner reads what became of it."""

import pytest

from tests.support.scenarios.owner import (
    email_order,
    is_uuid,
    new_email,
    new_phone,
    new_text,
    sms_order,
)


def test_w01_email_reaches_the_mailbox_and_is_reported_delivered(cloud, owner):
    order = email_order(address := new_email())
    shipment_id = owner.send(order)

    settings = order["recipient"]["recipientEmail"]["emailSettings"]
    email = cloud.wait_for_email(address)
    assert (email["subject"], email["body"]) == (settings["subject"], settings["body"])
    assert email["contentType"] == "Plain"
    assert email["from"] == "noreply@example.no"

    owner.wait_for(shipment_id, "Order_Completed")
    shipment = owner.shipment(shipment_id)
    (recipient,) = shipment.pop("recipients")
    assert shipment.pop("lastUpdate").endswith("Z")
    assert shipment == {"shipmentId": shipment_id, "type": "Notification", "status": "Order_Completed"}
    assert recipient.pop("lastUpdate").endswith("Z")
    assert recipient == {"type": "Email", "destination": address, "status": "Email_Delivered"}
    assert [sent["duplicates"] for sent in cloud.outbox(address)["emails"]] == [0]


def test_sms_reaches_the_phone_and_is_reported_delivered(cloud, owner):
    order = sms_order(number := new_phone())
    shipment_id = owner.send(order)

    sms = cloud.wait_for_sms(number)
    assert sms["text"] == order["recipient"]["recipientSms"]["smsSettings"]["body"]
    assert sms["from"] == "Altinn"
    assert sms["ttlMinutes"] == 48 * 60

    shipment = owner.wait_for(shipment_id, "Order_Completed")
    (recipient,) = shipment["recipients"]
    assert (recipient["type"], recipient["destination"]) == ("SMS", number)
    assert recipient["status"] == "SMS_Delivered"
    assert len(cloud.outbox(number)["sms"]) == 1


def test_feed_tells_of_every_order_once_and_in_order(owner):
    expected = []
    for order in (
        email_order(new_email(), sendersReference="sak-1"),
        sms_order(new_phone(), sendersReference="sak-2"),
        email_order(new_email("bounce")),
    ):
        shipment_id = owner.send(order)
        owner.wait_for_feed_entry(shipment_id)
        expected.append(shipment_id)

    feed = owner.feed()
    assert [entry["shipmentId"] for entry in feed] == expected
    assert [entry["sequenceNumber"] for entry in feed] == [1, 2, 3]
    assert [entry.get("sendersReference") for entry in feed] == ["sak-1", "sak-2", None]
    assert {entry["shipmentType"] for entry in feed} == {"Notification"}
    assert {entry["status"] for entry in feed} == {"Order_Completed"}
    recipients = [entry["recipients"] for entry in feed]
    assert [[r["status"] for r in several] for several in recipients] == [
        ["Email_Delivered"],
        ["SMS_Delivered"],
        ["Email_Failed_Bounced"],
    ]
    assert all(
        set(one) == {"type", "destination", "status", "lastUpdate"}
        for several in recipients
        for one in several
    )


def test_receipt_names_the_chain_the_shipment_and_the_reference(cloud, owner):
    answer = owner.request_order(email_order(new_email(), sendersReference="Sak 99/æ"))
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    receipt = answer.json()
    chain_id, shipment_id = receipt["notificationOrderId"], receipt["notification"]["shipmentId"]
    assert is_uuid(chain_id)
    assert is_uuid(shipment_id)
    assert chain_id != shipment_id
    assert receipt == {
        "notificationOrderId": chain_id,
        "notification": {"shipmentId": shipment_id, "sendersReference": "Sak 99/æ"},
    }
    assert answer.headers["Location"] == f"{cloud.api}/notifications/api/v1/orders/chain/{chain_id}"
    assert owner.shipment(shipment_id)["sendersReference"] == "Sak 99/æ"
    assert owner.ask("GET", f"/future/shipment/{chain_id}").json()["code"] == "NOT-00003"


def test_html_email_keeps_its_markup_and_its_sender(cloud, owner):
    address, body = new_email(), f"<h1>{new_text()}</h1>"
    settings = {
        "body": body,
        "contentType": "html",
        "senderEmailAddress": " avsender@example.no ",
        "sendingTimePolicy": "Anytime",
    }
    owner.send(email_order(address, settings=settings))
    email = cloud.wait_for_email(address)
    assert (email["body"], email["contentType"]) == (body, "Html")
    assert email["from"] == "avsender@example.no"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Æ, ø og å … €10 <&>", "unicode"), ("Æ, ø og å: €10 [<&>] {~}", "text"), ("Gratulerer 🎉", "unicode")],
)
def test_w15_sms_shows_every_letter_as_written(cloud, owner, text, encoding):
    number = new_phone()
    owner.send(sms_order(number, settings={"body": text, "sender": " Kommunen "}))
    sms = cloud.wait_for_sms(number)
    assert (sms["text"], sms["encoding"], sms["from"]) == (text, encoding, "Kommunen")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Linje en\vLinje to\u2028Linje tre", "Linje en\nLinje to\nLinje tre"),
        ("a\u030a" * 80, "å" * 80),
        ("\ufeffMøt\xad opp\xa0kl.\u200910\u200b!", "Møt opp kl. 10!"),
    ],
)
def test_w16_what_nobody_sees_does_not_make_an_sms_dearer(cloud, owner, text, shown):
    number = new_phone()
    shipment_id = owner.send(sms_order(number, settings={"body": text, "sender": "Kommu\x07nen\n"}))
    sms = cloud.wait_for_sms(number)
    assert (sms["text"], sms["encoding"], sms["from"]) == (shown, "text", "Kommunen")
    read = owner.ask("GET", f"/orders/{shipment_id}").json()
    assert read["smsTemplate"]["body"] == text, "echoed as written"


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (lambda: email_order(new_email("bounce")), "Email_Failed_Bounced"),
        (lambda: email_order(new_email("suppressed")), "Email_Failed_SuppressedRecipient"),
        (lambda: email_order(new_email("quarantined")), "Email_Failed_Quarantined"),
        (lambda: email_order(new_email("spam")), "Email_Failed_FilteredSpam"),
        (lambda: email_order(new_email("failed")), "Email_Failed"),
        (lambda: email_order(new_email("invalidformat")), "Email_Failed_InvalidFormat"),
        (lambda: sms_order(new_phone("666001")), "SMS_Failed_Undelivered"),
        (lambda: sms_order(new_phone("666002")), "SMS_Failed_Expired"),
        (lambda: sms_order(new_phone("666003")), "SMS_Failed_Deleted"),
        (lambda: sms_order(new_phone("666004")), "SMS_Failed_Rejected"),
        (lambda: sms_order(new_phone("666005")), "SMS_Failed_BarredReceiver"),
        (lambda: sms_order(new_phone("666006")), "SMS_Failed"),
        (lambda: sms_order(new_phone("666008")), "SMS_Failed"),
        (lambda: sms_order(new_phone("666011")), "SMS_Failed_InvalidRecipient"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_owner_reads_why_a_message_did_not_arrive(owner, order, status):
    shipment_id = owner.send(order())
    (recipient,) = owner.wait_for_feed_entry(shipment_id)["recipients"]
    assert recipient["status"] == status
    assert owner.shipment(shipment_id)["status"] == "Order_Completed"


def test_version_1_shows_processed_as_completed(cloud, owner):
    address = new_email()
    cloud.add_fault({"target": "acs.report", "action": "drop", "match": {"to": address}})
    shipment_id = owner.send(email_order(address))
    owner.wait_for(shipment_id, "Order_Processed")
    status = owner.ask("GET", f"/orders/{shipment_id}/status").json()["processingStatus"]["status"]
    assert status == "Completed"
    assert owner.shipment(shipment_id)["status"] == "Order_Processed"


def test_line_break_of_a_subject_becomes_one_blank(cloud, owner):
    first, second, subject = new_email(), new_email(), "Vedtak\r\nom støtte\nog\rklage"
    owner.send(email_order(first, settings={"subject": subject}))
    v1 = {"subject": subject, "body": new_text(), "recipients": [{"emailAddress": second}]}
    assert owner.ask("POST", "/orders/email", json=v1).status_code == 202
    for address in (first, second):
        assert cloud.wait_for_email(address)["subject"] == "Vedtak om støtte og klage"
