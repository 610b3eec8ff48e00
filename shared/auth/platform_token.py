"""The platform access token, by which an application on the platform identifies itself.

The issuer of a token counts only after the token verified against the certificate of that issuer. A header
that is present and does not verify fails the request, whatever else the request carries. Otherwise a caller
with a valid bearer token could pass for any organisation by adding an unsigned token.
"""

from collections.abc import Mapping

from shared.auth.certificates import VaultCertificates
from shared.auth.verification import TokenRules, VerifiedTokens, read_header, unverified_issuer, verify
from shared.runtime.errors import UnauthenticatedError

HEADER = "PlatformAccessToken"
_SKEW_SECONDS = 10


class PlatformTokenVerifier:
    """Verifies platform access tokens; with empty `issuers` every issuer that has a certificate may call."""

    def __init__(self, certificates: VaultCertificates, issuers: frozenset[str] = frozenset()) -> None:
        self._certificates = certificates
        self._issuers = issuers
        self._verified = VerifiedTokens()

    async def verify_request(self, headers: Mapping[str, str]) -> str | None:
        """Return the issuer of the request's platform token, None when the request carries none.

        UnauthenticatedError when the header does not hold exactly one valid token, UnavailableError when the
        issuer's certificate cannot be had. Looking up `headers` must ignore case.
        """
        token = (headers.get(HEADER) or "").strip()
        if not token:
            return None
        claims = self._verified.get(token)
        if claims is not None:
            return str(claims["iss"])
        header = read_header(token)
        issuer = unverified_issuer(token)
        if not issuer or (self._issuers and issuer not in self._issuers):
            raise UnauthenticatedError("platform token issuer not accepted")
        key = await self._certificates.key_of(issuer)
        if key is None:
            raise UnauthenticatedError("platform token issuer has no certificate")
        claims = verify(
            token, header.algorithm, [key], TokenRules(frozenset({issuer}), skew_seconds=_SKEW_SECONDS)
        )
        self._verified.put(token, claims, _SKEW_SECONDS)
        return issuer
