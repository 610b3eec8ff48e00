"""Issues the tokens that callers of the service present, and publishes the keys to check them with."""

import asyncio
import base64
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import jwt
from aiohttp import web

from devstack.simulators.faults.gate import Gate
from devstack.simulators.tokens.signing_keys import Certificate, LazyKey, SigningKey, new_certificate
from devstack.simulators.tokens.token_request import TokenFlaw, TokenRequest

AUDIENCE = "altinn.no"
_PLATFORM_AUDIENCE = "platform.altinn.no"
_CERTIFICATE_SUFFIX = "-access-token-public-cert"
_ONE_HOUR = 3600


class TokenIssuer:
    """An OpenID issuer of Altinn tokens and a key vault with the certificates of platform token issuers."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._key = LazyKey()
        self._foreign_key = LazyKey()
        self._certificates: dict[str, Certificate] = {}
        self._certificate_lock = asyncio.Lock()
        self.issuer = ""  # its address, set when it is served

    def openid_app(self) -> web.Application:
        """Build the discovery document and key set application."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/jwks", self._jwks)
        return app

    def vault_app(self) -> web.Application:
        """Build the key vault application."""
        app = web.Application()
        app.router.add_get("/secrets/{name}", self._secret)
        app.router.add_get("/secrets/{name}/", self._secret)
        return app

    async def issue(self, request: TokenRequest) -> str:
        """Compose and sign a token."""
        if request.platform is None:
            claims, key = self._altinn_claims(request), await self._key.get()
        else:
            certificate = await self._certificate_of(request.org or str(request.issuer))
            claims, key = _platform_claims(request), certificate.key
        if request.flaw is TokenFlaw.FOREIGN_KEY:
            key = SigningKey((await self._foreign_key.get()).private, key.id)
        return _sign(request, claims, key)

    async def _certificate_of(self, issuer: str) -> Certificate:
        issuer = issuer.lower()  # names in a key vault ignore case
        async with self._certificate_lock:
            if issuer not in self._certificates:
                self._certificates[issuer] = await new_certificate(f"{issuer}-access-token")
            return self._certificates[issuer]

    def _altinn_claims(self, request: TokenRequest) -> dict[str, Any]:
        organisation: dict[str, Any] = {}
        if request.org is not None:
            number = "991825827"
            organisation = {
                "urn:altinn:org": request.org,
                "urn:altinn:orgNumber": number,
                "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{number}"},
                "urn:altinn:authenticatemethod": "maskinporten",
                "urn:altinn:authlevel": 3,
            }
        return {
            "scope": request.scope,
            "token_type": "Bearer",
            "client_id": str(uuid.uuid4()),
            "iss": self.issuer,
            "aud": AUDIENCE,
            **organisation,
        }

    async def _discovery(self, request: web.Request) -> web.Response:
        base = f"http://{request.host}/"
        return await self._answer(
            request,
            "issuer.discovery",
            {
                "issuer": self.issuer,
                "jwks_uri": f"{base}jwks",
                "response_types_supported": ["token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
        )

    async def _jwks(self, request: web.Request) -> web.Response:
        return await self._answer(request, "issuer.jwks", {"keys": [(await self._key.get()).public_jwk()]})

    async def _secret(self, request: web.Request) -> web.Response:
        name = request.match_info["name"].lower()
        issuer = name.removesuffix(_CERTIFICATE_SUFFIX)
        certificate = self._certificates.get(issuer)
        if "api-version" not in request.query:
            problem, status = _vault_error("BadParameter", "api-version must be specified"), 400
            return web.json_response(problem, status=status)
        if issuer == name or certificate is None:
            problem, status = _vault_error("SecretNotFound", "no such secret in this key vault"), 404
            return web.json_response(problem, status=status)
        identifier = f"http://{request.host}/secrets/{name}/1"
        return await self._answer(
            request,
            "vault.secret",
            {"value": certificate.der, "id": identifier, "attributes": {"enabled": True}},
        )

    async def _answer(self, request: web.Request, target: str, payload: Mapping[str, Any]) -> web.Response:
        return await self._gate.answer(request, target, lambda: web.json_response(payload))


def _platform_claims(request: TokenRequest) -> dict[str, Any]:
    return {"iss": request.org, "urn:altinn:app": request.platform, "aud": _PLATFORM_AUDIENCE}


def _sign(request: TokenRequest, claims: dict[str, Any], key: SigningKey) -> str:
    now = int(time.time())
    claims |= {"jti": str(uuid.uuid4()), "iat": now, "nbf": now - 5, "exp": now + request.expires_in}
    if request.audience is not None:
        claims["aud"] = request.audience
    if request.issuer is not None:
        claims["iss"] = request.issuer
    match request.flaw:
        case TokenFlaw.EXPIRED:
            claims |= {"iat": now - 2 * _ONE_HOUR, "nbf": now - 2 * _ONE_HOUR, "exp": now - _ONE_HOUR}
        case TokenFlaw.NOT_YET_VALID:
            claims |= {"nbf": now + _ONE_HOUR, "exp": now + 2 * _ONE_HOUR}
        case TokenFlaw.NO_EXPIRY:
            del claims["exp"]
        case TokenFlaw.WRONG_AUDIENCE:
            claims["aud"] = "https://somebody-else.example"
        case TokenFlaw.WRONG_ISSUER:
            claims["iss"] = "https://somebody-else.example/"
        case _:
            pass
    claims |= request.claims
    headers = {"kid": key.id, "x5t": key.id}
    match request.flaw:
        case TokenFlaw.ALG_NONE:
            return _compact({"alg": "none", "typ": "JWT", **headers}, claims, secret=None)
        case TokenFlaw.HMAC_WITH_PUBLIC_KEY:
            return _compact({"alg": "HS256", "typ": "JWT", **headers}, claims, secret=key.public_pem())
        case _:
            return jwt.encode(claims, key.private, algorithm="RS256", headers=headers)


def _compact(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes | None) -> str:
    # Done by hand, because the library refuses to sign without a key or with a public one.
    signed = b".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)
    )
    signature = b"" if secret is None else hmac.digest(secret, signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def _vault_error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
