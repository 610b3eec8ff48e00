"""Who is calling, and whether they may: 401 when no credential holds, 403 when it does not suffice.

The creator, the key that separates one organisation's orders from another's, comes only from the credential
that was verified and that satisfied the policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.auth.platform_token import PlatformTokenVerifier
from shared.auth.tokens import ORGANISATION, PLATFORM_SCOPE, SCOPE, BearerVerifier
from shared.auth.verification import Claims
from shared.runtime.errors import ForbiddenError, UnauthenticatedError


@dataclass(frozen=True, slots=True)
class Policy:
    """What a group of endpoints asks of its callers."""

    scope: str
    accepts_platform_token: bool = False


CREATE_OR_PLATFORM = Policy("altinn:serviceowner/notifications.create", accepts_platform_token=True)
COMPOSED = Policy("altinn:serviceowner/notifications.composedemail.create")
SUPPORT = Policy("altinn:notifications.support.admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authorised caller; `creator` is the organisation's short name, None when the credential has none.

    `scopes` are those of its bearer token; a platform token has none.
    """

    creator: str | None
    scopes: frozenset[str] = field(default=frozenset(), compare=False)

    def satisfies(self, policy: Policy) -> bool:
        """Whether the bearer token of the caller has the scope of a policy."""
        return policy.scope in self.scopes


class Authorizer:
    """Decides about a request from its headers alone."""

    def __init__(self, bearer: BearerVerifier, platform: PlatformTokenVerifier) -> None:
        self._bearer = bearer
        self._platform = platform

    async def authorize(self, headers: Mapping[str, str], policy: Policy, *others: Policy) -> Caller:
        """Return the caller if one of the policies is satisfied; looking up `headers` must ignore case.

        UnauthenticatedError when no credential holds or a platform token is presented that does not,
        ForbiddenError when a bearer token holds but lacks the scope, UnavailableError when its keys cannot be
        had. Both name the scope of the first policy.
        """
        try:
            issuer = await self._platform.verify_request(headers)
            if issuer is not None and any(each.accepts_platform_token for each in (policy, *others)):
                return Caller(issuer)
            claims = await self._bearer.verify_request(headers)
        except UnauthenticatedError as error:
            error.scope = policy.scope
            raise
        scopes = _scopes(claims)
        if scopes.isdisjoint(each.scope for each in (policy, *others)):
            raise ForbiddenError("The token does not have the scope that is needed.", policy.scope)
        creator = claims.get(ORGANISATION)
        return Caller(creator if isinstance(creator, str) else None, scopes)


def require_creator(caller: Caller) -> str:
    """Return the creator's short name; ForbiddenError when the credential names no organisation."""
    if caller.creator is None or not caller.creator.strip():
        raise ForbiddenError(f"The token does not name an organisation in its claim {ORGANISATION}.")
    return caller.creator


def _scopes(claims: Claims) -> frozenset[str]:
    value = claims.get(PLATFORM_SCOPE)
    if value is None:
        value = claims.get(SCOPE)
    if isinstance(value, str):
        return frozenset(value.split())
    if isinstance(value, list):
        return frozenset(scope for item in value if isinstance(item, str) for scope in item.split())
    return frozenset()
