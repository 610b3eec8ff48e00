"""Access tokens from Maskinporten: a signed assertion is exchanged for a token, kept while it is valid."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from shared.lookups.http_client import HttpAnswer, HttpClient, HttpRequest
from shared.runtime.breaker import Breaker
from shared.runtime.errors import UnavailableError

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_SECONDS = 10
_EARLY_SECONDS = 5.0  # a token is not used in its last seconds: it has to arrive while it is valid
_TOTAL_SECONDS = 5.0
_MAX_ANSWER_BYTES = 64 * 1024
_MAX_ERROR_CODE = 60


class TokenUnavailableError(UnavailableError):
    """Maskinporten gave no token; the text carries its error code at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskinportenSettings:
    """One client of Maskinporten. `encoded_jwk` is base64 of the private RSA key as a JWK in JSON."""

    token_endpoint: str
    audience: str
    client_id: str
    scope: str
    encoded_jwk: str = field(repr=False)
    resource: str | None = None
    consumer_org: str | None = None


class MaskinportenTokens:
    """Keeps one access token; one fetch at a time serves all callers.

    ValueError when the key cannot be read. `wall_clock` dates assertions, `clock` measures a token's age,
    both in seconds of real time.
    """

    def __init__(
        self,
        settings: MaskinportenSettings,
        http: HttpClient,
        *,
        breaker: Breaker | None = None,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._http = http
        self._breaker = breaker or Breaker()
        self._wall_clock = wall_clock
        self._clock = clock
        self._key, self._key_id = _read_key(settings.encoded_jwk)
        self._token: str | None = None
        self._fresh_until = 0.0
        self._fetching: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """Return a valid token; TokenUnavailableError or another TransientError when there is none."""
        if self._token is not None and self._clock() < self._fresh_until:
            return self._token
        return await self._fetched()

    async def replacement(self, refused: str) -> str:
        """Return a token other than one that was refused, fetched now unless that was done already."""
        if self._token == refused:
            self._token = None
        return await self.token()

    async def _fetched(self) -> str:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._breaker.call(self._fetch))
            self._fetching.add_done_callback(_retrieve)
        # shielded: one impatient caller must not take the token from the others
        return await asyncio.shield(self._fetching)

    async def _fetch(self) -> str:
        asked_at = self._clock()
        form = {"grant_type": _GRANT_TYPE, "assertion": self._assertion()}
        answer = await self._http.send(
            HttpRequest(
                method="POST",
                url=self._settings.token_endpoint,
                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                body=urlencode(form).encode(),
                total_seconds=_TOTAL_SECONDS,
                max_answer_bytes=_MAX_ANSWER_BYTES,
            )
        )
        token, lifetime = _read_answer(answer)
        self._token, self._fresh_until = token, asked_at + lifetime - _EARLY_SECONDS
        return token

    def _assertion(self) -> str:
        now = int(self._wall_clock())
        claims: dict[str, Any] = {
            "aud": self._settings.audience,
            "iss": self._settings.client_id,
            "scope": self._settings.scope,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        if self._settings.resource is not None:
            claims["resource"] = self._settings.resource
        if self._settings.consumer_org is not None:
            claims["consumer_org"] = self._settings.consumer_org
        headers = None if self._key_id is None else {"kid": self._key_id}
        return jwt.encode(claims, self._key, algorithm="RS256", headers=headers)


def _read_key(encoded_jwk: str) -> tuple[RSAPrivateKey, str | None]:
    try:
        document = json.loads(base64.b64decode(encoded_jwk, validate=True))
        key = jwt.PyJWK(document, algorithm="RS256")
    except (ValueError, TypeError, AttributeError, jwt.PyJWTError) as error:
        # the cause stays out of the text and of the traceback: it may quote the key
        raise ValueError(
            f"the Maskinporten key is not a base64 encoded JWK: {type(error).__name__}"
        ) from None
    if not isinstance(key.key, RSAPrivateKey):
        raise ValueError("the Maskinporten key is not a private RSA key")
    return key.key, key.key_id


def _read_answer(answer: HttpAnswer) -> tuple[str, float]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    match document:
        case {"access_token": str(token), "expires_in": int(lifetime)} if answer.ok and token:
            return token, float(lifetime)
        case {"error": str(code)}:
            raise TokenUnavailableError(f"Maskinporten answered {answer.status} {code[:_MAX_ERROR_CODE]}")
        case _:
            raise TokenUnavailableError(f"Maskinporten answered {answer.status} without a token")


def _retrieve(task: asyncio.Task[str]) -> None:
    # every caller may have gone by the time a fetch fails; asyncio would then complain about a lost error
    if not task.cancelled():
        task.exception()
