"""One organisation never sees, changes or repeats what belongs to another: a test per endpoint."""

import uuid

import pytest

from tests.support.api.answers import assert_bare, assert_empty, assert_no_such_shipment, json_of
from tests.support.api.bodies import v1_email
from tests.support.api.endpoints import (
    CANCEL_CHAIN,
    CREATE,
    FEED,
    LIST,
    LOG,
    SHIPMENT,
    TRACE,
    V1_BY_ID,
    V1_CREATES,
    V2_CREATES,
    names,
)
from tests.support.scenarios.owner import Owner, email_order, new_email, personal

LATER = "2031-06-01T10:00:00Z"


@pytest.fixture
def other(cloud):
    return Owner(cloud)


@pytest.fixture
def foreign_id(owner):
    """An order of `owner` that waits, with a reference."""
    return owner.send(email_order(new_email(), sendersReference="sak-1", requestedSendTime=LATER))


@pytest.mark.parametrize("endpoint", [e for e in V1_BY_ID if e.method == "GET"], ids=lambda e: e.name)
def test_orders_of_others_cannot_be_read(other, foreign_id, endpoint):
    assert_empty(endpoint.ask(other, of=foreign_id), 404)


def test_orders_of_others_cannot_be_cancelled(owner, other, foreign_id):
    assert_bare(other.ask("PUT", f"/orders/{foreign_id}/cancel"), 404, "Not Found", "15.5.5")
    assert owner.shipment(foreign_id)["status"] == "Order_Registered"
    json_of(owner.ask("PUT", f"/orders/{foreign_id}/cancel"), 200)


def test_cancelled_orders_of_others_stay_hidden(owner, other, foreign_id):
    json_of(owner.ask("PUT", f"/orders/{foreign_id}/cancel"), 200)
    assert other.ask("PUT", f"/orders/{foreign_id}/cancel").status_code == 404


@pytest.mark.usefixtures("foreign_id")
def test_orders_of_others_are_not_listed(owner, other):
    assert json_of(LIST.ask(other), 200) == {"count": 0, "orders": []}
    assert json_of(LIST.ask(owner), 200)["count"] == 1


def test_shipments_of_others_are_unknown(other, foreign_id):
    assert_no_such_shipment(SHIPMENT.ask(other, of=foreign_id))
    assert_no_such_shipment(TRACE.ask(other, of=foreign_id))


def test_feeds_are_separate(owner, other):
    mine, theirs = owner.send(email_order(new_email())), other.send(email_order(new_email()))
    owner.wait_for_feed_entry(mine)
    other.wait_for_feed_entry(theirs)
    assert [entry["shipmentId"] for entry in FEED.ask(owner).json()] == [mine]
    assert [entry["shipmentId"] for entry in FEED.ask(other).json()] == [theirs]


def test_logs_are_separate(owner, other):
    dialog = {"dialogId": str(uuid.uuid4()), "transmissionId": "t-1"}
    owner.wait_for_feed_entry(owner.send(email_order(new_email(), dialogportenAssociation=dialog)))
    assert len(json_of(LOG.ask(owner, params={"dialogId": dialog["dialogId"]}), 200)) == 1
    for query in ({"dialogId": dialog["dialogId"]}, {"transmissionId": "t-1"}):
        assert json_of(LOG.ask(other, params=query), 200) == []


@pytest.mark.parametrize("endpoint", V2_CREATES, ids=names(V2_CREATES))
def test_idempotency_ids_of_others_are_free(owner, other, endpoint):
    body = endpoint.body()
    mine, theirs = json_of(endpoint.ask(owner, json=body), 201), json_of(endpoint.ask(other, json=body), 201)
    assert mine["notificationOrderId"] != theirs["notificationOrderId"]
    assert json_of(endpoint.ask(owner, json=body), 200) == mine


@pytest.mark.parametrize("endpoint", V1_CREATES + V2_CREATES, ids=names(V1_CREATES + V2_CREATES))
def test_nothing_in_a_request_names_another_creator(owner, other, endpoint):
    named = {"creator": other.org, "creatorName": other.org, "org": other.org, "sendersReference": "sak-9"}
    headers = {"X-Creator": other.org, "X-MS-CLIENT-PRINCIPAL-NAME": other.org}
    answer = endpoint.ask(owner, json=endpoint.body() | named, headers=headers)
    json_of(answer, endpoint.success)
    assert LIST.ask(other, params="sendersReference=sak-9").json()["count"] == 0
    (order,) = LIST.ask(owner, params="sendersReference=sak-9").json()["orders"]
    assert order["creator"] == owner.org


@pytest.mark.parametrize(
    "endpoint",
    [e for e in (*V1_BY_ID, CANCEL_CHAIN, SHIPMENT, TRACE) if e.scope == CREATE],
    ids=lambda e: e.name,
)
def test_forged_platform_token_opens_nothing(owner, other, foreign_id, endpoint):
    """Quirk S1, weakness W40: an unverified issuer is nobody."""
    personal(owner.cloud.token(org=owner.org, platform="app"))  # so that its certificate exists
    for flaw in ("alg-none", "foreign-key", "hmac-with-public-key", "expired"):
        forged = personal(owner.cloud.token(org=owner.org, platform="app", flaw=flaw))
        assert_empty(endpoint.ask(other, of=foreign_id, headers={"PlatformAccessToken": forged}), 401)


def test_forged_platform_token_creates_nothing(owner, other):
    personal(owner.cloud.token(org=owner.org, platform="app"))
    forged = personal(owner.cloud.token(org=owner.org, platform="app", flaw="alg-none"))
    for endpoint in V1_CREATES + V2_CREATES:
        body = endpoint.body() | {"sendersReference": "sak-8"}
        assert_empty(endpoint.ask(other, json=body, headers={"PlatformAccessToken": forged}), 401)
    assert LIST.ask(owner, params="sendersReference=sak-8").json()["count"] == 0


def test_repeated_platform_header_is_an_invalid_credential(owner):
    token = personal(owner.cloud.token(org=owner.org, platform="app"))
    assert_empty(FEED.ask(owner, headers={"PlatformAccessToken": f"{token},{token}"}), 401)


def test_organizations_are_told_apart_by_case(owner, foreign_id):
    shouting = Owner(owner.cloud, owner.org.upper())
    assert_empty(shouting.ask("GET", f"/orders/{foreign_id}"), 404)
    assert LIST.ask(shouting).json()["count"] == 0


def test_guessed_neighbours_of_an_id_are_not_found(owner, other):
    order_id = json_of(owner.ask("POST", "/orders/email", json=v1_email(requestedSendTime=LATER)), 202)[
        "orderId"
    ]
    for suffix in ("000000", "02000000", "01000001", "00000000"):
        assert_empty(other.ask("GET", f"/orders/{order_id[: -len(suffix)]}{suffix}"), 404)
