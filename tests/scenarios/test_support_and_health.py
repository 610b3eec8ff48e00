"""Health, the condition helper, and the support dashboard through the local cloud."""

import requests

from tests.support.scenarios.owner import (
    CALL_SECONDS,
    email_order,
    new_email,
    new_text,
    personal,
)

SUPPORT_SCOPE = "altinn:notifications.support.admin"
NIN = "/future/dashboard/recipients/notifications/nin"
ORG = "/future/dashboard/recipients/notifications/orgnumber"


def look_up(owner, path, headers, **query):
    token = personal(owner.cloud.token(scope=SUPPORT_SCOPE))
    headers = {"Authorization": f"Bearer {token}", **headers}
    return owner.ask("GET", path, headers=headers, params=query)


def person_order(nin, **more):
    settings = {"subject": new_text("Vedtak"), "body": new_text()}
    to = {"nationalIdentityNumber": nin, "channelSchema": "EmailPreferred", "emailSettings": settings}
    to["smsSettings"] = {"body": new_text()}
    return email_order(new_email()) | {"recipient": {"recipientPerson": to}} | more


def org_order(number, **more):
    settings = {"subject": new_text("Vedtak"), "body": new_text()}
    to = {"orgNumber": number, "channelSchema": "Email", "emailSettings": settings}
    return email_order(new_email()) | {"recipient": {"recipientOrganization": to}} | more


def test_app_is_alive_and_ready(cloud):
    alive = requests.get(f"{cloud.api}/health", timeout=CALL_SECONDS)
    assert (alive.status_code, alive.text) == (200, "Healthy")
    ready = requests.get(f"{cloud.api}/health/ready", timeout=CALL_SECONDS)
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "Healthy",
        "checks": {"storage": "Healthy", "serviceBus": "Healthy"},
    }


def test_condition_helper_answers_what_it_is_told(cloud):
    url = f"{cloud.api}/notifications/api/v1/tests/sendcondition"
    for query, expected in (
        ("?conditionMet=true", True),
        ("?CONDITIONMET=True", True),
        ("?conditionMet=false", False),
        ("?conditionMet=maybe", False),
        ("", False),
    ):
        answer = requests.get(url + query, timeout=CALL_SECONDS)
        assert answer.status_code == 200
        assert answer.json() == {"sendNotification": expected}


def test_support_sees_what_a_person_was_sent_by_anybody(cloud, owner):
    person = cloud.fixtures()["person_with_email_and_mobile"]
    first = owner.send(person_order(person["nin"], sendersReference="sak-1"))
    owner.wait_for_feed_entry(first)
    later = "2031-05-05T12:30:00+02:00"
    cloud.set_clock(later)
    second = owner.send(person_order(person["nin"]))
    owner.wait_for_feed_entry(second)

    answer = look_up(owner, NIN, {"NationalIdentityNumber": person["nin"]})
    assert answer.status_code == 200, answer.text
    found = [shipment for shipment in answer.json() if shipment["creatorName"] == owner.org]
    assert [shipment["shipmentId"] for shipment in found] == [second, first]
    shipment = found[1]
    assert shipment["sendersReference"] == "sak-1"
    assert shipment["notificationChannel"] == "EmailPreferred"
    assert shipment["notificationType"] == "Notification"
    assert shipment["requestedSendTime"].startswith("2031-05-05T10:0")
    (attempt,) = shipment["deliveryAttempts"]
    assert attempt.pop("resultTime").endswith("Z")
    assert attempt == {
        "nationalIdentityNumber": person["nin"],
        "channel": "email",
        "emailAddress": person["email"],
        "result": "Delivered",
    }
    assert "sendersReference" not in found[0]

    before = look_up(owner, NIN, {"NationalIdentityNumber": person["nin"]}, to="2031-05-05T12:20:00+02:00")
    assert second not in before.text
    assert first in before.text


def test_support_sees_what_an_organisation_was_sent(cloud, owner):
    number = cloud.fixtures()["org_with_email"]["orgNumber"]
    shipment_id = owner.send(org_order(number))
    owner.wait_for_feed_entry(shipment_id)
    answer = look_up(owner, ORG, {"OrganizationNumber": number})
    assert answer.status_code == 200, answer.text
    (shipment,) = (one for one in answer.json() if one["shipmentId"] == shipment_id)
    assert [attempt["organizationNumber"] for attempt in shipment["deliveryAttempts"]] == [number]
    assert answer.headers["X-Result-Truncated"] == "false"


def test_direct_addresses_are_not_found(cloud, owner):
    owner.wait_for_feed_entry(owner.send(email_order(new_email())))
    answer = look_up(owner, NIN, {"NationalIdentityNumber": "17912099997"})
    assert (answer.status_code, answer.json()) == (200, [])


def test_dashboard_is_for_support_only_and_checks_what_it_is_asked(cloud, owner):
    header = {"NationalIdentityNumber": "17912099997"}
    assert owner.ask("GET", NIN, headers=header).status_code == 403
    nobody = requests.get(f"{cloud.api}/notifications/api/v1{NIN}", headers=header, timeout=CALL_SECONDS)
    assert (nobody.status_code, nobody.content) == (401, b"")
    for headers, query, key in (
        ({}, {}, "NationalIdentityNumber"),
        ({"NationalIdentityNumber": "123"}, {}, "NationalIdentityNumber"),
        (header, {"from": "2031-05-05T00:00:00"}, "From"),
        (header, {"from": "2040-01-01T00:00:00Z"}, "From"),
        (header, {"to": "2031-01-01T00:00:00Z"}, "To"),
    ):
        answer = look_up(owner, NIN, headers, **query)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [key]
