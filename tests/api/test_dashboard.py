"""What support finds on the dashboard: attempts by person, organization, address and number; dead letters."""

import json
import re
import secrets
from datetime import datetime

import pytest

from tests.support.api.answers import INSTANT, assert_bare, errors_of, json_of
from tests.support.api.bodies import person_chain
from tests.support.api.endpoints import BY_EMAIL, DASHBOARDS, DEAD_LETTERS, names
from tests.support.scenarios.owner import (
    email_order,
    new_email,
    personal,
)
from tests.support.scenarios.support_desk import Operator, poison

dashboards = pytest.mark.parametrize("endpoint", DASHBOARDS, ids=names(DASHBOARDS))


def key_of(endpoint):
    return endpoint.headers[0][0]


@dashboards
def test_dashboard_finds_nothing_for_strangers(owner, endpoint):
    assert (
        json_of(endpoint.ask(owner, headers={key_of(endpoint): "0" * len(endpoint.headers[0][1])}), 200) == []
    )


@dashboards
@pytest.mark.parametrize("given", [None, ""])
def test_dashboard_needs_an_identifier(owner, endpoint, given):
    errors = errors_of(endpoint.ask(owner, headers={key_of(endpoint): given}))
    assert errors == {key_of(endpoint): [f"'{key_of(endpoint)}' is required and cannot be empty"]}


@dashboards
@pytest.mark.parametrize("given", ["123", "x" * 11, "x" * 9, "1" * 12])
def test_dashboard_checks_the_identifier(owner, endpoint, given):
    message = {
        "NationalIdentityNumber": "National identity number must be 11 digits long.",
        "OrganizationNumber": "Organization number must be 9 digits long.",
    }[key_of(endpoint)]
    assert errors_of(endpoint.ask(owner, headers={key_of(endpoint): given})) == {key_of(endpoint): [message]}


@dashboards
@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"from": "2031-05-01T00:00:00"}, {"From": ["The 'from' value must be UTC."]}),
        ({"to": "2031-05-01T00:00:00"}, {"To": ["The 'to' value must be UTC."]}),
        ({"from": "2031-05-06T00:00:00Z"}, {"From": ["'from' must not be in the future."]}),
        ({"to": "2031-05-06T00:00:00Z"}, {"To": ["'to' must not be in the future."]}),
        ({"from": "2021-05-05T00:00:00Z"}, {"From": ["'from' must not be earlier than 10 years ago."]}),
        (
            {"from": "2031-05-02T00:00:00Z", "to": "2031-05-02T00:00:00Z"},
            {"From": ["'from' must be earlier than 'to'."]},
        ),
        (
            {"to": "2031-04-20T00:00:00Z"},
            {"To": ["'to' must be later than the default 'from' (7 days ago)."]},
        ),
        ({"from": "yesterday"}, {"From": ["The value 'yesterday' is not valid."]}),
    ],
)
def test_dashboard_checks_the_range(owner, endpoint, query, errors):
    assert errors_of(endpoint.ask(owner, params=query)) == errors


@dashboards
def test_dashboard_converts_offsets(owner, endpoint):
    query = {"from": "2031-05-01T00:00:00+02:00", "to": "2031-05-05T11:00:00+02:00"}
    json_of(endpoint.ask(owner, params=query), 200)


def test_dashboard_shows_attempts_of_every_organization(cloud, owner):
    person = cloud.fixtures()["person_mobile_only"]
    body = person_chain(
        person["nin"], channelSchema="SmsPreferred", resourceId="urn:altinn:resource:eksempel"
    )
    shipment_id = owner.send(body | {"sendersReference": "sak-5"})
    owner.wait_for_feed_entry(shipment_id)
    found = json_of(DASHBOARDS[0].ask(owner, headers={"NationalIdentityNumber": person["nin"]}), 200)
    (shipment,) = (entry for entry in found if entry["shipmentId"] == shipment_id)
    assert INSTANT.fullmatch(shipment.pop("requestedSendTime"))
    (attempt,) = shipment.pop("deliveryAttempts")
    assert re.fullmatch(r"Delivered at \d\d:\d\d\.", shipment.pop("summary"))
    assert shipment == {
        "shipmentId": shipment_id,
        "creatorName": owner.org,
        "resourceId": "urn:altinn:resource:eksempel",
        "sendersReference": "sak-5",
        "notificationChannel": "SmsPreferred",
        "notificationType": "Notification",
    }
    assert INSTANT.fullmatch(attempt.pop("resultTime"))
    assert attempt == {
        "nationalIdentityNumber": person["nin"],
        "channel": "sms",
        "mobileNumber": person["mobile"],
        "result": "Delivered",
    }


def test_support_finds_emails_by_address_whether_named_or_looked_up(cloud, owner):
    person = cloud.fixtures()["person_email_only"]
    looked_up, named = (
        owner.send(person_chain(person["nin"])),
        owner.send(email_order(address := new_email())),
    )
    for shipment_id, sought in ((looked_up, person["email"]), (named, address.upper())):
        owner.wait_for_feed_entry(shipment_id)
        found = json_of(BY_EMAIL.ask(owner, headers={"EmailAddress": sought}), 200)
        (shipment,) = (entry for entry in found if entry["shipmentId"] == shipment_id)
        assert shipment["creatorName"] == owner.org
        (attempt,) = shipment["deliveryAttempts"]
        assert INSTANT.fullmatch(attempt.pop("resultTime"))
        assert attempt.pop("emailAddress").lower() == sought.lower()
        assert attempt == {"channel": "email", "result": "Delivered"}


# -- dead letters ---------------------------------------------------------------------------------------


def test_dead_letters_are_told_of_without_their_bodies(cloud, owner):
    text = personal(f"hemmelig{secrets.token_hex(8)}")
    shipment_id = owner.send(email_order(new_email()))
    poison(cloud, {"email-send": json.dumps({"id": shipment_id, "etag": text}).encode()})
    operator = Operator(cloud)
    letter = operator.wait_for("email-send", shipment_id)
    answer = DEAD_LETTERS.ask(owner, params={"queue": "EMAIL-SEND"})
    (found,) = (each for each in json_of(answer, 200)["deadLetters"] if each["id"] == letter["id"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert found == letter
    assert INSTANT.fullmatch(letter.pop("recordedAt"))
    assert re.fullmatch(r"[0-9a-f-]{41}", letter.pop("id"))
    assert letter.pop("sizeBytes") == len(json.dumps({"id": shipment_id, "etag": text}))
    assert letter.pop("reason")
    assert letter == {
        "queue": "email-send",
        "shipmentId": shipment_id,
        "cause": "unreadable",
        "replays": 0,
    }
    assert text not in answer.text

    replay = operator.ask("POST", f"/EMAIL-SEND/{found['id']}/replay")
    told = json_of(replay, 202)
    assert replay.headers["Cache-Control"] == "no-store"
    assert INSTANT.fullmatch(told.pop("replayedAt"))
    assert told == found | {"replays": 1, "replayedBy": "digdir"}
    again = json_of(Operator(cloud, org=None).ask("POST", f"/email-send/{found['id']}/replay"), 202)
    assert again["replays"] == 2
    assert "replayedBy" not in again


def test_pages_of_dead_letters_follow_each_other(cloud, owner):
    operator = Operator(cloud)
    shipment_ids = [owner.send(email_order(new_email())) for _ in range(3)]
    for queue, shipment_id in zip(("orders", "status-feed", "orders"), shipment_ids, strict=True):
        poison(cloud, {queue: json.dumps({"id": shipment_id}).encode()})
        operator.wait_for(queue, shipment_id)
    seen, page = [], operator.page(pageSize=2)
    while "continuationToken" in page:
        assert len(page["deadLetters"]) == 2
        seen += page["deadLetters"]
        page = operator.page(pageSize=2, continuationToken=page["continuationToken"])
    seen += page["deadLetters"]
    assert len({letter["id"] for letter in seen}) == len(seen)
    times = [datetime.fromisoformat(letter["recordedAt"]) for letter in seen]
    assert times == sorted(times, reverse=True)
    mine = [letter["shipmentId"] for letter in seen if letter.get("shipmentId") in shipment_ids]
    assert mine == shipment_ids[::-1]
    last = operator.page(continuationToken="9" * 16)
    assert last == {"deadLetters": []}


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"queue": "nonsense"}, {"queue": ["The value 'nonsense' is not valid."]}),
        ({"pageSize": "many"}, {"pageSize": ["The value 'many' is not valid."]}),
        ({"continuationToken": "a|b"}, {"continuationToken": ["The value 'a|b' is not valid."]}),
    ],
)
def test_questions_about_dead_letters_are_checked(owner, query, errors):
    assert errors_of(DEAD_LETTERS.ask(owner, params=query)) == errors


@pytest.mark.parametrize("size", [-1, 0, 1000])
def test_size_of_a_page_is_clamped(owner, size):
    json_of(DEAD_LETTERS.ask(owner, params={"pageSize": size}), 200)


@pytest.mark.parametrize(
    "path", ["nonsense/8064600799450000-2f1c9a0be34d5b6a7c8d9e0f", "orders/a%7Cb", "orders/1"]
)
def test_unknown_dead_letters_cannot_be_replayed(cloud, path):
    assert_bare(Operator(cloud).ask("POST", f"/{path}/replay"), 404, "Not Found", "15.5.5")
