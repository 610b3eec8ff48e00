"""Methods, paths, media types, encodings, JSON: what is decided before anything is understood."""

import json

import pytest
import requests

from tests.support.api.answers import assert_bare, assert_empty, errors_of, json_of
from tests.support.api.bodies import LEFT_OUT, changed, instant_sms, reminder, v1_email, v1_order
from tests.support.api.endpoints import (
    CANCEL_CHAIN,
    CREATES,
    ENDPOINTS,
    FEED,
    LIST,
    SHIPMENT,
    V1_BY_ID,
    names,
)
from tests.support.scenarios.owner import API, CALL_SECONDS, Owner, email_order, new_email

everywhere = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=names(ENDPOINTS))
creates = pytest.mark.parametrize("endpoint", CREATES, ids=names(CREATES))
TYPED = {"Content-Type": "application/json"}


@everywhere
def test_other_methods_are_refused(owner, endpoint):
    path = endpoint.at()
    served = {other.method for other in ENDPOINTS if other.path == endpoint.path}
    if path in {"/orders/email", "/orders/sms", "/orders/preview"}:
        served.add("GET")  # reads the order called "email"
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - served:
        answer = owner.ask(method, path)
        assert_empty(answer, 405)
        assert answer.headers["Allow"] == ", ".join(sorted(served))


def test_nobody_needs_a_credential_to_be_refused(cloud):
    url = f"{cloud.api}{API}"
    assert_empty(requests.delete(f"{url}/orders", timeout=CALL_SECONDS), 405)
    assert_empty(requests.get(f"{url}/nothing", timeout=CALL_SECONDS), 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 204), ("POST", "/", 204), ("GET", "/wp-login.php", 404), ("POST", "/health", 404)],
)
def test_what_lies_outside_the_api_is_the_hosts_business(cloud, method, path, status):
    answer = requests.request(method, f"{cloud.api}{path}", timeout=CALL_SECONDS)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "Content-Type" not in answer.headers  # what a function answers has one


@creates
def test_a_body_in_chunks_is_refused_because_the_host_leaves_it_out(owner, endpoint):
    chunks = iter([json.dumps(endpoint.body()).encode()])
    answer = endpoint.ask(owner, data=chunks, headers=TYPED)
    assert_bare(answer, 411, "Length Required", "15.5.12")


@everywhere
def test_paths_are_matched_without_regard_to_case(owner, endpoint):
    shouted = endpoint.at().upper()
    request = {"json": endpoint.body()} if endpoint.body else {}
    token = endpoint.ask(owner, **request).request.headers["Authorization"]
    headers = {"Authorization": token, **dict(endpoint.headers)}
    answer = requests.request(
        endpoint.method,
        f"{owner.cloud.api}{API.upper()}{shouted}",
        params=endpoint.query,
        headers=headers,
        timeout=CALL_SECONDS,
        **request,
    )
    usual = endpoint.ask(owner, **request)
    assert answer.status_code == usual.status_code
    assert len(answer.content) == len(usual.content) or answer.status_code < 300


@creates
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None]
)
def test_bodies_of_other_types_are_refused(owner, endpoint, content_type):
    body = json.dumps(endpoint.body()).encode()
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = endpoint.ask(owner, data=body, headers=headers)
    assert_bare(answer, 415, "Unsupported Media Type", "15.5.16")


@creates
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON;charset=UTF-8",
        'application/json; charset="utf-8"',
    ],
)
def test_json_is_json_however_it_is_written(owner, endpoint, content_type):
    body = json.dumps(endpoint.body()).encode()
    answer = endpoint.ask(owner, data=body, headers={"Content-Type": content_type})
    json_of(answer, endpoint.success)


def test_feed_refuses_other_types_but_needs_none(owner):
    assert_bare(
        FEED.ask(owner, headers={"Content-Type": "text/plain"}), 415, "Unsupported Media Type", "15.5.16"
    )
    assert FEED.ask(owner).status_code == 200
    assert FEED.ask(owner, headers=TYPED).status_code == 200


@everywhere
def test_answers_are_json_whatever_is_accepted(owner, endpoint):
    answer = endpoint.ask(owner, headers={"Accept": "application/xml"})
    assert answer.status_code in (endpoint.success, 404)
    if answer.content:
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@creates
def test_empty_body_is_reported_under_an_empty_key(owner, endpoint):
    errors = errors_of(endpoint.ask(owner, data=b"", headers=TYPED))
    assert set(errors) == {"", endpoint.parameter}
    assert errors[endpoint.parameter] == [f"The {endpoint.parameter} field is required."]


@creates
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"17",
        b'{"a": 1,}',
        b"/* x */ {}",
        b'{"a": NaN}',
        b"\xff\xfe{\x00}\x00",
        b'{"a": "\xe6"}',
    ],
)
def test_unreadable_json_is_reported_by_its_path_and_parameter(owner, endpoint, body):
    errors = errors_of(endpoint.ask(owner, data=body, headers=TYPED))
    (path,) = set(errors) - {endpoint.parameter}
    assert path.startswith("$")
    assert errors[endpoint.parameter] == [f"The {endpoint.parameter} field is required."]


@creates
def test_null_is_no_body(owner, endpoint):
    errors = errors_of(endpoint.ask(owner, data=b"null", headers=TYPED))
    assert endpoint.parameter in errors


@creates
def test_deep_nesting_is_refused(owner, endpoint):
    deep = b'{"x":' * 33 + b"1" + b"}" * 33
    assert set(errors_of(endpoint.ask(owner, data=deep, headers=TYPED))) == {"$", endpoint.parameter}


@creates
def test_names_of_properties_may_be_in_any_case(owner, endpoint):
    def shouted(value):
        if isinstance(value, dict):
            return {name.upper(): shouted(item) for name, item in value.items()}
        return [shouted(item) for item in value] if isinstance(value, list) else value

    json_of(endpoint.ask(owner, json=shouted(endpoint.body())), endpoint.success)


@creates
def test_unknown_properties_are_ignored(owner, endpoint):
    json_of(
        endpoint.ask(owner, json={"unknown": {"x": [1]}, "creator": "other", **endpoint.body()}),
        endpoint.success,
    )


@creates
def test_of_a_property_given_twice_the_last_counts(owner, endpoint):
    body = json.dumps(endpoint.body())
    doubled = body[:-1] + ', "sendersReference": "first", "sendersReference": "last"}'
    answer = json_of(endpoint.ask(owner, data=doubled.encode(), headers=TYPED), endpoint.success)
    if "notification" in answer:
        assert answer["notification"]["sendersReference"] == "last"
    else:
        assert owner.ask("GET", f"/orders/{answer['orderId']}").json()["sendersReference"] == "last"


def test_byte_order_mark_is_skipped(owner):
    body = b"\xef\xbb\xbf" + json.dumps(email_order(new_email())).encode()
    json_of(owner.ask("POST", "/future/orders", data=body, headers=TYPED), 201)


def test_letters_are_written_raw(owner):
    order = v1_email(sendersReference="blåbær ✓ 𝄞")
    created = json_of(owner.ask("POST", "/orders/email", json=order), 202)
    answer = owner.ask("GET", f"/orders/{created['orderId']}")
    assert "blåbær ✓ 𝄞".encode() in answer.content


@pytest.mark.parametrize("name", ["email", "EMAIL", "Email"])
def test_names_of_enumerations_may_be_in_any_case(owner, name):
    created = json_of(owner.ask("POST", "/orders", json=v1_order(name)), 202)
    assert json_of(owner.ask("GET", f"/orders/{created['orderId']}"), 200)["notificationChannel"] == "Email"


@pytest.mark.parametrize("value", ["Pigeon", "", 0.5, True])
def test_unknown_members_are_refused_by_their_path(owner, value):
    errors = errors_of(owner.ask("POST", "/orders", json=v1_order(value)))
    assert set(errors) == {"$.notificationChannel", "notificationOrderRequest"}


@pytest.mark.parametrize("value", [300, "300"])
def test_numbers_may_be_written_as_text(owner, value):
    body = changed(instant_sms(), "recipientSms.timeToLiveInSeconds", value)
    json_of(owner.ask("POST", "/future/orders/instant/sms", json=body), 201)


@pytest.mark.parametrize(
    "written",
    [
        "2031-06-01T10:00:00Z",
        "2031-06-01T10:00Z",
        "2031-06-01T12:00:00+02:00",
        "2031-06-01T10:00:00.0000000Z",
    ],
)
def test_times_are_normalised_to_utc(owner, written):
    created = json_of(owner.ask("POST", "/orders/email", json=v1_email(requestedSendTime=written)), 202)
    read = json_of(owner.ask("GET", f"/orders/{created['orderId']}"), 200)
    assert read["requestedSendTime"] == "2031-06-01T10:00:00Z"


@pytest.mark.parametrize("written", ["2031-06-01T10:00:00.1234567Z", "2031-06-01T10:00:00.1200Z"])
def test_fractions_are_kept_without_trailing_zeros(owner, written):
    created = json_of(owner.ask("POST", "/orders/email", json=v1_email(requestedSendTime=written)), 202)
    read = json_of(owner.ask("GET", f"/orders/{created['orderId']}"), 200)["requestedSendTime"]
    digits = read.removeprefix("2031-06-01T10:00:00.").removesuffix("Z")
    assert digits in ("1234567", "123456", "12")
    assert written.startswith(read.removesuffix("Z"))


@pytest.mark.parametrize("written", ["tomorrow", "2031-13-01T10:00:00Z", "2031-06-01 10:00", 17, True, None])
def test_unreadable_times_are_refused_by_their_path(owner, written):
    """Quirk T1: an explicit null is refused although leaving the time out means now."""
    errors = errors_of(owner.request_order(email_order(new_email(), requestedSendTime=written)))
    assert set(errors) == {"$.requestedSendTime", "notificationOrderRequest"}


def test_reminder_time_may_be_null(owner):
    reminders = [reminder(delayDays=1, requestedSendTime=None)]
    json_of(owner.request_order(email_order(new_email(), reminders=reminders)), 201)


@pytest.mark.parametrize("endpoint", V1_BY_ID, ids=names(V1_BY_ID))
@pytest.mark.parametrize("given", ["not-a-uuid", "5235b95c-e9b6-4ef0-8a67-37230100000", "æ"])
def test_id_of_version_1_that_is_no_uuid_is_a_validation_problem(owner, endpoint, given):
    assert errors_of(endpoint.ask(owner, of=given)) == {"id": [f"The value '{given}' is not valid."]}


@pytest.mark.parametrize("endpoint", [SHIPMENT, CANCEL_CHAIN], ids=names((SHIPMENT, CANCEL_CHAIN)))
@pytest.mark.parametrize("given", ["not-a-uuid", "5235b95c-e9b6-4ef0-8a67-37230100000"])
def test_id_of_version_2_that_is_no_uuid_is_no_path(owner, endpoint, given):
    assert_empty(endpoint.ask(owner, of=given), 404)


@pytest.mark.parametrize(
    "path", ["", "/nothing", "/orders/", "/future", "/future/shipment", "/future/orders/other"]
)
def test_unknown_paths_are_not_found(owner, path):
    answer = owner.ask("GET", path)
    if path == "/orders/":
        assert set(errors_of(answer)) == {"sendersReference"}
    else:
        assert_empty(answer, 404)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("seq=x", "Seq"),
        ("seq=9223372036854775808", "Seq"),
        ("seq=1.5", "Seq"),
        ("pageSize=many", "PageSize"),
        ("pageSize=2147483648", "PageSize"),
        ("orderBy=sideways", "OrderBy"),
        ("ORDERBY=sideways", "OrderBy"),
    ],
)
def test_unreadable_query_values_of_the_feed_are_refused(owner, query, key):
    assert set(errors_of(FEED.ask(owner, params=query))) == {key}


def test_query_names_may_be_in_any_case(owner):
    assert FEED.ask(owner, params="SEQ=1&PAGESIZE=1&orderby=DESC&unknown=x").status_code == 200
    assert json_of(LIST.ask(owner, params="SENDERSREFERENCE=x"), 200) == {"count": 0, "orders": []}


def test_links_never_come_from_the_host_header(owner):
    answer = owner.ask("POST", "/orders/email", json=v1_email(), headers={"Host": "evil.example"})
    assert answer.headers["Location"].startswith(f"{owner.cloud.api}{API}/orders/")
    answer = owner.ask("GET", f"/orders/{answer.json()['orderId']}", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text


def test_traces_are_continued(owner):
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert trace in owner.ask("GET", "/orders/x", headers=headers).json()["traceId"]


def test_organization_is_compared_exactly(cloud, owner):
    shipment_id = owner.send(email_order(new_email()))
    shouting = Owner(cloud, owner.org.upper())
    assert shouting.ask("GET", f"/future/shipment/{shipment_id}").status_code == 404


def test_left_out_time_means_now(owner):
    before = owner.cloud.now()
    body = changed(v1_email(requestedSendTime="x"), "requestedSendTime", LEFT_OUT)
    created = json_of(owner.ask("POST", "/orders/email", json=body), 202)
    at = json_of(owner.ask("GET", f"/orders/{created['orderId']}"), 200)["requestedSendTime"]
    assert f"{before:%Y-%m-%dT%H:%M}" <= at <= f"{owner.cloud.now():%Y-%m-%dT%H:%M:%S}.999Z"
