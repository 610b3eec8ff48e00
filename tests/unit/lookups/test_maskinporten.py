import asyncio
import base64
import json
from functools import cache
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.lookups.http_client import HttpClient, NoAnswerError
from shared.lookups.maskinporten import MaskinportenTokens, TokenUnavailableError
from shared.runtime.breaker import Breaker, CircuitOpenError
from tests.support.peer import always, in_turn, never, response, serving


@cache
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encoded(document):
    return base64.b64encode(json.dumps(document).encode()).decode()


@cache
def encoded_jwk():
    return encoded(jwt.algorithms.RSAAlgorithm.to_jwk(key(), as_dict=True) | {"kid": "key-1"})


def granted(token, expires_in=120):
    body = {"access_token": token, "expires_in": expires_in, "token_type": "Bearer", "scope": "s"}
    return response(200, json.dumps(body).encode())


@pytest.fixture
def http():
    client = HttpClient(public_only=False, insecure_local=True, threads=2)
    yield client
    client.close()


class Time:
    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Time()


def tokens_of(peer, http, clock, **others):
    values = {
        "token_endpoint": f"{peer.url}/token",
        "audience": "https://issuer.example/",
        "client_id": "client-1",
        "scope": "altinn:system/notifications.condition.check",
        "encoded_jwk": encoded_jwk(),
        "http": http,
        "wall_clock": clock,
        "clock": clock,
    }
    return MaskinportenTokens(**(values | others))


async def test_the_grant_carries_what_the_issuer_checks(http, clock):
    async with serving(always(200, b'{"access_token": "t", "expires_in": 120}')) as peer:
        await tokens_of(peer, http, clock).token()
        await tokens_of(peer, http, clock).token()
    first, second = peer.received
    assert (first.method, first.target) == ("POST", "/token")
    assert first.headers["content-type"] == "application/x-www-form-urlencoded"
    assert first.headers["accept"] == "application/json"
    claims, header = opened(first)
    assert header == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
    jti = claims.pop("jti")
    assert claims == {
        "aud": "https://issuer.example/",
        "iss": "client-1",
        "scope": "altinn:system/notifications.condition.check",
        "iat": 1_700_000_000,
        "exp": 1_700_000_010,
    }
    assert opened(second)[0]["jti"] != jti


def opened(received):
    form = parse_qs(received.body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    [assertion] = form["assertion"]
    claims = jwt.decode(
        assertion,
        key().public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_aud": False},
    )
    return claims, jwt.get_unverified_header(assertion)


async def test_a_token_is_kept_until_five_seconds_before_it_expires(http, clock):
    async with serving(in_turn(granted("one"), granted("two"))) as peer:
        tokens = tokens_of(peer, http, clock)
        assert await tokens.token() == "one"
        clock.now += 114.9
        assert await tokens.token() == "one"
        clock.now += 0.1
        assert await tokens.token() == "two"


async def test_one_fetch_serves_everybody_who_waits(http, clock):
    async with serving(in_turn(granted("one"), granted("two"))) as peer:
        tokens = tokens_of(peer, http, clock)
        assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"one"}
        assert len(peer.received) == 1
        replaced = await asyncio.gather(*(tokens.replacement("one") for _ in range(20)))
        assert set(replaced) == {"two"}
        assert await tokens.replacement("one") == "two"
        assert len(peer.received) == 2


async def test_somebody_giving_up_does_not_take_the_token_from_the_others(http, clock):
    released = asyncio.Event()

    async def answer(_received, writer):
        await released.wait()
        writer.write(granted("one"))

    async with serving(answer) as peer:
        tokens = tokens_of(peer, http, clock)
        impatient, patient = asyncio.create_task(tokens.token()), asyncio.create_task(tokens.token())
        await asyncio.wait_for(peer.asked.wait(), 5)
        impatient.cancel()
        released.set()
        assert await patient == "one"
        assert impatient.cancelled() or impatient.cancelling()
        assert len(peer.received) == 1


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, b'{"error": "invalid_grant", "error_description": "Secret detail"}', "400 invalid_grant"),
        (500, b"<html>", "500 without a token"),
        (200, b"{}", "200 without a token"),
        (200, b'{"access_token": "", "expires_in": 10}', "200 without a token"),
        (200, b'{"access_token": "t", "expires_in": "10"}', "200 without a token"),
        (403, b'{"access_token": "t", "expires_in": 10}', "403 without a token"),
        (200, b"[" * 60_000, "200 without a token"),
    ],
)
async def test_anything_but_a_grant_is_no_token(http, clock, status, body, says):
    async with serving(in_turn(response(status, body), granted("later"))) as peer:
        tokens = tokens_of(peer, http, clock)
        with pytest.raises(TokenUnavailableError, match=says) as caught:
            await tokens.token()
        assert "Secret" not in str(caught.value)
        assert await tokens.token() == "later"


async def test_an_issuer_that_is_down_is_left_alone_for_a_while(http, clock):
    async with serving(in_turn(response(503), response(503), granted("one"))) as peer:
        tokens = tokens_of(peer, http, clock, breaker=Breaker(failures=2, open_seconds=30, clock=clock))
        for _ in range(2):
            with pytest.raises(TokenUnavailableError):
                await tokens.token()
        with pytest.raises(CircuitOpenError):
            await tokens.token()
        assert len(peer.received) == 2
        clock.now += 30
        assert await tokens.token() == "one"


async def test_a_failing_fetch_that_nobody_waits_for_is_no_unhandled_error(http, clock):
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    async with serving(never) as peer:
        call = asyncio.create_task(tokens_of(peer, http, clock).token())
        await asyncio.wait_for(peer.asked.wait(), 5)
        call.cancel()
        fetches = asyncio.all_tasks() - {asyncio.current_task(), call}
    with pytest.raises(asyncio.CancelledError):
        await call
    outcomes = await asyncio.gather(*fetches, return_exceptions=True)
    assert any(isinstance(outcome, NoAnswerError) for outcome in outcomes)
    assert complaints == []


@pytest.mark.parametrize(
    "broken",
    [
        "not base64!",
        base64.b64encode(b"not json").decode(),
        encoded([]),
        encoded({"kty": "RSA", "n": "AQAB"}),
        encoded(jwt.algorithms.RSAAlgorithm.to_jwk(key().public_key(), as_dict=True)),
        encoded(jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)),
    ],
    ids=["base64", "json", "list", "incomplete", "public", "elliptic"],
)
async def test_a_key_that_cannot_sign_is_named_by_its_setting_at_every_call_and_not_quoted(
    http, clock, broken
):
    async with serving(always(200, b"{}")) as peer:
        tokens = tokens_of(peer, http, clock, encoded_jwk=broken, breaker=Breaker(failures=1, clock=clock))
        for _ in range(3):
            with pytest.raises(TokenUnavailableError, match="MASKINPORTEN_ENCODED_JWK") as caught:
                await tokens.token()
            assert broken not in str(caught.value)
            assert caught.value.__cause__ is None
        assert peer.received == []
