"""The public keys of the OpenID provider, found through its discovery document and kept fresh.

A token signed with an unknown key leads to another fetch, but to one in half a minute at most, so made-up key
ids cannot be used to flood the provider. A key that leaves the document verifies nothing minutes later. While
the provider is down, the keys that it had serve on, for half a day at most.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shared.auth.key_fetch import KeyNotFoundError, fetch_json
from shared.auth.verification import PublicKey, TokenHeader
from shared.runtime.errors import UnavailableError

_MAX_AGE_SECONDS = 300.0
_MIN_REFRESH_SECONDS = 30.0
_RETRY_SECONDS = 2.0
_STALE_SECONDS = 60.0  # between questions to a provider that is down, while old keys serve
_OLDEST_SECONDS = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class _SigningKey:
    key: PublicKey
    key_id: str | None
    algorithm: str | None

    def fits(self, header: TokenHeader) -> bool:
        return header.key_id in (None, self.key_id) and self.algorithm in (None, header.algorithm)


@dataclass(slots=True, eq=False)
class OpenIdKeys:
    """Signing keys of one OpenID provider, cached for five minutes; `seconds` reads the time of the cache."""

    well_known_endpoint: str
    allow_insecure: bool = False
    seconds: Callable[[], float] = time.monotonic
    _keys: Sequence[_SigningKey] = field(init=False, default=())
    _fetched_at: float | None = field(init=False, default=None)
    _failed_at: float | None = field(init=False, default=None)
    _fetching: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    async def keys_for(self, header: TokenHeader) -> list[PublicKey]:
        """Return the keys that may have signed a token with this header, none when there is no such key.

        UnavailableError when the provider has to be asked and cannot be.
        """
        known = self._fitting(header)
        if known and (not self._is_due() or self._is_being_refreshed()):
            return known
        async with self._fetching:
            known = self._fitting(header)
            if not self._is_due() if known else self._age() < _MIN_REFRESH_SECONDS:
                return known
            try:
                await self._refresh()
            except UnavailableError:
                if not known:
                    raise  # else better an old key than no service
            return self._fitting(header)

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self.seconds() - self._fetched_at

    def _is_due(self) -> bool:
        failed = self._failed_at
        return self._age() >= _MAX_AGE_SECONDS and (
            failed is None or self.seconds() - failed >= _STALE_SECONDS
        )

    def _is_being_refreshed(self) -> bool:
        """Whether another request waits for new keys, and the old ones do until it has them."""
        has_failed = self._failed_at is not None
        return self._fetching.locked() and (has_failed or self._age() < 2 * _MAX_AGE_SECONDS)

    def _fitting(self, header: TokenHeader) -> list[PublicKey]:
        if self._age() >= _OLDEST_SECONDS:
            return []
        return [candidate.key for candidate in self._keys if candidate.fits(header)]

    async def _refresh(self) -> None:
        if self._failed_at is not None and self.seconds() - self._failed_at < _RETRY_SECONDS:
            raise UnavailableError("the OpenID provider was down a moment ago")
        try:
            discovery = await fetch_json(self.well_known_endpoint, allow_insecure=self.allow_insecure)
            location = discovery.get("jwks_uri")
            if not isinstance(location, str):
                raise UnavailableError("the OpenID discovery document names no jwks_uri")
            self._keys = _parse(await fetch_json(location, allow_insecure=self.allow_insecure))
        except KeyNotFoundError as error:
            self._failed_at = self.seconds()
            raise UnavailableError("the OpenID provider has no key document") from error
        except UnavailableError:
            self._failed_at = self.seconds()
            raise
        self._fetched_at, self._failed_at = self.seconds(), None


def _parse(document: Mapping[str, Any]) -> Sequence[_SigningKey]:
    entries = document.get("keys")
    parsed = (
        [_parse_key(entry) for entry in entries if isinstance(entry, dict)]
        if isinstance(entries, list)
        else []
    )
    keys = [key for key in parsed if key is not None]
    if not keys:
        raise UnavailableError("the OpenID provider offers no usable key")
    return keys


def _parse_key(entry: Mapping[str, Any]) -> _SigningKey | None:
    if entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(dict(entry)).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None  # a kind of key we do not use must not hide those we do
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        return None
    return _SigningKey(key, entry.get("kid"), entry.get("alg"))
