"""Certificates of the applications that may issue platform access tokens, read from a key vault.

The vault holds one secret per issuer with its public certificate. What the vault answered counts for minutes,
so a certificate that is removed there verifies nothing soon after. While the vault is down, what it had
serves on, for half a day at most.

Anybody can make up an issuer. So unknown issuers share a small allowance of questions, and wait in a lane of
their own: known issuers, and those that a setting lists, never wait behind them. One issuer is asked for once
at a time.
"""

import asyncio
import base64
import binascii
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shared.auth.key_fetch import THREADS, KeyNotFoundError, fetch_json, on_key_thread
from shared.domain.sending.allowance import Allowance
from shared.runtime.errors import TooManyRequestsError, UnavailableError

_SECRET_NAME = "{}-access-token-public-cert"  # noqa: S105 - the name under which a public certificate is kept
_API_VERSION = "7.4"
_VAULT_SCOPE = "https://vault.azure.net/.default"
_ISSUER = re.compile(r"[a-z0-9-]{1,100}")
_HIT_SECONDS = 300.0
_MISS_SECONDS = 60.0
_OLDEST_SECONDS = 12 * 3600.0
_UNKNOWN = Allowance(60, 60.0)  # questions about issuers without a certificate, by this process
_LANE = THREADS // 2 - 1  # calls at once for unknown issuers, and as many for known ones
_ASK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class _Certificate:
    """What counts of a certificate."""

    key: RSAPublicKey
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the vault answered about an issuer, when, and when to ask it again; by the monotonic clock."""

    certificate: _Certificate | None
    answered_at: float
    ask_at: float

    def serves_on(self, now: float) -> bool:
        """Whether a certificate that is due serves while another request asks for it."""
        has_failed = self.ask_at > self.answered_at + _HIT_SECONDS
        lasts = _OLDEST_SECONDS if has_failed else 2 * _HIT_SECONDS
        return self.certificate is not None and now < self.answered_at + lasts


class VaultCertificates:
    """Public keys of platform token issuers; with an empty `vault_uri` there are none.

    `capacity` is how many issuers are remembered; `seconds` reads the time that they are remembered for.
    """

    def __init__(
        self,
        vault_uri: str,
        *,
        allow_insecure: bool = False,
        capacity: int = 1024,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vault_uri = vault_uri.rstrip("/")
        self._allow_insecure = allow_insecure
        self._capacity = capacity
        self._seconds = seconds
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Certificate | None]] = {}
        self._known_lane = asyncio.Semaphore(_LANE)
        self._unknown_lane = asyncio.Semaphore(_LANE)
        self._unknown_whole_at = 0.0
        self._credential: Any = None

    async def key_of(self, issuer: str, *, is_listed: bool = False) -> RSAPublicKey | None:
        """Return the key of an issuer in lower case, None without a certificate that is valid today.

        UnavailableError when the vault has to be asked and cannot be. TooManyRequestsError when too many
        issuers were asked for that are neither listed by a setting (`is_listed`) nor known to the vault.
        """
        if not self._vault_uri or not _ISSUER.fullmatch(issuer):
            return None
        certificate = await self._certificate(issuer, is_listed=is_listed)
        if certificate is None or not certificate.valid_from <= datetime.now(UTC) <= certificate.valid_until:
            return None
        return certificate.key

    async def _certificate(self, issuer: str, *, is_listed: bool) -> _Certificate | None:
        entry, now = self._entries.get(issuer), self._seconds()
        asking = self._asking.get(issuer)
        if entry is not None and (now < entry.ask_at or (asking is not None and entry.serves_on(now))):
            return entry.certificate
        if asking is None:
            is_known = is_listed or (entry is not None and entry.certificate is not None)
            if not is_known:
                self._refuse_too_many()
            asking = self._asking[issuer] = asyncio.create_task(self._ask(issuer, is_known=is_known))
            asking.add_done_callback(lambda done: self._asked(issuer, done))
        return await asyncio.shield(asking)

    def _asked(self, issuer: str, done: "asyncio.Task[_Certificate | None]") -> None:
        del self._asking[issuer]
        if not done.cancelled():
            done.exception()  # seen, also when every caller has gone

    async def _ask(self, issuer: str, *, is_known: bool) -> _Certificate | None:
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                certificate = await (self._ask_known(issuer) if is_known else self._ask_unknown(issuer))
        except (UnavailableError, TimeoutError) as error:
            old, now = self._entries.get(issuer), self._seconds()
            if old is None or old.certificate is None or now >= old.answered_at + _OLDEST_SECONDS:
                raise UnavailableError(f"the vault could not be asked: {error}") from error
            # better an old certificate than no service: keep it, and ask again in a while
            self._remember(issuer, _Entry(old.certificate, old.answered_at, now + _MISS_SECONDS))
            return old.certificate
        now = self._seconds()
        lasts = _MISS_SECONDS if certificate is None else _HIT_SECONDS
        self._remember(issuer, _Entry(certificate, now, now + lasts))
        return certificate

    async def _ask_known(self, issuer: str) -> _Certificate | None:
        async with self._known_lane:
            return await self._fetch(issuer)

    async def _ask_unknown(self, issuer: str) -> _Certificate | None:
        """Ask, and count the question unless there is a certificate."""
        async with self._unknown_lane:
            self._refuse_too_many()  # others may have been counted since
            certificate = None
            try:
                certificate = await self._fetch(issuer)
            finally:
                if certificate is None:
                    self._unknown_whole_at = _UNKNOWN.take(self._unknown_whole_at, self._seconds(), 1)
            return certificate

    def _refuse_too_many(self) -> None:
        if wait := _UNKNOWN.wait(self._unknown_whole_at, self._seconds(), 1):
            raise TooManyRequestsError("too many unknown issuers of platform tokens", wait)

    def _remember(self, issuer: str, entry: _Entry) -> None:
        self._entries[issuer] = entry
        self._entries.move_to_end(issuer)
        if len(self._entries) > self._capacity:
            # issuers can be made up: certificates must not be dropped for those without one
            misses = (name for name, kept in self._entries.items() if kept.certificate is None)
            del self._entries[next(misses, next(iter(self._entries)))]

    async def _fetch(self, issuer: str) -> _Certificate | None:
        url = f"{self._vault_uri}/secrets/{_SECRET_NAME.format(issuer)}?api-version={_API_VERSION}"
        headers = {} if self._allow_insecure else {"Authorization": f"Bearer {await self._vault_token()}"}
        try:
            secret = await fetch_json(url, headers=headers, allow_insecure=self._allow_insecure)
        except KeyNotFoundError:
            return None
        return await on_key_thread(_certificate_in, secret)

    async def _vault_token(self) -> str:
        # a heavy import that only a platform token in the cloud needs
        from azure.core.exceptions import AzureError  # noqa: PLC0415
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        if self._credential is None:
            self._credential = DefaultAzureCredential()
        try:
            token = await on_key_thread(self._credential.get_token, _VAULT_SCOPE)
        except AzureError as error:
            raise UnavailableError("no managed identity token for the vault") from error
        return str(token.token)


def _certificate_in(secret: Mapping[str, Any]) -> _Certificate | None:
    """Return the certificate in a secret, None when its key is of a kind that verifies no token here."""
    from cryptography import x509  # noqa: PLC0415  heavy, and only platform tokens need it

    try:
        found = x509.load_der_x509_certificate(base64.b64decode(secret["value"], validate=True))
        key = found.public_key()
    except (KeyError, TypeError, binascii.Error, ValueError) as error:
        raise UnavailableError("the vault holds no readable certificate for this issuer") from error
    if not isinstance(key, RSAPublicKey):
        return None
    return _Certificate(key, found.not_valid_before_utc, found.not_valid_after_utc)
