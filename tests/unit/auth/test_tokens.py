"""Bearer tokens: what makes one genuine, and how often the key source is asked."""

import asyncio
import time
import tracemalloc
from collections.abc import Callable

import jwt
import pytest

from shared.auth import key_fetch, verification
from shared.auth.signing_keys import OpenIdKeys
from shared.auth.tokens import BearerVerifier
from shared.auth.verification import TokenHeader, TokenRules, VerifiedTokens, read_header
from shared.runtime.errors import UnauthenticatedError, UnavailableError
from tests.support.issuer import KeySources, PassingTime, ec_key, rsa_key, token

NO_RULES = TokenRules()
HEADER = TokenHeader("RS256", "main")


@pytest.fixture
def clock() -> PassingTime:
    """The time of the caches of keys."""
    return PassingTime()


def verifier(
    sources: KeySources,
    rules: TokenRules = NO_RULES,
    cookie: str = "",
    *,
    seconds: Callable[[], float] = time.monotonic,
) -> BearerVerifier:
    keys = OpenIdKeys(sources.well_known, allow_insecure=True, seconds=seconds)
    return BearerVerifier(keys, rules, cookie_name=cookie)


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


async def test_unknown_key_id_refreshes_but_not_in_a_flood(sources, clock):
    checked = verifier(sources, seconds=clock)
    await checked.verify_request(bearer(token()))
    clock.now += 31
    sources.keys["next"] = rsa_key("next")
    await checked.verify_request(bearer(token(key=rsa_key("next"), kid="next")))
    asked = len(sources.asked)
    clock.now += 29
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


async def test_old_keys_serve_on_while_the_source_is_down(sources, clock):
    checked = verifier(sources, seconds=clock)
    await checked.verify_request(bearer(token()))
    sources.down = True
    clock.now += 301
    await checked.verify_request(bearer(token(jti="fresh")))


async def test_unknown_key_id_is_not_judged_while_the_source_is_down(sources, clock):
    checked = verifier(sources, seconds=clock)
    await checked.verify_request(bearer(token()))
    sources.down = True
    clock.now += 31
    with pytest.raises(UnavailableError):
        await checked.verify_request(bearer(token(kid="unknown")))


async def test_plain_http_is_refused_unless_allowed(sources):
    checked = BearerVerifier(OpenIdKeys(sources.well_known), TokenRules())
    with pytest.raises(UnavailableError, match="https"):
        await checked.verify_request(bearer(token()))


async def test_known_token_needs_no_key_source(sources):
    checked = verifier(sources)
    signed = token()
    await checked.verify_request(bearer(signed))
    sources.down = True
    assert (await checked.verify_request(bearer(signed)))["urn:altinn:org"] == "ttd"


def expensive(number: int) -> dict[str, object]:
    """Claims of which a token of 16 kB has as many objects as it can."""
    return {"jti": str(number), "odd": [[]] * 3500, "scope": ["a"] * 1200}


async def test_remembered_tokens_are_bounded_in_bytes(sources):
    remembered = VerifiedTokens(("scope", "urn:altinn:org"), capacity=100_000)
    key = rsa_key("main").public_key()
    signed = [token(**expensive(number)) for number in range(60)]
    assert len(signed[0]) > 15_000
    tracemalloc.start()
    for value in signed:
        assert remembered.claims_of(value, HEADER, [key], NO_RULES)["scope"] == ["a"] * 1200
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 90_000 < remembered.verdicts.weight <= 100_000
    assert taken < 250_000  # 60 of them took 8 MB as objects


def test_counted_bytes_are_those_that_are_taken(monkeypatch):
    signed = [token(jti=str(number)) for number in range(500)]
    key = rsa_key("main").public_key()
    remembered = VerifiedTokens(("urn:altinn:org",))
    remembered.claims_of(token(), HEADER, [key], NO_RULES)
    tracemalloc.start()
    before = remembered.verdicts.weight
    for value in signed:
        remembered.claims_of(value, HEADER, [key], NO_RULES)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken <= remembered.verdicts.weight - before


@pytest.mark.parametrize(("character", "count"), [("k", 10_000), ("\u00e6", 1700), ("\U0001f600", 900)])
def test_long_key_ids_count(character, count):
    kid = character * count
    key = rsa_key("main").public_key()
    signed = [token(kid=kid, jti=str(number)) for number in range(30)]
    remembered = VerifiedTokens((), capacity=100_000)
    tracemalloc.start()
    for value in signed:
        remembered.claims_of(value, read_header(value), [key], NO_RULES)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 50_000 < remembered.verdicts.weight <= 100_000
    assert taken < remembered.verdicts.weight + 20_000  # the last token and what else the test keeps


def test_one_token_that_is_too_large_to_remember_still_holds():
    remembered = VerifiedTokens(("scope",), capacity=1000)
    key = rsa_key("main").public_key()
    for _ in range(2):
        claims = remembered.claims_of(token(scope="x" * 5000), HEADER, [key], NO_RULES)
        assert claims["scope"] == "x" * 5000
        assert remembered.verdicts.weight == 0


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The tokens whose signature was checked."""
    checked: list[str] = []
    real = jwt.decode

    def noted(value, *args, **options):
        checked.append(value)
        return real(value, *args, **options)

    monkeypatch.setattr(jwt, "decode", noted)
    return checked


async def test_token_is_verified_once_while_its_verdict_counts(sources, decoded):
    checked = verifier(sources)
    signed = token()
    for _ in range(3):
        await checked.verify_request(bearer(signed))
    assert decoded == [signed]


@pytest.mark.parametrize("left", [60, 200])
async def test_verdict_ends_with_the_token(sources, monkeypatch, decoded, left):
    checked = verifier(sources)
    signed = token(exp=int(time.time()) + left)
    await checked.verify_request(bearer(signed))
    later = time.time() + left + 1
    monkeypatch.setattr(verification.time, "time", lambda: later)
    await checked.verify_request(bearer(signed))
    assert decoded == [signed] * 2  # the library that judges it has its own clock


async def test_verdict_counts_for_minutes_however_long_the_token_lives(sources, monkeypatch, decoded):
    checked = verifier(sources)
    signed = token(exp=int(time.time()) + 10**9)
    await checked.verify_request(bearer(signed))
    monkeypatch.setattr(verification, "VERDICT_SECONDS", 0.0)
    await checked.verify_request(bearer(signed))
    assert decoded == [signed] * 2


async def test_what_is_over_makes_room_for_the_next(monkeypatch):
    remembered = VerifiedTokens(())
    key = rsa_key("main").public_key()
    for number in range(20):
        remembered.claims_of(token(jti=str(number)), HEADER, [key], NO_RULES)
    size = remembered.verdicts.weight
    monkeypatch.setattr(verification, "VERDICT_SECONDS", 0.0)
    remembered.claims_of(token(jti="later"), HEADER, [key], NO_RULES)
    assert (size > 0, remembered.verdicts.weight) == (True, 0)


@pytest.mark.parametrize("kid", ["main", None])
async def test_key_that_leaves_takes_its_verified_tokens_along(sources, clock, kid):
    """Whether another key has come in its place, under its name or another."""
    checked = verifier(sources, seconds=clock)
    signed = token(kid=kid)
    await checked.verify_request(bearer(signed))
    sources.keys = {"main": rsa_key("next"), "other": rsa_key("third")}
    await checked.verify_request(bearer(signed))  # not noticed yet
    clock.now += 301
    with pytest.raises(UnauthenticatedError):
        await checked.verify_request(bearer(signed))
    sources.keys["main"] = rsa_key("main")
    clock.now += 301
    await checked.verify_request(bearer(signed))


async def test_key_that_stays_keeps_its_verified_tokens(sources, clock, decoded):
    checked = verifier(sources, seconds=clock)
    signed = token()
    for _ in range(3):
        await checked.verify_request(bearer(signed))
        clock.now += 301
    assert decoded == [signed]
    assert sources.asked.count("/jwks") == 3


async def test_keys_are_asked_for_again_after_minutes(sources, clock):
    checked = verifier(sources, seconds=clock)
    for _ in range(2):
        await checked.verify_request(bearer(token()))
        clock.now += 600
    assert sources.asked.count("/jwks") == 2
    assert verification.VERDICT_SECONDS <= 600


async def test_old_keys_do_not_serve_for_ever(sources, clock):
    checked = verifier(sources, seconds=clock)
    signed = token()
    await checked.verify_request(bearer(signed))
    sources.down = True
    clock.now += 301
    await checked.verify_request(bearer(signed))
    clock.now += 12 * 3600
    with pytest.raises(UnavailableError):
        await checked.verify_request(bearer(signed))


async def test_source_that_is_down_is_asked_once_in_a_while(sources, clock):
    checked = verifier(sources, seconds=clock)
    await checked.verify_request(bearer(token()))
    sources.down = True
    clock.now += 301
    asked = len(sources.asked)
    for number in range(10):
        await checked.verify_request(bearer(token(jti=str(number))))
    assert len(sources.asked) == asked + 1


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


async def test_key_document_that_is_too_large_is_not_read(sources, monkeypatch):
    monkeypatch.setattr(key_fetch, "_MAX_BYTES", 100)
    with pytest.raises(UnavailableError, match="too much"):
        await verifier(sources).verify_request(bearer(token()))
