"""Checks a signed token against known public keys, by the rules that all kinds of tokens here share.

Only asymmetric algorithms are accepted, and only with a key of their own family, so a public key can never be
mistaken for a shared secret. Time is real time: issuers set expiry by their clocks.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shared.runtime.errors import UnauthenticatedError

type PublicKey = RSAPublicKey | EllipticCurvePublicKey
type Claims = Mapping[str, Any]

_KEY_FAMILY: Mapping[str, type[RSAPublicKey] | type[EllipticCurvePublicKey]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAPublicKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), EllipticCurvePublicKey),
}
_MAX_TOKEN_CHARACTERS = 16_384
_UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What must hold besides the signature; an empty set means that claim is not checked."""

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
        raise UnauthenticatedError("token too long")
    try:
        header = jwt.get_unverified_header(token)
    except _UNREADABLE as error:
        raise UnauthenticatedError("token unreadable") from error
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in _KEY_FAMILY:
        raise UnauthenticatedError("token algorithm not allowed")
    return TokenHeader(algorithm, key_id if isinstance(key_id, str) else None)


def unverified_issuer(token: str) -> str | None:
    """Return the issuer a token claims to be from: only good for choosing a key."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except _UNREADABLE as error:
        raise UnauthenticatedError("token unreadable") from error
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None


def verify(token: str, algorithm: str, keys: Iterable[PublicKey], rules: TokenRules) -> Claims:
    """Return the claims once signature, expiry, issuer and audience hold; else UnauthenticatedError."""
    reason = "no key of the token's family"
    for key in keys:
        if not isinstance(key, _KEY_FAMILY[algorithm]):
            continue
        try:
            return _decode(token, algorithm, key, rules)
        except _UNREADABLE as error:
            reason = type(error).__name__
    raise UnauthenticatedError(f"token refused: {reason}")


def _decode(token: str, algorithm: str, key: PublicKey, rules: TokenRules) -> Claims:
    claims: Claims = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        leeway=rules.skew_seconds,
        audience=sorted(rules.audiences) or None,
        issuer=sorted(rules.issuers) or None,
        options={
            "require": ["exp"],
            "verify_aud": bool(rules.audiences),
            "verify_iss": bool(rules.issuers),
            "verify_iat": False,
            "verify_sub": False,
            "verify_jti": False,
        },
    )
    return claims


class VerifiedTokens:
    """Remembers tokens that were verified: the same token costs one hash the next time.

    Keyed by a hash of the whole token, bounded, each entry good until the token expires.
    """

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._claims: OrderedDict[bytes, tuple[float, Claims]] = OrderedDict()

    def get(self, token: str) -> Claims | None:
        """Return the claims of a token verified earlier and not expired since."""
        key = _fingerprint(token)
        entry = self._claims.get(key)
        if entry is None:
            return None
        expires_at, claims = entry
        if time.time() >= expires_at:
            del self._claims[key]
            return None
        self._claims.move_to_end(key)
        return claims

    def put(self, token: str, claims: Claims, skew_seconds: int = 0) -> None:
        """Remember a token whose claims were just verified; the longest unused one makes room."""
        self._claims[_fingerprint(token)] = (int(claims["exp"]) + skew_seconds, claims)
        if len(self._claims) > self._capacity:
            self._claims.popitem(last=False)


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
