"""The platform access token by which this app identifies itself to other platform services."""

import base64
import binascii
import time
from collections.abc import Callable, Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

HEADER = "PlatformAccessToken"
_ISSUER = "platform"
_AUDIENCE = "platform.altinn.no"
_APP = "notifications"
_LIFETIME_SECONDS = 300
_SKEW_SECONDS = 5


class PlatformTokenIssuer:
    """Signs tokens with the key of a certificate, each used until shortly before it expires.

    `pfx` is base64 of a PKCS#12 file without password, as Key Vault stores a certificate; ValueError when it
    cannot be read.
    """

    def __init__(self, pfx: str, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._key, self._thumbprint = _read(pfx)
        self._wall_clock = wall_clock
        self._token = ""
        self._fresh_until = 0.0

    def headers(self) -> Mapping[str, str]:
        """Return the header that carries a valid token."""
        now = self._wall_clock()
        if now >= self._fresh_until:
            claims = {
                "iss": _ISSUER,
                "aud": _AUDIENCE,
                "urn:altinn:app": _APP,
                "nbf": int(now) - _SKEW_SECONDS,
                "iat": int(now),
                "exp": int(now) + _LIFETIME_SECONDS,
            }
            names = {"kid": self._thumbprint.hex().upper(), "x5t": _base64url(self._thumbprint)}
            self._token = jwt.encode(claims, self._key, algorithm="RS256", headers=names)
            self._fresh_until = now + _LIFETIME_SECONDS - _SKEW_SECONDS
        return {HEADER: self._token}


def _read(pfx: str) -> tuple[RSAPrivateKey, bytes]:
    try:
        bundle = load_pkcs12(base64.b64decode(pfx, validate=True), None)
    except (binascii.Error, ValueError) as error:
        # the cause stays out of the text and of the traceback: it may quote the key
        raise ValueError(
            f"the platform token certificate is not base64 PKCS#12: {type(error).__name__}"
        ) from None
    if not isinstance(bundle.key, RSAPrivateKey) or bundle.cert is None:
        raise ValueError("the platform token certificate has no private RSA key")
    return bundle.key, bundle.cert.certificate.fingerprint(SHA1())  # noqa: S303  names a key, protects nothing


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
