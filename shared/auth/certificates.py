"""Certificates of the applications that may issue platform access tokens, read from a key vault.

The vault holds one secret per issuer with its public certificate. Hits are kept for an hour, misses for a
minute, so requests of an unknown issuer do not each cost a call to the vault.
"""

import asyncio
import base64
import binascii
import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shared.auth.key_fetch import KeyNotFoundError, fetch_json
from shared.runtime.errors import UnavailableError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_SECRET_NAME = "{}-access-token-public-cert"  # noqa: S105 - the name under which a public certificate is kept
_API_VERSION = "7.4"
_VAULT_SCOPE = "https://vault.azure.net/.default"
_ISSUER = re.compile(r"[A-Za-z0-9-]{1,100}")
_HIT_SECONDS = 3600.0
_MISS_SECONDS = 60.0
_CAPACITY = 1024
_PARALLEL_LOOKUPS = 8


class VaultCertificates:
    """Public keys of platform token issuers; with an empty `vault_uri` there are none."""

    def __init__(self, vault_uri: str, *, allow_insecure: bool = False) -> None:
        self._vault_uri = vault_uri.rstrip("/")
        self._allow_insecure = allow_insecure
        self._entries: OrderedDict[str, tuple[float, Certificate | None]] = OrderedDict()
        self._lookups = asyncio.Semaphore(_PARALLEL_LOOKUPS)
        self._credential: Any = None

    async def key_of(self, issuer: str) -> RSAPublicKey | None:
        """Return the key of an issuer, None when it has no certificate or it is not valid today.

        UnavailableError when the vault has to be asked and cannot be.
        """
        if not self._vault_uri or not _ISSUER.fullmatch(issuer):
            return None
        certificate = await self._certificate(issuer)
        if certificate is None:
            return None
        if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
            return None
        key = certificate.public_key()
        return key if isinstance(key, RSAPublicKey) else None

    async def _certificate(self, issuer: str) -> "Certificate | None":
        if (entry := self._fresh(issuer)) is not None:
            return entry[1]
        async with self._lookups:
            if (entry := self._fresh(issuer)) is not None:
                return entry[1]
            try:
                certificate = await self._fetch(issuer)
            except UnavailableError:
                _, expired = self._entries.get(issuer, (0.0, None))
                if expired is None:
                    raise
                # better an old certificate than no service: keep it, and ask again in a while
                self._remember(issuer, expired, _MISS_SECONDS)
                return expired
            self._remember(issuer, certificate, _MISS_SECONDS if certificate is None else _HIT_SECONDS)
            return certificate

    def _remember(self, issuer: str, certificate: "Certificate | None", seconds: float) -> None:
        self._entries[issuer] = (time.monotonic() + seconds, certificate)
        self._entries.move_to_end(issuer)
        if len(self._entries) > _CAPACITY:
            # issuers can be made up: certificates must not be dropped for those without one
            misses = (name for name, (_, found) in self._entries.items() if found is None)
            del self._entries[next(misses, next(iter(self._entries)))]

    def _fresh(self, issuer: str) -> "tuple[float, Certificate | None] | None":
        entry = self._entries.get(issuer)
        return entry if entry is not None and time.monotonic() < entry[0] else None

    async def _fetch(self, issuer: str) -> "Certificate | None":
        url = f"{self._vault_uri}/secrets/{_SECRET_NAME.format(issuer)}?api-version={_API_VERSION}"
        headers = {} if self._allow_insecure else {"Authorization": f"Bearer {await self._vault_token()}"}
        try:
            secret = await fetch_json(url, headers=headers, allow_insecure=self._allow_insecure)
        except KeyNotFoundError:
            return None
        return await asyncio.to_thread(_certificate_in, secret)

    async def _vault_token(self) -> str:
        # a heavy import that only a platform token in the cloud needs
        from azure.core.exceptions import AzureError  # noqa: PLC0415
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        if self._credential is None:
            self._credential = DefaultAzureCredential()
        try:
            token = await asyncio.to_thread(self._credential.get_token, _VAULT_SCOPE)
        except AzureError as error:
            raise UnavailableError("no managed identity token for the vault") from error
        return str(token.token)


def _certificate_in(secret: Mapping[str, Any]) -> "Certificate":
    from cryptography import x509  # noqa: PLC0415  heavy, and only platform tokens need it

    try:
        return x509.load_der_x509_certificate(base64.b64decode(secret["value"], validate=True))
    except (KeyError, TypeError, binascii.Error, ValueError) as error:
        raise UnavailableError("the vault holds no readable certificate for this issuer") from error
