"""Errors say what is wrong and what is expected, over HTTP."""

from urllib.parse import urljoin

import pytest
import requests

from tests.support.api.answers import assert_coded, errors_of
from tests.support.api.endpoints import UNKNOWN, V2_CREATES, names
from tests.support.scenarios.owner import API, CALL_SECONDS, email_order, new_email

ORDERS = f"{API}/future/orders"


@pytest.mark.parametrize(
    ("path", "token", "section"),
    [
        ("/future/shipment/feed", "", "401"),
        ("/future/dashboard/dead-letters", None, "403"),
        ("/future/shipment/feed?seq=-1", None, "400"),
        (f"/future/shipment/{UNKNOWN}", None, "not-00003"),
        ("/nothing", None, "404"),
        ("/future/orders", None, "405"),
    ],
)
def test_error_leads_to_its_cause_and_cure(owner, path, token, section):
    headers = {} if token is None else {"Authorization": token}
    refused = owner.ask("GET", path, headers=headers)
    assert refused.links["help"]["url"].endswith(f"#{section}")
    page = requests.get(urljoin(refused.url, refused.links["help"]["url"]), timeout=CALL_SECONDS)
    assert page.status_code == 200
    assert f'<section id="{section}">' in page.text


def test_body_that_is_not_utf_8_is_told_so(owner):
    headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": "application/json"}
    body = '{"idempotencyId": "på tide"}'.encode("latin-1")
    answer = requests.post(owner.cloud.api + ORDERS, data=body, headers=headers, timeout=CALL_SECONDS)
    assert errors_of(answer)["$"] == ["The body is not UTF-8: byte 21 begins no character."]


def test_value_of_another_type_is_told_what_is_expected(owner):
    order = email_order(new_email(), recipient=["post@example.no"])
    (message,) = errors_of(owner.request_order(order))["$.recipient"]
    assert message == (
        "The JSON value could not be converted. Path: $.recipient. Expected an object with the members"
        " 'recipientEmail', 'recipientSms', 'recipientPerson', 'recipientOrganization',"
        " 'recipientExternalIdentity', found a list."
    )


def place_both(owner, endpoint, **headers):
    """Place an order twice, the second time with another reference; return the answers."""
    body = endpoint.body()
    first = endpoint.ask(owner, json=body)
    assert first.status_code == endpoint.success
    again = endpoint.ask(owner, json=body)
    assert (again.status_code, "Idempotency-Conflict" in again.headers) == (200, False)
    return first, endpoint.ask(owner, json=body | {"sendersReference": "other"}, headers=headers)


@pytest.mark.parametrize("endpoint", V2_CREATES, ids=names(V2_CREATES))
def test_other_content_under_a_known_id_gets_the_first_receipt_and_is_told(owner, endpoint):
    first, other = place_both(owner, endpoint)
    assert (other.status_code, other.json()) == (200, first.json())
    assert other.headers["Idempotency-Conflict"] == "true"


@pytest.mark.parametrize("endpoint", V2_CREATES, ids=names(V2_CREATES))
def test_other_content_under_a_known_id_is_refused_to_who_prefers_that(owner, endpoint):
    _, other = place_both(owner, endpoint, Prefer="handling=strict")
    title = "The idempotency id was used for another request"
    assert_coded(other, 409, "NOT-10001", title, "Conflict")


def test_strict_handling_changes_nothing_for_an_exact_repeat(owner):
    body, strict = email_order(new_email()), {"Prefer": "handling=strict"}
    answers = [owner.ask("POST", "/future/orders", json=body, headers=strict) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
