"""Notification log, condition helper, health: what other systems call beside the API of orders."""

import uuid

import pytest
import requests

from tests.support.api.answers import INSTANT, assert_bare, assert_empty, errors_of, json_of
from tests.support.api.endpoints import LOG, UNKNOWN
from tests.support.scenarios.owner import (
    API,
    CALL_SECONDS,
    email_order,
    is_uuid,
    new_email,
    personal,
)


def plain(method, cloud, path, **request):
    return requests.request(method, cloud.api + path, timeout=CALL_SECONDS, **request)


@pytest.mark.parametrize("query", ["", "dialogId=", "dialogId=%20&transmissionId=%20", "dialogId=x"])
def test_log_needs_a_dialog_or_a_transmission(owner, query):
    assert set(errors_of(LOG.ask(owner, params=query))) == {"dialogId"}


def test_log_entry(owner):
    dialog, address = str(uuid.uuid4()), new_email()
    association = {"dialogId": dialog, "transmissionId": "t-2"}
    owner.wait_for_feed_entry(owner.send(email_order(address, dialogportenAssociation=association)))
    answer = LOG.ask(owner, params={"dialogId": dialog.upper()})
    (entry,) = json_of(answer, 200)
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_uuid(entry.pop("notificationId"))
    assert INSTANT.fullmatch(entry.pop("requestedSendTime"))
    assert INSTANT.fullmatch(entry.pop("lastUpdateTime"))
    assert entry == {
        **association,
        "creatorName": owner.org,
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


@pytest.mark.parametrize(
    ("query", "sends"),
    [("conditionMet=true", True), ("conditionMet=false", False), ("", False), ("conditionMet=x", False)],
)
def test_condition_helper(cloud, query, sends):
    answer = plain("GET", cloud, f"{API}/tests/sendcondition", params=query)
    assert json_of(answer, 200) == {"sendNotification": sends}


def test_condition_helper_refuses_other_types(cloud):
    answer = plain("GET", cloud, f"{API}/tests/sendcondition", headers={"Content-Type": "text/plain"})
    assert_bare(answer, 415, "Unsupported Media Type", "15.5.16")


def test_health(cloud):
    answer = plain("GET", cloud, "/health")
    assert (answer.status_code, answer.text) == (200, "Healthy")
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path", ["/notifications/sms/api/v1/instantmessage/send", "/notifications/email/api/v1/instantemail"]
)
def test_internal_send_endpoints_are_not_served(cloud, path):
    assert_empty(plain("POST", cloud, path, json={}), 404)
