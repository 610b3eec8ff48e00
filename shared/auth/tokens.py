"""The bearer token of a caller: where it is in a request, and whether it is genuine."""

from collections.abc import Mapping

from shared.auth.signing_keys import OpenIdKeys
from shared.auth.verification import Claims, TokenRules, VerifiedTokens, read_header
from shared.runtime.errors import UnauthenticatedError

ORGANISATION = "urn:altinn:org"
SCOPE = "scope"
PLATFORM_SCOPE = "urn:altinn:scope"  # set for federated identities, and then instead of the OAuth claim
PID = "pid"
USER = "urn:altinn:userid"
_USED = (ORGANISATION, SCOPE, PLATFORM_SCOPE, PID, USER)
_SCHEME = "bearer"


class BearerVerifier:
    """Verifies the bearer tokens of one OpenID provider; tokens verified before are remembered."""

    def __init__(self, keys: OpenIdKeys, rules: TokenRules, *, cookie_name: str = "") -> None:
        self._keys = keys
        self._rules = rules
        self._cookie_name = cookie_name
        self._verified = VerifiedTokens(_USED)

    async def verify_request(self, headers: Mapping[str, str]) -> Claims:
        """Return the claims of the request's token that are named above.

        UnauthenticatedError when there is none or it does not hold, UnavailableError when its keys cannot be
        had. Looking up `headers` must ignore case.
        """
        token = bearer_in(headers)
        if token is None:
            token = cookie_in(headers, self._cookie_name)
        if not token:
            raise UnauthenticatedError("There is no bearer token.", presented=False)
        known = self._verified.seen(token)
        header = read_header(token) if known is None else known.header
        keys = await self._keys.keys_for(header)
        return self._verified.claims_of(token, header, keys, self._rules)


def bearer_in(headers: Mapping[str, str]) -> str | None:
    """Return the bearer token of the Authorization header, None when there is no such header or scheme."""
    scheme, _, token = (headers.get("Authorization") or "").strip().partition(" ")
    return token.strip() if scheme.lower() == _SCHEME else None


def cookie_in(headers: Mapping[str, str], wanted: str) -> str:
    """Return the value of a cookie, empty when there is none of this name."""
    for pair in (headers.get("Cookie") or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if wanted and name == wanted:
            return value.strip('"')
    return ""
