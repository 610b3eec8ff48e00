"""Policies, 401 against 403, and where the creator comes from."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from shared.auth import certificates
from shared.auth.caller import (
    COMPOSED,
    CREATE_OR_PLATFORM,
    SUPPORT,
    Authorizer,
    Caller,
    require_creator,
)
from shared.auth.certificates import VaultCertificates
from shared.auth.platform_token import PlatformTokenVerifier
from shared.auth.signing_keys import OpenIdKeys
from shared.auth.tokens import BearerVerifier
from shared.auth.verification import TokenRules
from shared.runtime.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from tests.support.issuer import CREATE, KeySources, PassingTime, certificate, rsa_key, token

COMPOSED_SCOPE = "altinn:serviceowner/notifications.composedemail.create"


@pytest.fixture
def clock() -> PassingTime:
    """The time of the cache of certificates."""
    return PassingTime()


def authorizer(
    sources: KeySources,
    issuers: frozenset[str] = frozenset(),
    *,
    seconds: Callable[[], float] = time.monotonic,
) -> Authorizer:
    vault = VaultCertificates(sources.base, allow_insecure=True, seconds=seconds)
    return Authorizer(
        BearerVerifier(OpenIdKeys(sources.well_known, allow_insecure=True), TokenRules()),
        PlatformTokenVerifier(vault, issuers),
    )


def platform_token(issuer: str = "digdir", **claims: object) -> str:
    return token(key=rsa_key("digdir"), kid=None, iss=issuer, scope=None, **claims)


def headers(bearer: str | None = None, platform: str | None = None) -> dict[str, str]:
    sent = {} if bearer is None else {"Authorization": f"bearer {bearer}"}
    return sent if platform is None else sent | {"PlatformAccessToken": platform}


@pytest.fixture
def trusted(sources: KeySources) -> KeySources:
    sources.trust("digdir", certificate("digdir"))
    return sources


async def test_bearer_with_scope_names_the_organisation(sources):
    caller = await authorizer(sources).authorize(headers(token()), CREATE_OR_PLATFORM)
    assert caller == Caller("ttd")
    assert require_creator(caller) == "ttd"


@pytest.mark.parametrize("policy", [CREATE_OR_PLATFORM, COMPOSED, SUPPORT])
async def test_scope_is_compared_exactly_and_per_policy(sources, policy):
    check = authorizer(sources)
    await check.authorize(headers(token(scope=f"openid {policy.scope}")), policy)
    await check.authorize(headers(token(scope=["openid", policy.scope])), policy)
    others = {CREATE_OR_PLATFORM.scope, COMPOSED.scope, SUPPORT.scope} - {policy.scope}
    for scope in (*others, policy.scope.upper(), policy.scope + "x", "", None, 7):
        with pytest.raises(ForbiddenError):
            await check.authorize(headers(token(scope=scope)), policy)


async def test_platform_scope_claim_replaces_the_oauth_claim(sources):
    check = authorizer(sources)
    await check.authorize(headers(token(scope=None, **{"urn:altinn:scope": CREATE})), CREATE_OR_PLATFORM)
    with pytest.raises(ForbiddenError):
        await check.authorize(headers(token(**{"urn:altinn:scope": "other"})), CREATE_OR_PLATFORM)


@pytest.mark.parametrize("organisation", [None, "", "  ", 5])
async def test_without_organisation_there_is_no_creator(sources, organisation):
    caller = await authorizer(sources).authorize(
        headers(token(**{"urn:altinn:org": organisation})), CREATE_OR_PLATFORM
    )
    with pytest.raises(ForbiddenError):
        require_creator(caller)


async def test_nothing_presented_is_unauthenticated(sources):
    for sent in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}, headers(platform="  ")):
        with pytest.raises(UnauthenticatedError):
            await authorizer(sources).authorize(sent, CREATE_OR_PLATFORM)


async def test_both_refusals_name_the_scope_that_is_needed(sources):
    check = authorizer(sources)
    with pytest.raises(UnauthenticatedError) as absent:
        await check.authorize({}, COMPOSED)
    assert (absent.value.scope, absent.value.presented) == (COMPOSED.scope, False)
    with pytest.raises(UnauthenticatedError) as late:
        await check.authorize(headers(token(exp=1)), SUPPORT)
    assert (late.value.scope, late.value.presented) == (SUPPORT.scope, True)
    with pytest.raises(ForbiddenError) as other:
        await check.authorize(headers(token()), SUPPORT)
    assert other.value.scope == SUPPORT.scope


async def test_one_of_two_policies_suffices_and_the_caller_says_which(sources, trusted):
    check = authorizer(sources)
    for scope, is_support in ((CREATE, False), (SUPPORT.scope, True), (f"{CREATE} {SUPPORT.scope}", True)):
        caller = await check.authorize(headers(token(scope=scope)), CREATE_OR_PLATFORM, SUPPORT)
        assert caller.satisfies(SUPPORT) is is_support
    with pytest.raises(ForbiddenError) as refused:
        await check.authorize(headers(token(scope="other")), CREATE_OR_PLATFORM, SUPPORT)
    assert refused.value.scope == CREATE
    app = await authorizer(trusted).authorize(headers(platform=platform_token()), SUPPORT, CREATE_OR_PLATFORM)
    assert (app.creator, app.satisfies(SUPPORT)) == ("digdir", False)


async def test_reason_says_which_of_two_credentials_does_not_hold(trusted):
    with pytest.raises(UnauthenticatedError, match=r"^PlatformAccessToken: The token has expired\.$"):
        await authorizer(trusted).authorize(headers(token(), platform_token(exp=1)), CREATE_OR_PLATFORM)


async def test_platform_token_alone_names_its_issuer(trusted):
    caller = await authorizer(trusted).authorize(headers(platform=platform_token()), CREATE_OR_PLATFORM)
    assert caller == Caller("digdir")


async def test_platform_token_satisfies_only_policies_that_accept_it(trusted):
    check = authorizer(trusted)
    with pytest.raises(UnauthenticatedError):
        await check.authorize(headers(platform=platform_token()), COMPOSED)
    caller = await check.authorize(headers(token(scope=COMPOSED_SCOPE), platform_token()), COMPOSED)
    assert caller.creator == "ttd"


async def test_s1_w40_forged_platform_token_does_not_lend_an_identity(trusted):
    check = authorizer(trusted)
    signed_by_other = token(key=rsa_key("stranger"), kid=None, iss="digdir", scope=None)
    head, body, _ = platform_token().split(".")
    good = platform_token()
    forged = [
        signed_by_other, f"{head}.{body}.", "not a token", f"{good},{good}", platform_token(issuer="unknown"),
        platform_token(issuer="../keys"), platform_token(exp=None), platform_token(exp=int(time.time()) - 11),
        token(key=rsa_key("digdir"), kid=None, scope=None),
    ]  # fmt: skip
    for platform in forged:
        for policy, bearer in ((CREATE_OR_PLATFORM, token()), (COMPOSED, token(scope=COMPOSED_SCOPE))):
            with pytest.raises(UnauthenticatedError):
                await check.authorize(headers(bearer, platform), policy)


async def test_platform_token_is_allowed_ten_seconds_of_skew(trusted):
    late = platform_token(exp=int(time.time()) - 5)
    assert (
        await authorizer(trusted).authorize(headers(platform=late), CREATE_OR_PLATFORM)
    ).creator == "digdir"


async def test_platform_issuer_allow_list(trusted):
    trusted.trust("other", certificate("other", key=rsa_key("digdir")))
    check = authorizer(trusted, frozenset({"digdir"}))
    await check.authorize(headers(platform=platform_token()), CREATE_OR_PLATFORM)
    with pytest.raises(UnauthenticatedError):
        await check.authorize(headers(platform=platform_token(issuer="other")), CREATE_OR_PLATFORM)


async def test_expired_certificate_is_no_key(sources):
    sources.trust("digdir", certificate("digdir", days=-1))
    with pytest.raises(UnauthenticatedError):
        await authorizer(sources).authorize(headers(platform=platform_token()), CREATE_OR_PLATFORM)


async def test_certificates_and_misses_are_cached(trusted):
    check = authorizer(trusted)
    for number in range(3):
        await check.authorize(headers(platform=platform_token(jti=str(number))), CREATE_OR_PLATFORM)
        with pytest.raises(UnauthenticatedError):
            await check.authorize(headers(platform=platform_token(issuer="unknown")), CREATE_OR_PLATFORM)
    assert len(trusted.asked) == 2


async def test_vault_down_is_unavailable_unless_a_certificate_is_known(trusted, clock):
    check = authorizer(trusted, seconds=clock)
    trusted.down = True
    with pytest.raises(UnavailableError):
        await check.authorize(headers(token(), platform_token()), CREATE_OR_PLATFORM)
    trusted.down = False
    await check.authorize(headers(platform=platform_token()), CREATE_OR_PLATFORM)
    trusted.down = True
    clock.now += 301
    await check.authorize(headers(platform=platform_token(jti="later")), CREATE_OR_PLATFORM)


async def test_spellings_of_an_issuer_are_one_creator(trusted):
    """A key vault ignores case, so all of them have one certificate."""
    check = authorizer(trusted)
    for issuer in ("digdir", "DIGDIR", "dIgDiR"):
        caller = await check.authorize(headers(platform=platform_token(issuer=issuer)), CREATE_OR_PLATFORM)
        assert caller.creator == "digdir"
    assert len(trusted.asked) == 1


async def test_spellings_do_not_pass_the_allow_list_by(trusted):
    check = authorizer(trusted, frozenset({"DigDir"}))
    for issuer in ("digdir", "DIGDIR"):
        await check.authorize(headers(platform=platform_token(issuer=issuer)), CREATE_OR_PLATFORM)
    for issuer in ("d\u0131gdir", "digdir ", " digdir", "digdi\u212a", "", "digdir\ud800", "other"):
        with pytest.raises(UnauthenticatedError):
            await check.authorize(headers(platform=platform_token(issuer=issuer)), CREATE_OR_PLATFORM)
    assert len(trusted.asked) == 1


async def test_organisation_of_a_bearer_token_is_taken_as_it_is_written(sources):
    """As the reference system does, where `ttd` and `TTD` do not see each other's orders."""
    for name in ("ttd", "TTD"):
        sent = headers(token(**{"urn:altinn:org": name}))
        assert (await authorizer(sources).authorize(sent, CREATE_OR_PLATFORM)).creator == name


@pytest.mark.parametrize("successor", [None, "stranger"])
async def test_certificate_that_is_removed_takes_its_verified_tokens_along(trusted, clock, successor):
    check = authorizer(trusted, seconds=clock)
    sent = headers(platform=platform_token())
    await check.authorize(sent, CREATE_OR_PLATFORM)
    trusted.secrets.clear()
    clock.now += 301
    if successor is not None:
        trusted.trust("digdir", certificate("digdir", key=rsa_key(successor)))
    with pytest.raises(UnauthenticatedError):
        await check.authorize(sent, CREATE_OR_PLATFORM)


async def test_secret_that_an_operator_disables_counts_as_removed(trusted, clock):
    check = authorizer(trusted, seconds=clock)
    sent = headers(platform=platform_token())
    await check.authorize(sent, CREATE_OR_PLATFORM)
    trusted.disabled = True
    clock.now += 301
    with pytest.raises(UnauthenticatedError):
        await check.authorize(sent, CREATE_OR_PLATFORM)


async def test_certificate_that_expires_takes_its_verified_tokens_along(trusted, monkeypatch):
    check = authorizer(trusted)
    sent = headers(platform=platform_token(exp=int(time.time()) + 10**8))
    await check.authorize(sent, CREATE_OR_PLATFORM)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=31)

    monkeypatch.setattr(certificates, "datetime", Later)
    with pytest.raises(UnauthenticatedError):
        await check.authorize(sent, CREATE_OR_PLATFORM)


async def test_old_certificate_does_not_serve_for_ever(trusted, clock):
    check = authorizer(trusted, seconds=clock)
    sent = headers(platform=platform_token())
    await check.authorize(sent, CREATE_OR_PLATFORM)
    trusted.down = True
    clock.now += 12 * 3600
    with pytest.raises(UnavailableError):
        await check.authorize(sent, CREATE_OR_PLATFORM)


async def test_without_a_vault_no_platform_token_is_accepted(sources):
    check = Authorizer(
        BearerVerifier(OpenIdKeys(sources.well_known, allow_insecure=True), TokenRules()),
        PlatformTokenVerifier(VaultCertificates("")),
    )
    with pytest.raises(UnauthenticatedError):
        await check.authorize(headers(platform=platform_token()), CREATE_OR_PLATFORM)
