"""The notification log of a dialog, for its owner and for the person it concerns."""

import uuid

import requests

from tests.support.scenarios.owner import (
    CALL_SECONDS,
    Owner,
    email_order,
    new_email,
    new_phone,
    personal,
    sms_order,
)

OWNERS_LOG, PERSONS_LOG = "/future/log", "/future/enduser/log"


def dialog(transmission=None):
    association = {"dialogId": str(uuid.uuid4())}
    return association | ({"transmissionId": transmission} if transmission else {})


def log(owner, **query):
    answer = owner.ask("GET", OWNERS_LOG, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def persons_log(cloud, claims, **query):
    token = personal(cloud.token(org=None, scope="altinn:portal/enduser", claims=claims))
    return requests.get(
        f"{cloud.api}/notifications/api/v1{PERSONS_LOG}",
        headers={"Authorization": f"Bearer {token}"},
        params=query,
        timeout=CALL_SECONDS,
    )


def support_log(cloud, **query):
    token = personal(cloud.token(org="digdir", scope="altinn:notifications.support.admin"))
    answer = requests.get(
        f"{cloud.api}/notifications/api/v1/future/log",
        headers={"Authorization": f"Bearer {token}"},
        params=query,
        timeout=CALL_SECONDS,
    )
    assert answer.status_code == 200
    return answer.json()


def test_log_names_every_address_that_was_told_of_a_dialog(cloud, owner):
    association, transmission = dialog("sending-1"), "sending-1"
    first = owner.send(email_order(email := new_email("bounce"), dialogportenAssociation=association))
    owner.wait_for_feed_entry(first)
    later = {"dialogId": association["dialogId"].upper()}
    second = owner.send(sms_order(number := new_phone(), dialogportenAssociation=later))
    owner.wait_for_feed_entry(second)

    entries = log(owner, dialogId=association["dialogId"])
    assert [entry["destination"] for entry in entries] == [email, number]
    bounced, delivered = entries
    assert bounced.pop("requestedSendTime").startswith("2031-05-05T10:0")
    assert bounced.pop("lastUpdateTime").endswith("Z")
    assert bounced == {
        "notificationId": first[:-6] + "000001",
        "creatorName": owner.org,
        "dialogId": association["dialogId"],
        "transmissionId": transmission,
        "type": "Notification",
        "channel": "Email",
        "destination": email,
        "status": "Failed_Bounced",
    }
    assert (delivered["channel"], delivered["status"]) == ("Sms", "Delivered")
    assert delivered["transmissionId"] is None

    only_first = [entries[0]["notificationId"]]
    narrowed = log(owner, dialogId=association["dialogId"], transmissionId=transmission)
    assert [entry["notificationId"] for entry in narrowed] == only_first
    by_transmission = log(owner, transmissionId=transmission)
    assert [entry["notificationId"] for entry in by_transmission] == only_first

    answer = persons_log(cloud, {"pid": "14818710098"}, dialogId=association["dialogId"])
    assert answer.status_code == 200
    assert [entry["destination"] for entry in answer.json()] == [email, number]


def test_reminders_belong_to_the_dialog_of_their_chain(cloud, owner):
    association = dialog()
    settings = {"subject": "Påminnelse", "body": "Svar innen fristen"}
    reminder = {"recipient": {"recipientEmail": {"emailAddress": new_email(), "emailSettings": settings}}}
    order = email_order(
        new_email(), dialogportenAssociation=association, reminders=[reminder | {"delayDays": 1}]
    )
    owner.send(order)
    owner.wait_for_feed(1)
    cloud.advance_clock(25 * 3600)
    owner.wait_for_feed(2)
    types = {entry["type"] for entry in log(owner, dialogId=association["dialogId"])}
    assert types == {"Notification", "Reminder"}


def test_owners_see_their_own_only(cloud, owner):
    association = dialog("felles")
    owner.wait_for_feed_entry(owner.send(email_order(new_email(), dialogportenAssociation=association)))
    other = Owner(cloud)
    assert log(other, dialogId=association["dialogId"]) == []
    assert log(other, transmissionId="felles") == []
    assert len(log(owner, dialogId=association["dialogId"])) == 1


def test_a_person_is_told_who_sent_what(cloud, owner):
    association, other = dialog(), Owner(cloud)
    for sender in (owner, other):
        order = email_order(new_email(), dialogportenAssociation=association)
        sender.wait_for_feed_entry(sender.send(order))
    answer = persons_log(cloud, {"pid": "14818710098"}, dialogId=association["dialogId"])
    assert {entry["creatorName"] for entry in answer.json()} == {owner.org, other.org}
    assert support_log(cloud, dialogId=association["dialogId"]) == answer.json()


def test_orders_without_a_dialog_are_not_logged(owner):
    association = dialog()
    owner.wait_for_feed_entry(owner.send(email_order(new_email())))
    assert log(owner, dialogId=association["dialogId"]) == []


def test_people_need_a_login_of_their_own_and_the_right_to_see_the_dialog(cloud, owner):
    dialog_id = str(uuid.uuid4())
    path = f"{cloud.api}/notifications/api/v1{PERSONS_LOG}?dialogId={dialog_id}"
    assert requests.get(path, timeout=CALL_SECONDS).status_code == 401
    assert owner.ask("GET", PERSONS_LOG, params={"dialogId": dialog_id}).status_code == 403  # an organisation
    assert persons_log(cloud, {"pid": "14818710098"}, dialogId=dialog_id).json() == []
    hidden = "00000000" + dialog_id[8:]
    assert persons_log(cloud, {"pid": "14818710098"}, dialogId=hidden).status_code == 403


def test_a_dialog_has_to_be_named(cloud, owner):
    for query in ({}, {"dialogId": " "}, {"dialogId": "nei"}):
        answer = owner.ask("GET", OWNERS_LOG, params=query)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["dialogId"])
        answer = persons_log(cloud, {"pid": "14818710098"}, **query)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["dialogId"])
