"""Webhooks as owners manage them over HTTP, and as their endpoints are called."""

import base64

import pytest

from tests.support.api.answers import assert_bare, assert_empty, errors_of, json_of
from tests.support.api.bodies import webhook
from tests.support.api.endpoints import NEW_WEBHOOK, WEBHOOKS
from tests.support.scenarios.owner import Owner

BY_ID = [endpoint for endpoint in WEBHOOKS if "{id}" in endpoint.path]


def create(owner, **members):
    return json_of(owner.ask("POST", "/future/webhooks", json=webhook(**members)), 201)


def test_a_secret_is_shown_when_it_is_made_and_never_again(owner):
    made = create(owner)
    path = f"/future/webhooks/{made['id']}"
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    rotated = json_of(owner.ask("POST", f"{path}/rotate-secret"), 200)
    assert rotated["secret"] != made["secret"]
    assert "formerSecretUntil" in rotated
    for answer in (owner.ask("GET", path), owner.ask("GET", "/future/webhooks")):
        assert "secret" not in answer.text.replace("formerSecretUntil", "")


def test_a_new_webhook_is_active_and_up_to_date(owner):
    made = create(owner)
    del made["secret"]
    assert json_of(owner.ask("GET", f"/future/webhooks/{made['id']}"), 200) == made
    assert made == {
        "id": made["id"],
        "url": "http://127.0.0.1:9/hook",
        "description": "Case system",
        "status": "Active",
        "createdAt": made["createdAt"],
        "deliveredSequenceNumber": 0,
        "newestSequenceNumber": 0,
        "failures": 0,
    }


def test_pause_resume_change_and_delete(owner):
    path = f"/future/webhooks/{create(owner)['id']}"
    paused = json_of(owner.ask("POST", f"{path}/pause"), 200)
    assert (paused["status"], paused["pauseReason"]) == ("Paused", "Owner")
    assert json_of(owner.ask("POST", f"{path}/resume"), 200)["status"] == "Active"
    changed = json_of(owner.ask("PUT", path, json={"url": "http://127.0.0.1:9/other"}), 200)
    assert changed["url"] == "http://127.0.0.1:9/other"
    assert "description" not in changed
    assert_empty(owner.ask("DELETE", path), 204)
    assert_bare(owner.ask("GET", path), 404, "Not Found", "15.5.5")
    assert json_of(owner.ask("GET", "/future/webhooks"), 200) == {"webhooks": []}


def test_an_owner_has_five_at_most(owner):
    for _ in range(5):
        create(owner)
    assert_bare(NEW_WEBHOOK.ask(owner), 409, "Conflict", "15.5.10")


@pytest.mark.parametrize("endpoint", BY_ID, ids=lambda endpoint: endpoint.name)
def test_those_of_others_are_unknown(cloud, owner, endpoint):
    foreign = create(owner)["id"]
    assert_bare(endpoint.ask(Owner(cloud), of=foreign), 404, "Not Found", "15.5.5")
    assert json_of(owner.ask("GET", f"/future/webhooks/{foreign}"), 200)["status"] == "Active"


def test_what_is_refused(owner):
    assert set(errors_of(NEW_WEBHOOK.ask(owner, json=webhook(url="ftp://service.example.no")))) == {"Url"}
    assert "$.fromSequenceNumber" in errors_of(NEW_WEBHOOK.ask(owner, json=webhook(fromSequenceNumber=0)))


def test_a_test_tells_what_the_endpoint_answered(owner):
    path = f"/future/webhooks/{create(owner)['id']}"
    tested = json_of(owner.ask("POST", f"{path}/test"), 200)
    assert tested["delivered"] is False
    assert tested["result"] == "ConnectionError"
    assert tested["messageId"].startswith("msg_test_")
    assert json_of(owner.ask("GET", path), 200)["failures"] == 0
