"""Access tokens from Maskinporten: a signed assertion is exchanged for a token, kept while it is valid."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
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
_SETTING = "MASKINPORTEN_ENCODED_JWK"


class TokenUnavailableError(UnavailableError):
    """There is no token: Maskinporten gave none, or our key cannot be read.

    The text holds at most an error code of Maskinporten and the name of a setting.
    """


@dataclass(kw_only=True, eq=False, repr=False)
class MaskinportenTokens:
    """Keeps one access token of one client of Maskinporten; one fetch at a time serves all callers.

    `encoded_jwk` is base64 of the private RSA key as a JWK in JSON. It is read when a token is first needed,
    so a wrong one does not keep the app from starting. `wall_clock` dates assertions, `clock` measures a
    token's age, both in seconds of real time.
    """

    token_endpoint: str
    audience: str
    client_id: str
    scope: str
    encoded_jwk: str = field(repr=False)
    http: HttpClient
    breaker: Breaker = field(default_factory=Breaker)
    wall_clock: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    _token: str | None = field(init=False, default=None)
    _fresh_until: float = field(init=False, default=0.0)
    _fetching: asyncio.Task[str] | None = field(init=False, default=None)

    async def token(self) -> str:
        """Return a valid token; TokenUnavailableError or another TransientError when there is none."""
        if self._token is not None and self.clock() < self._fresh_until:
            return self._token
        return await self._fetched()

    async def replacement(self, refused: str) -> str:
        """Return a token other than one that was refused, fetched now unless that was done already."""
        if self._token == refused:
            self._token = None
        return await self.token()

    async def _fetched(self) -> str:
        if self._fetching is None or self._fetching.done():
            assertion = self._assertion()  # not in the call: the breaker would hide that the key is wrong
            self._fetching = asyncio.create_task(self.breaker.call(lambda: self._fetch(assertion)))
            self._fetching.add_done_callback(_retrieve)
        # shielded: one impatient caller must not take the token from the others
        return await asyncio.shield(self._fetching)

    async def _fetch(self, assertion: str) -> str:
        asked_at = self.clock()
        form = {"grant_type": _GRANT_TYPE, "assertion": assertion}
        answer = await self.http.send(
            HttpRequest(
                method="POST",
                url=self.token_endpoint,
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
        key, key_id = self._key
        now = int(self.wall_clock())
        claims = {
            "aud": self.audience,
            "iss": self.client_id,
            "scope": self.scope,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": key_id} if key_id else None)

    @cached_property
    def _key(self) -> tuple[RSAPrivateKey, str | None]:
        try:
            document = json.loads(base64.b64decode(self.encoded_jwk, validate=True))
            key = jwt.PyJWK(document, algorithm="RS256")
        except (ValueError, TypeError, AttributeError, jwt.PyJWTError) as error:
            # the cause stays out of the text and of the traceback: it may quote the key
            message = f"{_SETTING} is not a base64 encoded JWK: {type(error).__name__}"
            raise TokenUnavailableError(message) from None
        if not isinstance(key.key, RSAPrivateKey):
            raise TokenUnavailableError(f"{_SETTING} is not a private RSA key")
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
