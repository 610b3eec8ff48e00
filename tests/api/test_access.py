"""Who may call: the same rules at every endpoint."""

import pytest
import requests

from tests.support.api.answers import assert_empty, challenge_of, errors_of
from tests.support.api.endpoints import (
    COMPOSED,
    CREATE,
    CREATES,
    ENDPOINTS,
    FEED,
    LIST,
    LOG,
    SUPPORT,
    UNKNOWN,
    names,
)
from tests.support.scenarios.owner import API, CALL_SECONDS, Owner, email_order, new_email, personal

everywhere = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=names(ENDPOINTS))
with_organization = [endpoint for endpoint in ENDPOINTS if endpoint.needs_organization]
OTHER_SCOPES = {
    CREATE: ["", "altinn:serviceowner", CREATE.upper(), f"{CREATE}x", COMPOSED, SUPPORT],
    COMPOSED: [CREATE, SUPPORT],
    SUPPORT: [CREATE, COMPOSED],
}


@everywhere
def test_nobody_is_turned_away(owner, endpoint):
    answer = endpoint.ask(owner, token="")
    assert_empty(answer, 401)
    wanted = f'Bearer realm="notifications", scope="{endpoint.scope}"'
    assert answer.headers["WWW-Authenticate"] == wanted


@everywhere
@pytest.mark.parametrize("flaw", ["expired", "foreign-key"])
def test_token_that_does_not_hold_is_turned_away(owner, endpoint, flaw):
    token = personal(owner.cloud.token(org=owner.org, scope=endpoint.scope, flaw=flaw))
    answer = endpoint.ask(owner, token=token)
    assert_empty(answer, 401)
    assert challenge_of(answer)["error"] == "invalid_token"
    assert (
        challenge_of(answer)["error_description"]
        == {
            "expired": "The token has expired.",
            "foreign-key": "The token is not signed with a key of its issuer.",
        }[flaw]
    )
    assert challenge_of(answer)["scope"] == endpoint.scope


@everywhere
def test_other_scopes_are_forbidden(owner, endpoint):
    for scope in set(OTHER_SCOPES[endpoint.scope]) - set(endpoint.other_scopes):
        token = personal(owner.cloud.token(org=owner.org, scope=scope))
        answer = endpoint.ask(owner, token=token)
        assert_empty(answer, 403)
        assert challenge_of(answer)["error"] == "insufficient_scope"
        assert challenge_of(answer)["scope"] == endpoint.scope


def test_support_scope_suffices_for_the_log_without_an_organization(owner):
    token = personal(owner.cloud.token(org=None, scope=SUPPORT))
    assert LOG.ask(owner, token=token).json() == []
    assert set(errors_of(LOG.ask(owner, token=token, params="transmissionId=t"))) == {"dialogId"}


@everywhere
def test_one_of_several_scopes_suffices(owner, endpoint):
    scope = f"openid {endpoint.scope} altinn:other"
    token = personal(owner.cloud.token(org=owner.org, scope=scope))
    assert endpoint.ask(owner, token=token).status_code not in (401, 403)


@pytest.mark.parametrize("endpoint", with_organization, ids=lambda endpoint: endpoint.name)
def test_caller_without_organization_is_forbidden(owner, endpoint):
    token = personal(owner.cloud.token(org=None, scope=endpoint.scope))
    answer = endpoint.ask(owner, token=token)
    assert_empty(answer, 403)
    assert "urn:altinn:org" in challenge_of(answer)["error_description"]


@pytest.mark.parametrize("endpoint", CREATES, ids=names(CREATES))
def test_request_is_validated_before_the_organization_is_asked_for(owner, endpoint):
    token = personal(owner.cloud.token(org=None, scope=endpoint.scope))
    errors_of(endpoint.ask(owner, token=token, json={}))


def test_queries_are_validated_before_the_organization_is_asked_for(owner):
    token = personal(owner.cloud.token(org=None))
    errors_of(FEED.ask(owner, token=token, params="seq=-1"))
    errors_of(LIST.ask(owner, token=token, params=""))
    errors_of(LOG.ask(owner, token=token, params="dialogId=x"))


@pytest.mark.parametrize("org", ["", "  "])
def test_blank_organization_is_none(owner, org):
    token = personal(owner.cloud.token(org="ttd", claims={"urn:altinn:org": org}))
    assert_empty(FEED.ask(owner, token=token), 403)


@everywhere
@pytest.mark.parametrize("org", ["ttd\ud800", "\udc00", {"a": "\ud800"}, ["\ud800"]])
def test_half_a_character_in_the_organization_is_turned_away(owner, endpoint, org):
    token = personal(owner.cloud.token(org="ttd", scope=endpoint.scope, claims={"urn:altinn:org": org}))
    assert_empty(endpoint.ask(owner, token=token), 401)


def test_issuers_that_differ_in_case_are_one_organization(owner):
    """Names in a key vault ignore case, so all of them have one certificate."""
    upper = personal(owner.cloud.token(org=owner.org.upper(), platform="app"))
    receipt = owner.request_order(email_order(new_email())).json()
    path = f"/future/shipment/{receipt['notification']['shipmentId']}"
    answer = owner.ask("GET", path, headers={"Authorization": "", "PlatformAccessToken": upper})
    assert answer.status_code == 200


def test_token_may_come_in_the_portal_cookie(owner):
    answer = requests.get(
        owner.cloud.api + API + FEED.path, cookies={"AltinnStudioRuntime": owner.token}, timeout=CALL_SECONDS
    )
    assert (answer.status_code, answer.json()) == (200, [])


def test_other_claims_are_ignored(owner):
    claims = {
        "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:991825827"},
        "urn:altinn:orgNumber": "9",
    }
    token = personal(owner.cloud.token(org=owner.org, claims=claims))
    assert FEED.ask(owner, token=token).json() == []


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.scope == CREATE], ids=lambda e: e.name)
def test_platform_token_is_as_good_as_the_create_scope(owner, endpoint):
    token = personal(owner.cloud.token(org=owner.org, platform="app"))
    answer = endpoint.ask(owner, token="", headers={"PlatformAccessToken": token})
    assert answer.status_code in (endpoint.success, 404)


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.scope != CREATE], ids=lambda e: e.name)
def test_platform_token_is_no_substitute_for_the_special_scopes(owner, endpoint):
    token = personal(owner.cloud.token(org=owner.org, platform="app"))
    assert_empty(endpoint.ask(owner, token="", headers={"PlatformAccessToken": token}), 401)


@everywhere
@pytest.mark.parametrize("flaw", ["expired", "foreign-key", "alg-none"])
def test_i04_bad_platform_token_spoils_a_good_bearer_token(owner, endpoint, flaw):
    """Quirk S1: the issuer of an unverified platform token must never become the caller's organisation."""
    victim = Owner(owner.cloud)
    personal(owner.cloud.token(org=victim.org, platform="app"))  # so that its certificate exists
    forged = personal(owner.cloud.token(org=victim.org, platform="app", flaw=flaw))
    assert_empty(endpoint.ask(owner, headers={"PlatformAccessToken": forged}), 401)


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ0dGQifQ.", "æøå"])
def test_unreadable_platform_token_is_an_invalid_credential(owner, token):
    assert_empty(FEED.ask(owner, headers={"PlatformAccessToken": token.encode()}), 401)


def test_verified_platform_token_names_the_organization_where_it_counts_as_credential(owner):
    app, app_token = Owner(owner.cloud), None
    app_token = personal(owner.cloud.token(org=app.org, platform="app"))
    receipt = owner.ask(
        "POST", "/future/orders", json=email_order(new_email()), headers={"PlatformAccessToken": app_token}
    ).json()
    shipment_id = receipt["notification"]["shipmentId"]
    assert app.shipment(shipment_id)["shipmentId"] == shipment_id
    assert owner.ask("GET", f"/future/shipment/{shipment_id}").status_code == 404


def test_platform_token_does_not_name_the_organization_of_a_composed_order(owner):
    """Quirk S1: where only the bearer token counts, it also says who the caller is."""
    composed = next(endpoint for endpoint in CREATES if endpoint.scope == COMPOSED)
    app = Owner(owner.cloud)
    app_token = personal(owner.cloud.token(org=app.org, platform="app"))
    answer = composed.ask(owner, headers={"PlatformAccessToken": app_token})
    shipment_id = answer.json()["notification"]["shipmentId"]
    assert owner.shipment(shipment_id)["type"] == "Composed"
    assert app.ask("GET", f"/future/shipment/{shipment_id}").status_code == 404


def test_health_and_documents_are_open(cloud):
    for path in ("/health", f"{API}/openapi.json", f"{API}/docs"):
        assert requests.get(cloud.api + path, timeout=CALL_SECONDS).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "pastdueorders",
        "sendemail",
        "sendsms",
        "sendsmsanytime",
        "sendsmsdaytime",
        "terminateexpirednotifications",
        "deleteoldstatusfeedrecords",
    ],
)
def test_w37_triggers_are_not_served(owner, path):
    """Quirk S3: the reference system's unauthenticated triggers are timers here."""
    assert_empty(owner.ask("POST", f"/trigger/{path}"), 404)


def test_chain_ids_lead_nowhere(owner):
    """Quirk L1: the address in Location is kept, and still is not a resource."""
    answer = owner.request_order(email_order(new_email()))
    location = answer.headers["Location"]
    headers = {"Authorization": f"Bearer {owner.token}"}
    assert_empty(requests.get(location, headers=headers, timeout=CALL_SECONDS), 404)
    chain_id = answer.json()["notificationOrderId"]
    assert_empty(owner.ask("GET", f"/orders/{chain_id}"), 404)
    assert owner.ask("GET", f"/future/shipment/{chain_id}").json()["code"] == "NOT-00003"
    assert chain_id != UNKNOWN
