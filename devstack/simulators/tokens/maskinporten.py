"""Maskinporten: gives an access token for a signed assertion, checking it as the real one does."""

import base64
import json
import time
import uuid
from collections import OrderedDict
from pathlib import Path

import jwt
from aiohttp import web

from devstack.simulators.faults.gate import Gate
from devstack.simulators.tokens.signing_keys import LazyKey

CONDITION_SCOPE = "altinn:system/notifications.condition.check"
_CLIENT_ID = "00000000-0000-4000-8000-00006e6f7469"
_CLIENT_KEY_FILE = "maskinporten-client.pem"
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MAX_ASSERTION_SECONDS = 120
_TOKEN_SECONDS = 119
_REMEMBERED_ASSERTIONS = 10_000


class InvalidGrantError(Exception):
    """An assertion that is not accepted; the text says why."""


class Maskinporten:
    """A token endpoint with one client; its key is a setting of the product."""

    def __init__(self, gate: Gate, key_folder: Path | None) -> None:
        self._gate = gate
        self._client_key = LazyKey(None if key_folder is None else key_folder / _CLIENT_KEY_FILE)
        self._own_key = LazyKey()
        self._used: OrderedDict[str, None] = OrderedDict()
        self.audience = ""  # its address, set when it is served

    def add_routes(self, app: web.Application) -> None:
        """Serve under /maskinporten."""
        app.router.add_post("/maskinporten/token", self._token)

    async def client(self) -> dict[str, str]:
        """Return the settings of the product for its client, by name."""
        jwk = json.dumps((await self._client_key.get()).private_jwk()).encode()
        return {
            "MASKINPORTEN_TOKEN_ENDPOINT": f"{self.audience}token",
            "MASKINPORTEN_AUDIENCE": self.audience,
            "MASKINPORTEN_CLIENT_ID": _CLIENT_ID,
            "MASKINPORTEN_SCOPE": CONDITION_SCOPE,
            "MASKINPORTEN_ENCODED_JWK": base64.b64encode(jwk).decode(),
        }

    async def problem_with(self, authorization: str) -> str | None:
        """Return why an Authorization header does not grant the condition scope, None when it does."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer":
            return "no bearer token"
        public = (await self._own_key.get()).private.public_key()
        try:
            claims = jwt.decode(token, public, algorithms=["RS256"], issuer=self.audience)
        except jwt.InvalidTokenError as error:
            return type(error).__name__
        return None if claims["scope"] == CONDITION_SCOPE else "another scope"

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        client_key, own_key = await self._client_key.get(), await self._own_key.get()

        def grant() -> web.Response:
            if form.get("grant_type") != _GRANT_TYPE:
                return _error("unsupported_grant_type", "only JWT bearer grants are supported")
            try:
                claims = jwt.decode(
                    str(form.get("assertion", "")),
                    client_key.private.public_key(),
                    algorithms=["RS256"],
                    audience=self.audience,
                    issuer=_CLIENT_ID,
                    options={"require": ["exp", "iat", "jti", "scope"]},
                )
                self._check_once(claims["jti"], claims["exp"] - claims["iat"])
            except (jwt.InvalidTokenError, InvalidGrantError) as error:
                return _error("invalid_grant", f"{type(error).__name__}: {error}")
            if claims["scope"] != CONDITION_SCOPE:
                return _error("invalid_scope", "the client has not been given this scope")
            now = int(time.time())
            issued = {
                "iss": self.audience,
                "scope": claims["scope"],
                "client_id": _CLIENT_ID,
                "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:991825827"},
                "iat": now,
                "exp": now + _TOKEN_SECONDS,
                "jti": str(uuid.uuid4()),
            }
            token = jwt.encode(issued, own_key.private, algorithm="RS256", headers={"kid": own_key.id})
            return web.json_response(
                {
                    "access_token": token,
                    "token_type": "Bearer",
                    "expires_in": _TOKEN_SECONDS,
                    "scope": claims["scope"],
                }
            )

        return await self._gate.answer(request, "maskinporten.token", grant)

    def _check_once(self, identifier: str, lifetime: float) -> None:
        if lifetime > _MAX_ASSERTION_SECONDS:
            raise InvalidGrantError("the assertion lives for more than two minutes")
        if identifier in self._used:
            raise InvalidGrantError("the assertion was used before")
        self._used[identifier] = None
        if len(self._used) > _REMEMBERED_ASSERTIONS:
            self._used.popitem(last=False)


def _error(code: str, description: str) -> web.Response:
    return web.json_response({"error": code, "error_description": description}, status=400)
