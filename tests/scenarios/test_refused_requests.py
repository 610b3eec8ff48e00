"""Requests that are not accepted: each gets the status, headers and body that the API promises."""

import random
import re
import uuid

import pytest
import requests

from tests.support.scenarios.owner import (
    API,
    CALL_SECONDS,
    Owner,
    email_order,
    new_email,
    new_phone,
    personal,
    sms_order,
)

CREATE = "altinn:serviceowner/notifications.create"
JSON = "application/json; charset=utf-8"
UNKNOWN = "5235b95c-e9b6-4ef0-8a67-372301000000"
TRACE_ID = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
PROTECTED = [
    ("POST", "/future/orders"),
    ("GET", f"/future/shipment/{UNKNOWN}"),
    ("GET", "/future/shipment/feed"),
]


def call(cloud, method, path, token=None, **request):
    headers = {} if token is None else {"Authorization": f"Bearer {personal(token)}"}
    headers |= request.pop("headers", {})
    return requests.request(method, cloud.api + API + path, headers=headers, timeout=CALL_SECONDS, **request)


def is_empty(answer):
    return answer.content == b""


def problem(answer):
    """Return the body of an error without its trace id, which is checked here."""
    assert answer.headers["Content-Type"] == JSON
    body = answer.json()
    assert TRACE_ID.fullmatch(body.pop("traceId"))
    assert body["status"] == answer.status_code
    return body


# -- who may call ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_stranger_is_turned_away(cloud, method, path):
    answer = call(cloud, method, path)
    assert answer.status_code == 401
    assert is_empty(answer)


@pytest.mark.parametrize(
    "flaw",
    [
        "expired",
        "not-yet-valid",
        "no-expiry",
        "foreign-key",
        "alg-none",
        "hmac-with-public-key",
        "wrong-issuer",
    ],
)
@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_token_that_does_not_hold_is_turned_away(cloud, method, path, flaw):
    answer = call(cloud, method, path, cloud.token(org="ttd", flaw=flaw))
    assert answer.status_code == 401
    assert is_empty(answer)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30."])
def test_nonsense_is_no_token(cloud, token):
    answer = requests.get(
        f"{cloud.api}{API}/future/shipment/feed",
        headers={"Authorization": f"Bearer {token}"},
        timeout=CALL_SECONDS,
    )
    assert answer.status_code == 401
    assert is_empty(answer)


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize(
    "scope",
    ["", "altinn:serviceowner", f"{CREATE}x", "altinn:serviceowner/notifications.composedemail.create"],
)
def test_token_without_the_scope_is_forbidden(cloud, method, path, scope):
    answer = call(cloud, method, path, cloud.token(org="ttd", scope=scope))
    assert answer.status_code == 403
    assert is_empty(answer)


def test_caller_without_organisation_is_forbidden_once_the_order_is_right(cloud):
    token = cloud.token(org=None)
    right = call(cloud, "POST", "/future/orders", token, json=email_order(new_email()))
    assert right.status_code == 403
    assert is_empty(right)
    assert call(cloud, "POST", "/future/orders", token, json={}).status_code == 400
    assert call(cloud, "GET", "/future/shipment/feed", token).status_code == 403
    assert call(cloud, "GET", f"/future/shipment/{UNKNOWN}", token).status_code == 403


def test_app_may_call_with_a_platform_token(cloud, owner):
    token = personal(cloud.token(org=owner.org, platform="app"))
    answer = call(
        cloud, "POST", "/future/orders", headers={"PlatformAccessToken": token}, json=email_order(new_email())
    )
    assert answer.status_code == 201
    owner.wait_for(answer.json()["notification"]["shipmentId"], "Order_Completed")


@pytest.mark.parametrize("flaw", ["expired", "foreign-key", "alg-none"])
def test_platform_token_that_does_not_hold_makes_nobody_somebody_else(cloud, owner, flaw):
    victim = Owner(cloud)
    victim.wait_for_feed_entry(victim.send(email_order(new_email())))
    personal(cloud.token(org=victim.org, platform="app"))  # so that its certificate exists
    forged = personal(cloud.token(org=victim.org, platform="app", flaw=flaw))
    answer = owner.ask("GET", "/future/shipment/feed", headers={"PlatformAccessToken": forged})
    assert answer.status_code == 401
    assert is_empty(answer)


# -- what is asked for -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", ["{", '{"idempotencyId": "a",}', "// x\n{}", '{"a": NaN}', "nonsense", "\ud7ff"]
)
def test_malformed_json_is_refused(owner, body):
    answer = owner.ask(
        "POST", "/future/orders", data=body.encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    refused = problem(answer)
    keys = set(refused.pop("errors"))
    assert refused == {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
    }
    assert "notificationOrderRequest" in keys
    (path,) = keys - {"notificationOrderRequest"}
    assert path.startswith("$")


def test_empty_body_is_refused(owner):
    answer = owner.ask("POST", "/future/orders", data=b"", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert set(problem(answer)["errors"]) == {"", "notificationOrderRequest"}


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"idempotencyId": None}, {"IdempotencyId"}),
        ({"idempotencyId": "  "}, {"IdempotencyId"}),
        ({"requestedSendTime": "2031-05-05T13:00:00"}, {"RequestedSendTime"}),
        ({"requestedSendTime": "2031-05-05T11:59:00+02:00"}, {"RequestedSendTime"}),
        ({"conditionEndpoint": "ftp://example.no/x"}, {"ConditionEndpoint"}),
        ({"recipient": {}}, {"Recipient"}),
        ({"recipient": sms_order("12345678")["recipient"]}, {"Recipient.RecipientSms.PhoneNumber"}),
        (
            {"recipient": email_order("kari@localhost")["recipient"]},
            {"Recipient.RecipientEmail.EmailAddress"},
        ),
        (
            {"recipient": email_order("kari@example.no", settings={"subject": " "})["recipient"]},
            {"Recipient.RecipientEmail.Settings.Subject"},
        ),
        (
            {
                "recipient": email_order("kari@example.no", settings={"sendingTimePolicy": "Daytime"})[
                    "recipient"
                ]
            },
            {"Recipient.RecipientEmail.Settings.SendingTimePolicy"},
        ),
        ({"reminders": [{"recipient": sms_order("+4799999999")["recipient"]}]}, {"Reminders[0]"}),
    ],
)
def test_order_that_breaks_a_rule_is_told_which(owner, change, keys):
    answer = owner.request_order(email_order(new_email()) | change)
    assert answer.status_code == 400
    errors = problem(answer)["errors"]
    assert set(errors) == keys
    assert all(messages for messages in errors.values())


def test_missing_member_is_refused_under_its_json_path(owner):
    order = email_order(new_email())
    del order["idempotencyId"]
    answer = owner.request_order(order)
    assert answer.status_code == 400
    assert any(key.startswith("$") for key in problem(answer)["errors"])


def test_two_recipients_are_refused(owner):
    both = email_order(new_email())["recipient"] | sms_order(new_phone())["recipient"]
    assert set(problem(owner.request_order(email_order(new_email()) | {"recipient": both}))["errors"]) == {
        "Recipient"
    }


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None]
)
def test_body_that_is_not_json_is_refused_by_its_type(owner, content_type):
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = owner.ask("POST", "/future/orders", data=b'{"idempotencyId": "x"}', headers=headers)
    assert answer.status_code == 415
    assert problem(answer) == {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.16",
        "title": "Unsupported Media Type",
        "status": 415,
    }


def test_body_over_the_limit_is_refused(owner):
    answer = owner.ask(
        "POST", "/future/orders", data=b" " * 30_000_001, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert problem(answer)["status"] == 413


def test_text_over_the_limit_is_refused(owner):
    answer = owner.request_order(sms_order(new_phone(), settings={"body": "x" * 600_000}))
    assert answer.status_code == 400
    assert list(problem(answer)["errors"]) == ["Recipient.RecipientSms.Settings.Body"]


def test_order_too_large_to_store_is_refused_with_the_limit(owner):
    letters = random.Random(1)
    body = "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(520_000))  # nothing compresses these
    answer = owner.request_order(email_order(new_email(), settings={"body": body}))
    assert answer.status_code == 400
    assert "the limit is" in str(problem(answer)["errors"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/future/orders"),
        ("POST", "/future/shipment/feed"),
        ("DELETE", f"/future/shipment/{UNKNOWN}"),
    ],
)
def test_other_methods_are_not_allowed(owner, method, path):
    answer = owner.ask(method, path)
    assert answer.status_code == 405
    assert is_empty(answer)


@pytest.mark.parametrize(
    "path", ["/future/shipment/not-a-uuid", "/future/shipment/", "/future/nothing", "/trigger/pastdueorders"]
)
def test_unknown_addresses_are_not_found(owner, path):
    answer = owner.ask("GET", path)
    assert answer.status_code == 404
    assert is_empty(answer)


# -- what is somebody else's -----------------------------------------------------------------------------


def test_unknown_and_foreign_shipments_look_the_same(cloud, owner):
    foreign = Owner(cloud).send(email_order(new_email()))
    for shipment_id in (UNKNOWN, str(uuid.uuid4()), foreign):
        answer = owner.ask("GET", f"/future/shipment/{shipment_id}")
        assert answer.status_code == 404
        assert problem(answer) == {
            "type": "urn:altinn:error:NOT-00003",
            "title": "Shipment not found",
            "status": 404,
            "code": "NOT-00003",
            "errorCode": "NOT-00003",
            "statusDescription": "Not Found",
        }
    assert owner.feed() == []


def test_ids_of_other_kinds_are_no_shipments(cloud, owner):
    address = new_email()
    receipt = owner.place(email_order(address))
    message_id = cloud.wait_for_email(address)["operationId"]
    for other in (receipt["notificationOrderId"], message_id):
        assert owner.ask("GET", f"/future/shipment/{other}").json()["code"] == "NOT-00003"
