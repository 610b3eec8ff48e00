"""The bearer token of a caller: where it is in a request, and whether it is genuine."""

from collections.abc import Mapping

from shared.auth.signing_keys import OpenIdKeys
from shared.auth.verification import Claims, TokenRules, VerifiedTokens, read_header, verify
from shared.runtime.errors import UnauthenticatedError

_SCHEME = "bearer"


class BearerVerifier:
    """Verifies the bearer tokens of one OpenID provider; tokens verified before are remembered."""

    def __init__(self, keys: OpenIdKeys, rules: TokenRules, *, cookie_name: str = "") -> None:
        self._keys = keys
        self._rules = rules
        self._cookie_name = cookie_name
        self._verified = VerifiedTokens()

    async def verify_request(self, headers: Mapping[str, str]) -> Claims:
        """Return the claims of the request's token.

        UnauthenticatedError when there is none or it does not hold, UnavailableError when its keys cannot be
        had. Looking up `headers` must ignore case.
        """
        token = self._token(headers)
        if not token:
            raise UnauthenticatedError("no bearer token")
        known = self._verified.get(token)
        if known is not None:
            return known
        header = read_header(token)
        claims = verify(token, header.algorithm, await self._keys.keys_for(header), self._rules)
        self._verified.put(token, claims)
        return claims

    def _token(self, headers: Mapping[str, str]) -> str:
        scheme, _, token = (headers.get("Authorization") or "").strip().partition(" ")
        if scheme.lower() == _SCHEME:
            return token.strip()
        return _cookie(headers.get("Cookie") or "", self._cookie_name) if self._cookie_name else ""


def _cookie(header: str, wanted: str) -> str:
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted:
            return value.strip('"')
    return ""
