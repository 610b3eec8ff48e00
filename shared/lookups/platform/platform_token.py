"""The platform access token by which this app identifies itself to other platform services."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from jwt.utils import base64url_encode

from shared.runtime.errors import UnavailableError

HEADER = "PlatformAccessToken"
_ISSUER = "platform"
_AUDIENCE = "platform.altinn.no"
_APP = "notifications"
_SETTING = "PLATFORM_ACCESS_TOKEN_PFX"
_LIFETIME_SECONDS = 300
_SKEW_SECONDS = 5


@dataclass(eq=False, repr=False)
class PlatformTokenIssuer:
    """Signs tokens with the key of a certificate, each used until shortly before it expires.

    `pfx` is base64 of a PKCS#12 file without password, as Key Vault stores a certificate. It is read when a
    token is first needed, so a wrong one does not keep the app from starting.
    """

    pfx: str
    wall_clock: Callable[[], float] = time.time
    _token: str = field(init=False, default="")
    _fresh_until: float = field(init=False, default=0.0)

    def headers(self) -> Mapping[str, str]:
        """Return the header that carries a valid token; UnavailableError: the key is unreadable."""
        now = self.wall_clock()
        if now >= self._fresh_until:
            claims = {
                "iss": _ISSUER,
                "aud": _AUDIENCE,
                "urn:altinn:app": _APP,
                "nbf": int(now) - _SKEW_SECONDS,
                "iat": int(now),
                "exp": int(now) + _LIFETIME_SECONDS,
            }
            key, thumbprint = self._key_and_thumbprint
            names = {"kid": thumbprint.hex().upper(), "x5t": base64url_encode(thumbprint).decode()}
            self._token = jwt.encode(claims, key, algorithm="RS256", headers=names)
            self._fresh_until = now + _LIFETIME_SECONDS - _SKEW_SECONDS
        return {HEADER: self._token}

    @cached_property
    def _key_and_thumbprint(self) -> tuple[RSAPrivateKey, bytes]:
        try:
            bundle = load_pkcs12(base64.b64decode(self.pfx, validate=True), None)
        except ValueError as error:
            # the cause stays out of the text and of the traceback: it may quote the key
            raise UnavailableError(f"{_SETTING} is not base64 PKCS#12: {type(error).__name__}") from None
        if not isinstance(bundle.key, RSAPrivateKey) or bundle.cert is None:
            raise UnavailableError(f"{_SETTING} has no private RSA key with its certificate")
        thumbprint = bundle.cert.certificate.fingerprint(SHA1())  # noqa: S303  names a key, protects nothing
        return bundle.key, thumbprint
