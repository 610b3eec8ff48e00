"""Keys of the OpenID provider: when they are fetched, how long they serve, what happens while it is down."""

import asyncio

import pytest

from shared.auth import key_fetch, verification
from shared.auth.signing_keys import OpenIdKeys
from shared.auth.tokens import BearerVerifier
from shared.auth.verification import TokenHeader, TokenRules
from shared.runtime.errors import UnauthenticatedError, UnavailableError
from tests.support.issuer import bearer, rsa_key, token, verifier

NO_RULES = TokenRules()


HEADER = TokenHeader("RS256", "main")


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


async def test_key_document_that_is_too_large_is_not_read(sources, monkeypatch):
    monkeypatch.setattr(key_fetch, "_MAX_BYTES", 100)
    with pytest.raises(UnavailableError, match="too much"):
        await verifier(sources).verify_request(bearer(token()))
