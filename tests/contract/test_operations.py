"""Support dashboard, metrics, notification log, webhook, health: what operators and other systems call."""

import base64
import hashlib
import io
import json
import re
import secrets
import uuid
from datetime import datetime, timedelta

import pyarrow.parquet
import pytest
import requests

from tests.contract.answers import INSTANT, assert_bare, assert_empty, errors_of, json_of
from tests.contract.bodies import person_chain
from tests.contract.endpoints import DASHBOARDS, DEAD_LETTERS, LOG, SUPPORT, UNKNOWN, names
from tests.e2e.owner import (
    API,
    CALL_SECONDS,
    email_order,
    is_uuid,
    new_email,
    new_phone,
    personal,
    post_reports,
    report_document,
    sms_order,
)
from tests.e2e.support_desk import Operator, poison

NIN, ORG = "17912099997", "310000019"
FILE_HEADERS = ("X-File-Hash", "X-File-Size", "X-Total-FileTransfer-Count", "X-Generated-At", "X-Environment")
COLUMNS = {
    "sms": [
        "SmsId",
        "ShipmentId",
        "SendersReference",
        "RequestedSendTime",
        "CreatorName",
        "ResourceId",
        "Result",
        "GatewayReference",
        "Rate",
        "MobileNumberPrefix",
        "AltinnSmsCount",
        "AltinnSmsBodyLength",
        "AltinnSmsCustomBodyLength",
    ],
    "email": [
        "EmailId",
        "ShipmentId",
        "SendersReference",
        "RequestedSendTime",
        "CreatorName",
        "ResourceId",
        "Result",
        "OperationId",
    ],
}
dashboards = pytest.mark.parametrize("endpoint", DASHBOARDS, ids=names(DASHBOARDS))


def key_of(endpoint):
    return endpoint.headers[0][0]


def plain(method, cloud, path, **request):
    return requests.request(method, cloud.api + path, timeout=CALL_SECONDS, **request)


# -- dashboard -------------------------------------------------------------------------------------------


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


# -- dead letters ----------------------------------------------------------------------------------------


def test_dead_letters_are_told_of_without_their_bodies(cloud, owner):
    text = personal(f"hemmelig{secrets.token_hex(8)}")
    shipment_id = owner.send(email_order(new_email()))
    poison(cloud, {"email-send": json.dumps({"id": shipment_id, "order": text}).encode()})
    operator = Operator(cloud)
    letter = operator.wait_for("email-send", shipment_id)
    answer = DEAD_LETTERS.ask(owner, params={"queue": "EMAIL-SEND"})
    (found,) = (each for each in json_of(answer, 200)["deadLetters"] if each["id"] == letter["id"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert found == letter
    assert INSTANT.fullmatch(letter.pop("recordedAt"))
    assert re.fullmatch(r"[0-9a-f-]{41}", letter.pop("id"))
    assert letter.pop("sizeBytes") == len(json.dumps({"id": shipment_id, "order": text}))
    assert letter.pop("reason")
    assert letter == {"queue": "email-send", "shipmentId": shipment_id, "replays": 0}
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


# -- metrics ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "API key required for Metrics endpoints"),
        ({"X-API-Key": ""}, "API key cannot be empty"),
        ({"X-API-Key": "wrong"}, "Invalid API key"),
    ],
)
def test_metrics_files_need_the_key(cloud, channel, headers, text):
    answer = plain("POST", cloud, f"{API}/metrics/{channel}", headers=headers)
    assert json_of(answer, 401) == {"error": text}


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_metrics_file_of_yesterday(cloud, owner, channel):
    order = (sms_order(new_phone()) if channel == "sms" else email_order(new_email())) | {
        "sendersReference": "sak-6"
    }
    owner.wait_for_feed_entry(shipment_id := owner.send(order))
    yesterday = cloud.now()
    cloud.set_clock(yesterday + timedelta(days=1))
    key = {"X-API-Key": personal(cloud.fixtures()["metrics_api_key"])}
    answer = plain("POST", cloud, f"{API}/metrics/{channel}", headers=key)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    name = f"{yesterday:%Y%m%d}_{channel}_notifications_local.parquet"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert name in answer.headers["Content-Disposition"]
    assert all(answer.headers[header] for header in FILE_HEADERS)
    assert answer.headers["X-File-Size"] == str(len(answer.content))
    digest = hashlib.md5(answer.content, usedforsecurity=False).digest()
    assert answer.headers["X-File-Hash"] == base64.b64encode(digest).decode()
    assert answer.headers["X-Environment"] == "local"
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
    assert table.column_names == COLUMNS[channel]
    assert answer.headers["X-Total-FileTransfer-Count"] == str(table.num_rows)
    notification_id = f"{shipment_id[:-6]}000001"  # the column is called otherwise and holds this
    (row,) = (row for row in table.to_pylist() if row["ShipmentId"] == notification_id)
    assert (row["CreatorName"], row["SendersReference"], row["Result"]) == (owner.org, "sak-6", "Delivered")


def test_metrics_page_needs_a_credential(cloud, owner):
    """Quirk S3: the page of the reference system is open, this one is not."""
    for method in ("GET", "POST"):
        assert_empty(plain(method, cloud, f"{API}/metrics"), 401)
        assert_empty(owner.ask(method, "/metrics"), 403)


def test_metrics_page(cloud):
    token = personal(cloud.token(scope=SUPPORT))
    headers = {"Authorization": f"Bearer {token}"}
    form = plain("GET", cloud, f"{API}/metrics", headers=headers)
    assert form.status_code == 200
    assert form.headers["Content-Type"].startswith("text/html")
    assert "<table" not in form.text
    month = plain("POST", cloud, f"{API}/metrics", headers=headers, data={"month": 5, "year": 2031})
    assert month.status_code == 200
    assert "<table" in month.text
    for wrong in ({}, {"month": 13, "year": 2031}, {"month": "x", "year": "y"}):
        errors = errors_of(plain("POST", cloud, f"{API}/metrics", headers=headers, data=wrong))
        assert set(errors) <= {"month", "year"}


# -- log -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "dialogId=", "dialogId=%20&transmissionId=%20", "dialogId=x"])
def test_log_needs_a_dialog_or_a_transmission(owner, query):
    assert set(errors_of(LOG.ask(owner, params=query))) == {"dialogId"}


def test_log_entry(owner):
    dialog, address = str(uuid.uuid4()), new_email()
    association = {"dialogId": dialog, "transmissionId": "t-2"}
    owner.wait_for_feed_entry(owner.send(email_order(address, dialogportenAssociation=association)))
    (entry,) = json_of(LOG.ask(owner, params={"dialogId": dialog.upper()}), 200)
    assert is_uuid(entry.pop("notificationId"))
    assert INSTANT.fullmatch(entry.pop("requestedSendTime"))
    assert INSTANT.fullmatch(entry.pop("lastUpdateTime"))
    assert entry == {
        **association,
        "type": "Notification",
        "channel": "Email",
        "destination": address,
        "status": "Delivered",
    }


def test_log_of_a_person_needs_a_login(cloud, owner):
    path = f"{API}/future/enduser/log"
    assert_empty(plain("GET", cloud, path, params={"dialogId": UNKNOWN}), 401)
    assert_empty(owner.ask("GET", "/future/enduser/log", params={"dialogId": UNKNOWN}), 403)
    token = personal(cloud.token(org=None, scope="altinn:portal/enduser", claims={"pid": "14818710098"}))
    headers = {"Authorization": f"Bearer {token}"}
    nobodys = {"dialogId": str(uuid.uuid4())}
    assert json_of(plain("GET", cloud, path, params=nobodys, headers=headers), 200) == []
    assert set(errors_of(plain("GET", cloud, path, headers=headers))) == {"dialogId"}
    hidden = {"dialogId": "00000000-e9b6-4ef0-8a67-372301000000"}
    assert_empty(plain("GET", cloud, path, params=hidden, headers=headers), 403)


# -- webhook ---------------------------------------------------------------------------------------------


def test_webhook_asks_for_the_gateways_credentials(cloud):
    document = report_document(("1", "4790000001", "DELIVRD"))
    for auth in (None, ("wrong", "wrong")):
        assert_empty(post_reports(cloud, document, auth=auth), 401)


@pytest.mark.parametrize("content_type", ["application/xml", "text/plain", None])
@pytest.mark.parametrize("state", ["DELIVRD", "EXPIRED", "UNDELIV", "BARREDA", "ZEROBAL", "NULL", "surprise"])
def test_webhook_acknowledges(cloud, content_type, state):
    """Quirk W1: a report alone is acknowledged as number 1."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = post_reports(cloud, report_document(("unknown-1", "4790000001", state)), headers=headers)
    assert answer.status_code == 200
    assert "<ID>1</ID><STATUS>OK</STATUS>" in answer.text


def test_webhook_acknowledges_every_report(cloud):
    """Quirk W2: none of several reports is lost."""
    document = report_document(("unknown-2", "4790000001", "DELIVRD"), ("unknown-3", "4790000002", "FAILED"))
    answer = post_reports(cloud, document)
    assert answer.status_code == 200
    assert answer.text.count("<STATUS>OK</STATUS>") == 2


def test_webhook_refuses_other_types(cloud):
    answer = post_reports(cloud, "{}", headers={"Content-Type": "application/json"})
    assert_bare(answer, 415, "Unsupported Media Type", "15.5.16")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "nonsense",
        "<MSGLST>",
        "<MSGLST/>",
        "<MSGLST><MSG><ID>1</ID></MSG></MSGLST>",
        "<OTHER><MSG/></OTHER>",
    ],
)
def test_i05_webhook_says_why_it_cannot_read(cloud, document):
    answer = post_reports(cloud, document)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.strip()


def test_webhook_loads_no_entities(cloud):
    """A document type is tolerated; what it declares is not used."""
    tolerated = report_document(("unknown-4", "4790000001", "DELIVRD")).replace(
        "<MSGLST>", '<!DOCTYPE MSGLST SYSTEM "pswincom_report_request.dtd"><MSGLST>'
    )
    assert post_reports(cloud, tolerated).status_code == 200
    hostile = (
        '<?xml version="1.0"?><!DOCTYPE MSGLST [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        "<MSGLST><MSG><ID>1</ID><REF>&x;</REF><RCV>1</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>"
    )
    assert post_reports(cloud, hostile).status_code == 400


# -- the rest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "sends"),
    [("conditionMet=true", True), ("conditionMet=false", False), ("", False), ("conditionMet=x", False)],
)
def test_condition_helper(cloud, query, sends):
    answer = plain("GET", cloud, f"{API}/tests/sendcondition", params=query)
    assert json_of(answer, 200) == {"sendNotification": sends}


def test_health(cloud):
    answer = plain("GET", cloud, "/health")
    assert (answer.status_code, answer.text) == (200, "Healthy")
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path", ["/notifications/sms/api/v1/instantmessage/send", "/notifications/email/api/v1/instantemail"]
)
def test_internal_send_endpoints_are_not_served(cloud, path):
    assert_empty(plain("POST", cloud, path, json={}), 404)
