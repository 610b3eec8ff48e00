"""What version 2 answers: receipts, shipments and feed, field by field."""

import pytest

from tests.support.api.answers import INSTANT, assert_coded, assert_no_such_shipment, errors_of, json_of
from tests.support.api.bodies import (
    as_written,
    chain,
    changed,
    composed,
    identity_chain,
    instant_email,
    organization_chain,
    person_chain,
    reminder,
    sms_chain,
)
from tests.support.api.endpoints import FEED, SHIPMENT, UNKNOWN, V2_CREATES, names
from tests.support.scenarios.owner import (
    API,
    Owner,
    email_order,
    is_uuid,
    new_email,
    new_idempotency_id,
    new_phone,
    sms_order,
)

LATER = "2031-06-01T10:00:00Z"
creates = pytest.mark.parametrize("endpoint", V2_CREATES, ids=names(V2_CREATES))


@creates
def test_receipt_of_a_new_order(owner, endpoint):
    answer = endpoint.ask(owner)
    receipt = json_of(answer, 201)
    assert set(receipt) == {"notificationOrderId", "notification"}
    assert set(receipt["notification"]) == {"shipmentId"}
    assert is_uuid(receipt["notificationOrderId"])
    assert is_uuid(receipt["notification"]["shipmentId"])
    chain_id = receipt["notificationOrderId"]
    assert answer.headers["Location"] == f"{owner.cloud.api}{API}/orders/chain/{chain_id}"


@creates
def test_repeat_gets_the_first_receipt(owner, endpoint):
    body = endpoint.body() | {"sendersReference": "sak-1"}
    first = json_of(endpoint.ask(owner, json=body), 201)
    assert first["notification"]["sendersReference"] == "sak-1"
    again = endpoint.ask(owner, json=body)
    assert json_of(again, 200) == first
    assert "Location" not in again.headers
    other = endpoint.ask(owner, json=endpoint.body() | {"idempotencyId": body["idempotencyId"]})
    assert json_of(other, 200) == first, "the body is not compared"


@creates
def test_repeat_that_breaks_a_rule_is_refused(owner, endpoint):
    body = endpoint.body()
    json_of(endpoint.ask(owner, json=body), 201)
    errors_of(endpoint.ask(owner, json={"idempotencyId": body["idempotencyId"]}))


@creates
def test_ids_are_compared_exactly(owner, endpoint):
    body = endpoint.body()
    known = body["idempotencyId"]
    receipts = [
        json_of(endpoint.ask(owner, json=endpoint.body() | {"idempotencyId": text}), 201)[
            "notificationOrderId"
        ]
        for text in (known, known.upper(), f"{known} ", f" {known}")
    ]
    assert len(set(receipts)) == 4


@pytest.mark.parametrize("build", [chain, composed])
def test_exact_repeat_after_the_send_time_gets_the_receipt(owner, build):
    """Quirk I1: what only the clock makes wrong is no reason to refuse a known id."""
    endpoint = next(e for e in V2_CREATES if e.body is build)
    body = build() | {"requestedSendTime": as_written(owner.cloud.now(), minutes=1)}
    receipt = json_of(endpoint.ask(owner, json=body), 201)
    owner.cloud.advance_clock(600)
    assert json_of(endpoint.ask(owner, json=body), 200) == receipt
    assert set(errors_of(endpoint.ask(owner, json=body | {"idempotencyId": new_idempotency_id()}))) == {
        "RequestedSendTime"
    }
    broken = (
        changed(body, "recipient", {}) if build is chain else changed(body, "recipient.emailAddress", "x")
    )
    assert "RequestedSendTime" in errors_of(endpoint.ask(owner, json=broken))


def test_receipt_lists_reminders_in_their_order(owner):
    reminders = [
        reminder(sendersReference="purring-1", delayDays=9),
        reminder(delayDays=1),
        reminder(sendersReference="purring-3", requestedSendTime=LATER),
    ]
    body = chain() | {"sendersReference": "sak-2", "requestedSendTime": LATER, "reminders": reminders}
    receipt = json_of(owner.request_order(body), 201)["notification"]
    assert set(receipt) == {"shipmentId", "sendersReference", "reminders"}
    assert [r.get("sendersReference") for r in receipt["reminders"]] == ["purring-1", None, "purring-3"]
    ids = [receipt["shipmentId"], *(r["shipmentId"] for r in receipt["reminders"])]
    assert len(set(ids)) == 4
    for shipment_id in ids[1:]:
        assert owner.shipment(shipment_id)["type"] == "Reminder"
    read = json_of(owner.ask("GET", f"/orders/{ids[1]}"), 200)
    assert read["requestedSendTime"] == "2031-06-10T10:00:00Z"


@pytest.mark.parametrize("reminders", [None, []])
def test_receipt_without_reminders_leaves_them_out(owner, reminders):
    receipt = json_of(owner.request_order(chain() | {"reminders": reminders}), 201)
    assert "reminders" not in receipt["notification"]


def test_dialog_is_never_returned(owner):
    dialog = {"dialogId": "hva som helst", "transmissionId": "xyz"}
    answer = owner.request_order(chain() | {"dialogportenAssociation": dialog})
    shipment_id = json_of(answer, 201)["notification"]["shipmentId"]
    assert "xyz" not in answer.text
    assert "xyz" not in owner.ask("GET", f"/orders/{shipment_id}").text


@pytest.mark.parametrize(
    ("kind", "more", "status"),
    [
        ("person_with_email_and_mobile", {}, 201),
        ("person_email_only", {"channelSchema": "Sms"}, 422),
        ("person_email_only", {"channelSchema": "SmsPreferred"}, 201),
        ("person_mobile_only", {"channelSchema": "Email"}, 422),
        ("person_mobile_only", {"channelSchema": "EmailAndSms"}, 201),
        ("person_reserved", {}, 201),
        ("person_no_contact", {}, 422),
        ("org_with_email", {"channelSchema": "Email"}, 201),
        ("org_with_email", {"channelSchema": "Sms"}, 422),
        ("org_with_both", {"channelSchema": "EmailAndSms"}, 201),
        ("org_unknown", {}, 422),
        ("external_identity_email", {"channelSchema": "Email"}, 201),
        ("external_identity_username", {"channelSchema": "Email"}, 201),
    ],
)
def test_recipient_has_to_be_reachable(cloud, owner, kind, more, status):
    fixture = cloud.fixtures()[kind]
    if "nin" in fixture:
        body = person_chain(fixture["nin"], **more)
    elif "orgNumber" in fixture:
        body = organization_chain(fixture["orgNumber"], **more)
    else:
        body = identity_chain(fixture["urn"], **more)
    answer = owner.request_order(body | {"requestedSendTime": LATER})
    if status == 201:
        json_of(answer, 201)
        return
    assert_coded(
        answer, 422, "NOT-00001", "Missing contact information for recipient(s)", "Unprocessable Entity"
    )


def test_unreachable_reminder_refuses_the_whole_chain(cloud, owner):
    nobody = person_chain(cloud.fixtures()["person_no_contact"]["nin"])["recipient"]
    body = chain() | {"sendersReference": "sak-x", "reminders": [reminder(), reminder(recipient=nobody)]}
    assert owner.request_order(body).json()["code"] == "NOT-00001"
    assert owner.ask("GET", "/orders?sendersReference=sak-x").json()["count"] == 0


def test_shipment_before_and_after_it_was_sent(cloud, owner):
    shipment_id = owner.send(email_order(new_email(), requestedSendTime=LATER))
    waiting = json_of(SHIPMENT.ask(owner, of=shipment_id), 200)
    assert set(waiting) == {"shipmentId", "type", "status", "lastUpdate", "recipients"}
    assert INSTANT.fullmatch(waiting.pop("lastUpdate"))
    assert waiting == {
        "shipmentId": shipment_id,
        "type": "Notification",
        "status": "Order_Registered",
        "recipients": [],
    }
    number = new_phone()
    sent = owner.send(sms_order(number, sendersReference="sak-3"))
    owner.wait_for_feed_entry(sent)
    shipment = json_of(SHIPMENT.ask(owner, of=sent), 200)
    assert (shipment["sendersReference"], shipment["status"]) == ("sak-3", "Order_Completed")
    (recipient,) = shipment["recipients"]
    assert set(recipient) == {"type", "destination", "status", "lastUpdate"}
    assert (recipient["type"], recipient["destination"]) == ("SMS", number)
    assert recipient["status"] == "SMS_Delivered"
    assert INSTANT.fullmatch(recipient["lastUpdate"])


def test_emails_come_before_sms(cloud, owner):
    nin = cloud.fixtures()["person_with_email_and_mobile"]["nin"]
    shipment_id = owner.send(person_chain(nin, channelSchema="EmailAndSms"))
    owner.wait_for_feed_entry(shipment_id)
    assert [r["type"] for r in owner.shipment(shipment_id)["recipients"]] == ["Email", "SMS"]


def test_shipment_of_a_reserved_person_has_no_address(cloud, owner):
    shipment_id = owner.send(person_chain(cloud.fixtures()["person_reserved"]["nin"], channelSchema="Email"))
    owner.wait_for_feed_entry(shipment_id)
    (recipient,) = owner.shipment(shipment_id)["recipients"]
    assert (recipient["destination"], recipient["status"]) == ("", "Email_Failed_RecipientReserved")


def test_orders_of_version_1_are_shipments(owner):
    created = json_of(
        owner.ask(
            "POST",
            "/orders/email",
            json={"subject": "x", "body": "y", "recipients": [{"emailAddress": new_email()}]},
        ),
        202,
    )
    assert owner.shipment(created["orderId"])["type"] == "Notification"


def test_types_of_shipments(owner):
    for endpoint, kind in zip(
        V2_CREATES, ["Notification", "Instant", "Instant", "Instant", "Composed"], strict=True
    ):
        shipment_id = json_of(endpoint.ask(owner), 201)["notification"]["shipmentId"]
        assert owner.shipment(shipment_id)["type"] == kind


@pytest.mark.parametrize("given", [UNKNOWN, UNKNOWN.upper(), "00000000-0000-0000-0000-000000000000"])
def test_unknown_shipments(owner, given):
    assert_no_such_shipment(SHIPMENT.ask(owner, of=given))


def test_feed_entry(cloud, owner):
    address = new_email()
    shipment_id = owner.send(email_order(address, sendersReference="sak-4"))
    owner.wait_for_feed_entry(shipment_id)
    (entry,) = json_of(FEED.ask(owner), 200)
    assert set(entry) == {
        "sequenceNumber",
        "shipmentId",
        "sendersReference",
        "type",
        "shipmentType",
        "status",
        "lastUpdate",
        "recipients",
    }
    assert isinstance(entry["sequenceNumber"], int)
    assert (entry["shipmentId"], entry["shipmentType"]) == (shipment_id, "Notification")
    assert entry["type"] == entry["shipmentType"]
    assert (entry["sendersReference"], entry["status"]) == ("sak-4", "Order_Completed")
    (recipient,) = entry["recipients"]
    assert INSTANT.fullmatch(recipient.pop("lastUpdate"))
    assert recipient == {"type": "Email", "destination": address, "status": "Email_Delivered"}


def test_pages_of_the_feed(cloud, owner):
    for _ in range(3):
        owner.send(sms_order(new_phone()))
    first, second, third = owner.wait_for_feed(3)
    numbers = [entry["sequenceNumber"] for entry in (first, second, third)]
    assert numbers == sorted(set(numbers))
    assert "sendersReference" not in first
    after_first, last = {"seq": numbers[0]}, {"seq": numbers[2]}
    for query, expected in (
        ({"pageSize": 0}, [first]),
        ({"pageSize": 2}, [first, second]),
        (after_first, [second, third]),
        (last, []),
        ({"orderBy": "Desc"}, [third, second, first]),
        ({"orderBy": "desc", "pageSize": 1}, [third]),
        (last | {"orderBy": "desc"}, [second, first]),
        (after_first | {"orderBy": "desc"}, []),
        ({"orderBy": "asc", "pageSize": 100000}, [first, second, third]),
        ({"pageSize": -7}, [first]),
    ):
        assert json_of(FEED.ask(owner, params=query), 200) == expected, query


def test_negative_cursor_is_refused(owner):
    assert errors_of(FEED.ask(owner, params="seq=-1")) == {
        "Seq": ["The field Seq must be between 0 and 9.223372036854776E+18."]
    }


def test_line_breaks_of_every_subject_become_blanks(cloud, owner):
    """Quirk V9: also those of instant e-mails."""
    for endpoint in V2_CREATES:
        body = endpoint.body()
        path = {
            "/future/orders": "recipient.recipientEmail",
            "/future/orders/instant/email": "recipientEmail",
            "/future/orders/composed-email": "recipient",
        }.get(endpoint.path)
        if path is None:
            continue
        body = changed(body, f"{path}.emailSettings.subject", "Ett\r\nto\rtre\n\vBcc:\u2028x@\x07example.no")
        body = changed(body, f"{path}.emailAddress", address := new_email())
        json_of(endpoint.ask(owner, json=body), 201)
        assert cloud.wait_for_email(address)["subject"] == "Ett to tre  Bcc: x@example.no"


def test_placeholders_are_echoed_untouched(cloud, owner):
    number = cloud.fixtures()["org_with_email"]["orgNumber"]
    body = organization_chain(number, channelSchema="Email") | {"requestedSendTime": LATER}
    body = changed(
        body, "recipient.recipientOrganization.emailSettings.body", "Til $recipientName$ ($recipientNumber$)"
    )
    read = json_of(owner.ask("GET", f"/orders/{owner.send(body)}"), 200)
    assert read["emailTemplate"]["body"] == "Til $recipientName$ ($recipientNumber$)"


def test_creator_may_use_the_same_id_as_another(cloud, owner):
    body = chain()
    first = json_of(owner.request_order(body), 201)
    second = json_of(Owner(cloud).request_order(body), 201)
    assert first["notificationOrderId"] != second["notificationOrderId"]


def test_channel_schema_has_no_default(owner):
    """Quirk R1: it is mandatory in the JSON, whatever a default would be."""
    body = person_chain("17912099997")
    del body["recipient"]["recipientPerson"]["channelSchema"]
    assert "$.recipient.recipientPerson" in errors_of(owner.request_order(body))


def test_instant_email_has_no_policy(owner):
    body = changed(instant_email(), "recipientEmail.emailSettings.sendingTimePolicy", "Daytime")
    endpoint = next(e for e in V2_CREATES if e.body is instant_email)
    json_of(endpoint.ask(owner, json=body), 201)


def test_sms_may_wait_for_the_day_or_not(owner):
    for policy in ("Daytime", "Anytime", "anytime", None):
        body = changed(sms_chain(), "recipient.recipientSms.smsSettings.sendingTimePolicy", policy)
        json_of(owner.request_order(body | {"requestedSendTime": LATER}), 201)
