"""A token issuer and key sources to test against: real keys, real signatures, a real HTTP server."""

import base64
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.auth.signing_keys import OpenIdKeys
from shared.auth.tokens import BearerVerifier
from shared.auth.verification import TokenRules

CREATE = "altinn:serviceowner/notifications.create"


type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def token(
    *,
    key: PrivateKey | bytes | str | None = None,
    kid: str | None = "main",
    algorithm: str = "RS256",
    **claims: object,
) -> str:
    body = {"exp": int(time.time()) + 86_400, "scope": CREATE, "urn:altinn:org": "ttd"} | claims
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(
        body, key or rsa_key("main"), algorithm=algorithm, headers={"kid": kid} if kid is not None else None
    )


def jwk(kid: str, key: PrivateKey) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return public | {"kid": kid, "use": "sig"}


def certificate(issuer: str, *, key: rsa.RSAPrivateKey | None = None, days: int = 30) -> str:
    """A self-signed certificate as the vault keeps it: base64 of DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    key = key or rsa_key(issuer)
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(built.public_bytes(serialization.Encoding.DER)).decode()


class PassingTime:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class KeySources:
    """OpenID provider and key vault on one server; counts what was asked and can be taken down."""

    def __init__(self) -> None:
        self.keys = {"main": rsa_key("main")}
        self.secrets: dict[str, str] = {}
        self.down = False
        self.disabled = False  # the secrets of the vault
        self.asked: list[str] = []
        self.base = ""

    @property
    def well_known(self) -> str:
        return f"{self.base}/.well-known/openid-configuration"

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if self.down:
            return web.Response(status=500)
        if request.path == "/.well-known/openid-configuration":
            return web.json_response({"issuer": "us", "jwks_uri": f"{self.base}/jwks"})
        if request.path == "/jwks":
            return web.json_response({"keys": [jwk(kid, key) for kid, key in self.keys.items()]})
        if self.disabled:
            error = {"code": "Forbidden", "innererror": {"code": "SecretDisabled"}}
            return web.json_response({"error": error}, status=403)
        name = request.path.removeprefix("/secrets/")
        if name in self.secrets and request.query["api-version"] == "7.4":
            return web.json_response({"value": self.secrets[name]})
        return web.Response(status=404)

    def trust(self, issuer: str, certificate_text: str) -> None:
        self.secrets[f"{issuer}-access-token-public-cert"] = certificate_text


@asynccontextmanager
async def key_sources() -> AsyncIterator[KeySources]:
    sources = KeySources()
    app = web.Application()
    app.router.add_get("/{path:.*}", sources.answer)
    async with TestServer(app) as server:
        sources.base = str(server.make_url("")).rstrip("/")
        yield sources


def verifier(
    sources: KeySources,
    rules: TokenRules = TokenRules(),  # noqa: B008  frozen
    cookie: str = "",
    *,
    seconds: Callable[[], float] = time.monotonic,
) -> BearerVerifier:
    """Return what verifies tokens with the keys of these sources; `seconds` is the time of its cache."""
    keys = OpenIdKeys(sources.well_known, allow_insecure=True, seconds=seconds)
    return BearerVerifier(keys, rules, cookie_name=cookie)


def bearer(value: str) -> dict[str, str]:
    """Return the headers of a request with this token."""
    return {"Authorization": f"Bearer {value}"}
