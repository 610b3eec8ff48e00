"""Checks a signed token against known public keys, by the rules that all kinds of tokens here share.

Only asymmetric algorithms are accepted, and only with a key of their own family, so a public key can never be
mistaken for a shared secret. Time is real time: issuers set expiry by their clocks.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shared.runtime.bounded import Bounded
from shared.runtime.errors import UnauthenticatedError

type PublicKey = RSAPublicKey | EllipticCurvePublicKey
type Claims = Mapping[str, Any]

_KEY_FAMILY: Mapping[str, type[RSAPublicKey] | type[EllipticCurvePublicKey]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAPublicKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), EllipticCurvePublicKey),
}
_MAX_TOKEN_CHARACTERS = 16_384
VERDICT_SECONDS = 300.0
_VERDICT_BYTES = 700  # what a remembered token takes besides its claims: measured 560, rounded up
_UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
_UNKNOWN_KEY = "The token is not signed with a key of its issuer."
_CANNOT_BE_READ = "The token cannot be read."
_REASONS: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "The token has expired.",
    jwt.ImmatureSignatureError: "The token is not valid yet.",
    jwt.InvalidIssuerError: "The issuer of the token is not accepted.",
    jwt.InvalidAudienceError: "The token is for another audience.",
    jwt.MissingRequiredClaimError: "The token does not say when it expires.",
}


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What must hold besides the signature; an empty set means that claim is not checked.

    A token without an issuer is refused. One without an audience is not: Altinn writes none into its tokens.
    """

    issuers: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset()
    skew_seconds: int = 0


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """The unverified header of a token: only good for choosing a key."""

    algorithm: str
    key_id: str | None


def read_header(token: str) -> TokenHeader:
    """Return the header of a token; UnauthenticatedError when it is no token or its algorithm not allowed."""
    if len(token) > _MAX_TOKEN_CHARACTERS:
        raise UnauthenticatedError("The token is too long.")
    try:
        header = jwt.get_unverified_header(token)
    except _UNREADABLE as error:
        raise UnauthenticatedError(_CANNOT_BE_READ) from error
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in _KEY_FAMILY:
        raise UnauthenticatedError("The token is signed with an algorithm that is not accepted.")
    return TokenHeader(algorithm, key_id if isinstance(key_id, str) else None)


def unverified_issuer(token: str) -> str | None:
    """Return the issuer a token claims to be from: only good for choosing a key."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except _UNREADABLE as error:
        raise UnauthenticatedError(_CANNOT_BE_READ) from error
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None


class VerifiedTokens:
    """Verifies tokens, and remembers those that hold: the same token costs one hash the next time.

    What is remembered counts for minutes, until the token expires, and only while the key that verified it is
    among those offered. Of a token its hash and the claims in `used` are kept, as bytes that are counted: all
    of them together take `capacity` bytes at most, and those not used for longest make room.
    """

    def __init__(self, used: Sequence[str], capacity: int = 4 * 1024 * 1024) -> None:
        self._used = used
        self.verdicts: Bounded[bytes, Verdict] = Bounded(capacity, lambda verdict: verdict.size)

    def seen(self, token: str) -> "Verdict | None":
        """Return what was remembered of a token: only good for choosing a key, without reading the token."""
        known = self.verdicts.get(_fingerprint(token))
        return None if known is None or known.is_over() else known

    def claims_of(
        self, token: str, header: TokenHeader, keys: Sequence[PublicKey], rules: TokenRules
    ) -> Claims:
        """Return the used claims once signature, expiry, issuer and audience hold.

        UnauthenticatedError when one does not, or when a used claim is no text that can be written.
        """
        known = self.seen(token)
        if known is None or known.key not in keys:
            known = self._verify(token, header, keys, rules)
            self.verdicts.put(_fingerprint(token), known)
            self.verdicts.drop_oldest_while(Verdict.is_over)
        return known.claims

    def _verify(
        self, token: str, header: TokenHeader, keys: Sequence[PublicKey], rules: TokenRules
    ) -> "Verdict":
        reason = _UNKNOWN_KEY
        for key in keys:
            if not isinstance(key, _KEY_FAMILY[header.algorithm]):
                continue
            try:
                claims = _decode(token, header.algorithm, key, rules)
                used = {name: claims[name] for name in self._used if name in claims}
                # half of a surrogate pair, which JSON can escape, is refused here: it fits no key and no log
                written = json.dumps(used, ensure_ascii=False).encode("utf-8")
                return Verdict(key, header, written, int(claims["exp"]) + rules.skew_seconds)
            except _UNREADABLE as error:
                if not isinstance(error, jwt.InvalidSignatureError):  # else another key may fit
                    reason = _REASONS.get(type(error), _CANNOT_BE_READ)
        raise UnauthenticatedError(reason)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A token that held: the key that verified it, its header, the used claims as JSON, when it expires."""

    key: PublicKey
    header: TokenHeader
    written: bytes
    expires_at: int
    verified_at: float = field(default_factory=time.monotonic)

    @property
    def claims(self) -> Claims:
        """The used claims."""
        claims: Claims = orjson.loads(self.written)
        return claims

    @property
    def size(self) -> int:
        """Bytes that are counted; a character of a string takes up to four."""
        return len(self.written) + 4 * len(self.header.key_id or "") + _VERDICT_BYTES

    def is_over(self) -> bool:
        """Whether the token has expired, or was verified too long ago."""
        return time.time() >= self.expires_at or time.monotonic() >= self.verified_at + VERDICT_SECONDS


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _decode(token: str, algorithm: str, key: PublicKey, rules: TokenRules) -> Claims:
    claims: Claims = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        leeway=rules.skew_seconds,
        issuer=sorted(rules.issuers) or None,
        options={
            "require": ["exp"],
            "verify_aud": False,  # the library would refuse a token without an audience
            "verify_iss": bool(rules.issuers),
            "verify_iat": False,
            "verify_sub": False,
            "verify_jti": False,
        },
    )
    if "aud" in claims and rules.audiences and not _is_for(claims["aud"], rules.audiences):
        raise jwt.InvalidAudienceError("another audience")
    return claims


def _is_for(audience: object, accepted: frozenset[str]) -> bool:
    """Whether the audience of a token, a text or a list of them (RFC 7519), names one that is accepted."""
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(name, str) and name in accepted for name in named)
