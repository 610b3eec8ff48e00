"""Bearer tokens: what makes one genuine, and where it is read."""

import time

import jwt
import pytest

from shared.auth.verification import TokenHeader, TokenRules
from shared.runtime.errors import UnauthenticatedError
from tests.support.issuer import bearer, ec_key, rsa_key, token, verifier

NO_RULES = TokenRules()
HEADER = TokenHeader("RS256", "main")


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
    for claims in ({"iss": "else", "aud": "notifications"}, {"aud": "notifications"}, {"iss": "else"}, {}):
        with pytest.raises(UnauthenticatedError):
            await strict.verify_request(bearer(token(**claims)))
    await verifier(sources).verify_request(bearer(token(iss="anyone", aud="anything")))


async def test_token_of_an_accepted_issuer_needs_no_audience(sources):
    strict = verifier(sources, TokenRules(frozenset({"us"}), frozenset({"notifications"})))
    assert (await strict.verify_request(bearer(token(iss="us"))))["urn:altinn:org"] == "ttd"


@pytest.mark.parametrize(
    "audience",
    [
        "other",
        "",
        "notifications ",
        "Notifications",
        [],
        ["other"],
        [["notifications"]],
        {"notifications": 1},
        7,
        False,
    ],
)
async def test_token_that_names_an_audience_must_name_an_accepted_one(sources, audience):
    strict = verifier(sources, TokenRules(frozenset({"us"}), frozenset({"notifications"})))
    with pytest.raises(UnauthenticatedError):
        await strict.verify_request(bearer(token(iss="us", aud=audience)))


async def test_cookie_is_read_only_when_there_is_no_bearer_header(sources):
    checked = verifier(sources, cookie="AltinnStudioRuntime")
    cookie = f"a=b; AltinnStudioRuntime={token(**{'urn:altinn:org': 'nav'})}"
    assert (await checked.verify_request({"Cookie": cookie}))["urn:altinn:org"] == "nav"
    claims = await checked.verify_request({"Cookie": cookie} | bearer(token()))
    assert claims["urn:altinn:org"] == "ttd"
    with pytest.raises(UnauthenticatedError):
        await verifier(sources).verify_request({"Cookie": cookie})


@pytest.mark.parametrize("claim", ["urn:altinn:org", "urn:altinn:scope", "scope", "pid", "urn:altinn:userid"])
@pytest.mark.parametrize(
    "value", ["ttd\ud800", "\udfff", ["\ud800"], {"\udc00": 1}, [["a", {"b": "\ud800"}]]]
)
async def test_half_a_surrogate_pair_in_a_claim_is_refused(sources, claim, value):
    with pytest.raises(UnauthenticatedError):
        await verifier(sources).verify_request(bearer(token(**{claim: value})))


async def test_claims_that_nobody_reads_may_hold_anything(sources):
    await verifier(sources).verify_request(bearer(token(other="\ud800")))
    paired = await verifier(sources).verify_request(bearer(token(**{"urn:altinn:org": "\ud83d\ude00"})))
    assert paired["urn:altinn:org"] == "\U0001f600"
