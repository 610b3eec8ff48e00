"""What is remembered of tokens that held: for how long, in how many bytes, and with which keys."""

import time
import tracemalloc

import pytest

from shared.auth import verification
from shared.auth.verification import TokenHeader, TokenRules, VerifiedTokens, read_header
from shared.runtime.errors import UnauthenticatedError
from tests.support.issuer import bearer, rsa_key, token, verifier

NO_RULES = TokenRules()


HEADER = TokenHeader("RS256", "main")


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


async def test_token_is_verified_once_while_its_verdict_counts(sources, decoded):
    checked = verifier(sources)
    signed = token()
    for _ in range(3):
        await checked.verify_request(bearer(signed))
    assert decoded == [signed]


RULES = TokenRules(frozenset({"https://issuer"}), frozenset({"notifications"}))
GOOD = {"iss": "https://issuer", "aud": "notifications"}


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1}, "The token has expired."),
        ({"exp": None}, "The token does not say when it expires."),
        ({"nbf": 4_000_000_000}, "The token is not valid yet."),
        ({"iss": "https://secret.example"}, "The issuer of the token is not accepted."),
        ({"aud": "secret"}, "The token is for another audience."),
        ({"key": rsa_key("stranger")}, "The token is not signed with a key of its issuer."),
    ],
)
@pytest.mark.parametrize("names", [["main", "other"], ["other", "main"]])
def test_reason_is_told_in_plain_words_wherever_the_fitting_key_is(claims, reason, names):
    keys = [rsa_key(name).public_key() for name in names]
    with pytest.raises(UnauthenticatedError) as refused:
        VerifiedTokens(()).claims_of(token(**GOOD | claims), HEADER, keys, RULES)
    assert str(refused.value) == reason


@pytest.mark.parametrize("text", ["nonsense", "a.b.c", "x" * 20_000])
def test_reason_never_quotes_the_token(text):
    with pytest.raises(UnauthenticatedError) as refused:
        read_header(text)
    assert text not in str(refused.value)


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
