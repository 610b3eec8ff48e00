"""The platform access token, by which an application on the platform identifies itself.

The issuer of a token counts only after the token verified against the certificate of that issuer. A header
that is present and does not verify fails the request, whatever else the request carries. Otherwise a caller
with a valid bearer token could pass for any organisation by adding an unsigned token.
"""

from collections.abc import Mapping

from shared.auth.certificates import VaultCertificates
from shared.auth.verification import TokenRules, VerifiedTokens, read_header, unverified_issuer
from shared.runtime.errors import UnauthenticatedError

HEADER = "PlatformAccessToken"
_ISSUER = "iss"
_SKEW_SECONDS = 10


class PlatformTokenVerifier:
    """Verifies platform access tokens; with empty `issuers` every issuer that has a certificate may call.

    Names in a key vault ignore case, so `ttd` and `TTD` have one certificate. They are one issuer, in lower
    case, which is how short names of organisations are written.
    """

    def __init__(self, certificates: VaultCertificates, issuers: frozenset[str] = frozenset()) -> None:
        self._certificates = certificates
        self._issuers = frozenset(issuer.lower() for issuer in issuers)
        self._verified = VerifiedTokens((_ISSUER,))

    async def verify_request(self, headers: Mapping[str, str]) -> str | None:
        """Return the issuer of the request's platform token in lower case, None when there is no token.

        UnauthenticatedError when the header does not hold exactly one valid token, UnavailableError when the
        issuer's certificate cannot be had, TooManyRequestsError when too many unknown issuers were asked for.
        Looking up `headers` must ignore case.
        """
        token = (headers.get(HEADER) or "").strip()
        if not token:
            return None
        try:
            return await self._issuer_of(token)
        except UnauthenticatedError as error:
            raise UnauthenticatedError(f"{HEADER}: {error}") from error

    async def _issuer_of(self, token: str) -> str:
        known = self._verified.seen(token)
        if known is None:
            header, written = read_header(token), unverified_issuer(token) or ""
        else:
            header, written = known.header, str(known.claims[_ISSUER])
        issuer = written.lower()
        if not written.isascii() or (self._issuers and issuer not in self._issuers):
            raise UnauthenticatedError("The issuer of the token is not accepted.")
        key = await self._certificates.key_of(issuer, is_listed=bool(self._issuers))
        if key is None:
            raise UnauthenticatedError("The issuer of the token has no certificate.")
        rules = TokenRules(frozenset({written}), skew_seconds=_SKEW_SECONDS)
        self._verified.claims_of(token, header, [key], rules)
        return issuer
