"""Bearer tokens: what makes one genuine, and how often the key source is asked."""

import asyncio
import time

import jwt
import pytest

from shared.auth import signing_keys, verification
from shared.auth.signing_keys import OpenIdKeys
from shared.auth.tokens import BearerVerifier
from shared.auth.verification import TokenRules, VerifiedTokens
from shared.runtime.errors import UnauthenticatedError, UnavailableError
from tests.support.issuer import KeySources, ec_key, rsa_key, token

NO_RULES = TokenRules()


def verifier(sources: KeySources, rules: TokenRules = NO_RULES, cookie: str = "") -> BearerVerifier:
    return BearerVerifier(OpenIdKeys(sources.well_known, allow_insecure=True), rules, cookie_name=cookie)


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256"])
async def test_asymmetric_algorithms_are_accepted(sources, algorithm):
    sources.keys["curve"] = ec_key("curve")
    elliptic = algorithm.startswith("ES")
    signed = token(
        key=ec_key("curve") if elliptic else None, kid="curve" if elliptic else "main", algorithm=algorithm
    )
    claims = await verifier(sources).verify_request(bearer(signed))
    assert claims["urn:altinn:org"] == "ttd"


async def test_public_key_is_no_shared_secret(sources):
    forged = jwt.encode({"exp": time.time() + 86_400}, "k" * 64, algorithm="HS256", headers={"kid": "main"})
    unsigned = jwt.encode({"exp": time.time() + 86_400}, None, algorithm="none", headers={"kid": "main"})
    for attempt in (forged, unsigned):
        with pytest.raises(UnauthenticatedError):
            await verifier(sources).verify_request(bearer(attempt))
    assert sources.asked == []


@pytest.mark.parametrize(
    "bad",
    [
        token(key=rsa_key("stranger")),
        token(exp=None),
        token(exp="soon"),
        token(exp=int(time.time()) - 1),
        token(nbf=int(time.time()) + 86_400),
        token() + "x",
        "a.b.c",
        "",
        "é" * 20,
        "x" * 20_000,
    ],
    ids=["signature", "no-exp", "odd-exp", "expired", "early", "cut", "text", "blank", "foreign", "long"],
)
async def test_what_does_not_hold_is_refused(sources, bad):
    with pytest.raises(UnauthenticatedError):
        await verifier(sources).verify_request(bearer(bad))


async def test_issuer_and_audience_are_checked_when_configured(sources):
    strict = verifier(sources, TokenRules(frozenset({"us", "them"}), frozenset({"notifications"})))
    await strict.verify_request(bearer(token(iss="us", aud=["other", "notifications"])))
    for claims in ({"iss": "else", "aud": "notifications"}, {"iss": "us", "aud": "other"}, {"iss": "us"}, {}):
        with pytest.raises(UnauthenticatedError):
            await strict.verify_request(bearer(token(**claims)))
    await verifier(sources).verify_request(bearer(token(iss="anyone", aud="anything")))


async def test_cookie_is_read_only_when_there_is_no_bearer_header(sources):
    checked = verifier(sources, cookie="AltinnStudioRuntime")
    cookie = f"a=b; AltinnStudioRuntime={token(**{'urn:altinn:org': 'nav'})}"
    assert (await checked.verify_request({"Cookie": cookie}))["urn:altinn:org"] == "nav"
    claims = await checked.verify_request({"Cookie": cookie} | bearer(token()))
    assert claims["urn:altinn:org"] == "ttd"
    with pytest.raises(UnauthenticatedError):
        await verifier(sources).verify_request({"Cookie": cookie})


async def test_keys_are_fetched_once_for_many_requests(sources):
    checked = verifier(sources)
    tokens = [token(jti=str(number)) for number in range(20)]
    await asyncio.gather(*(checked.verify_request(bearer(value)) for value in tokens * 2))
    assert sources.asked == ["/.well-known/openid-configuration", "/jwks"]


async def test_unknown_key_id_refreshes_but_not_in_a_flood(sources, monkeypatch):
    monkeypatch.setattr(signing_keys, "_MIN_REFRESH_SECONDS", 0.0)
    checked = verifier(sources)
    await checked.verify_request(bearer(token()))
    sources.keys["next"] = rsa_key("next")
    await checked.verify_request(bearer(token(key=rsa_key("next"), kid="next")))
    asked = len(sources.asked)
    monkeypatch.setattr(signing_keys, "_MIN_REFRESH_SECONDS", 30.0)
    for number in range(5):
        with pytest.raises(UnauthenticatedError):
            await checked.verify_request(bearer(token(kid=f"made-up-{number}")))
    assert len(sources.asked) == asked


async def test_token_without_key_id_is_tried_against_every_key(sources):
    sources.keys = {"other": rsa_key("next"), "main": rsa_key("main")}
    await verifier(sources).verify_request(bearer(token(kid=None)))


async def test_key_source_down_is_not_the_callers_fault(sources):
    sources.down = True
    with pytest.raises(UnavailableError):
        await verifier(sources).verify_request(bearer(token()))


async def test_old_keys_serve_on_while_the_source_is_down(sources, monkeypatch):
    checked = verifier(sources)
    await checked.verify_request(bearer(token()))
    sources.down = True
    monkeypatch.setattr(signing_keys, "_MAX_AGE_SECONDS", 0.0)
    await checked.verify_request(bearer(token(jti="fresh")))


async def test_unknown_key_id_is_not_judged_while_the_source_is_down(sources, monkeypatch):
    checked = verifier(sources)
    await checked.verify_request(bearer(token()))
    sources.down = True
    monkeypatch.setattr(signing_keys, "_MIN_REFRESH_SECONDS", 0.0)
    with pytest.raises(UnavailableError):
        await checked.verify_request(bearer(token(kid="unknown")))


async def test_plain_http_is_refused_unless_allowed(sources):
    checked = BearerVerifier(OpenIdKeys(sources.well_known), TokenRules())
    with pytest.raises(UnavailableError, match="https"):
        await checked.verify_request(bearer(token()))


def test_verified_tokens_expire_and_are_bounded(monkeypatch):
    remembered = VerifiedTokens(capacity=2)
    now = time.time()
    for name in ("a", "b", "c"):
        remembered.put(name, {"exp": now + 60})
    assert [remembered.get(name) is not None for name in ("a", "b", "c")] == [False, True, True]
    monkeypatch.setattr(verification.time, "time", lambda: now + 61)
    assert remembered.get("c") is None


async def test_known_token_needs_no_key_source(sources):
    checked = verifier(sources)
    signed = token()
    await checked.verify_request(bearer(signed))
    sources.down = True
    assert (await checked.verify_request(bearer(signed)))["urn:altinn:org"] == "ttd"
