"""Keys and certificates that exist only as long as the simulators run."""

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

_CERTIFICATE_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key with the id that its tokens name."""

    private: RSAPrivateKey
    id: str

    def public_jwk(self) -> dict[str, Any]:
        """Return the public half as a JSON Web Key."""
        jwk: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**jwk, "kid": self.id, "use": "sig", "alg": "RS256"}

    def private_jwk(self) -> dict[str, Any]:
        """Return the whole key as a JSON Web Key, the form for a client of Maskinporten."""
        jwk: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(self.private))
        return {**jwk, "kid": self.id, "use": "sig", "alg": "RS256"}

    def public_pem(self) -> bytes:
        """Return the public half as PEM."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class LazyKey:
    """A key that is generated at its first use; with a `path` it is kept there over a restart."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        self._key: SigningKey | None = None

    async def get(self) -> SigningKey:
        """Return the key, always the same one."""
        async with self._lock:
            if self._key is None:
                self._key = _kept(self._path) or await new_signing_key()
                if self._path is not None:
                    _keep(self._path, self._key)
            return self._key


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate and its key; `der` is base64 as a key vault keeps it."""

    key: SigningKey
    der: str


async def new_signing_key() -> SigningKey:
    """Generate a key of 2048 bits off the event loop."""
    return _with_id(await asyncio.to_thread(generate_private_key, 65537, 2048))


def _kept(path: Path | None) -> SigningKey | None:
    if path is None or not path.exists():
        return None
    private = load_pem_private_key(path.read_bytes(), None)
    return _with_id(private) if isinstance(private, RSAPrivateKey) else None


def _keep(path: Path, key: SigningKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _with_id(private: RSAPrivateKey) -> SigningKey:
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(private, hashlib.sha256(public).hexdigest()[:40].upper())


async def new_certificate(subject: str) -> Certificate:
    """Issue a self-signed certificate for a fresh key, valid for a year."""
    key = await new_signing_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _CERTIFICATE_LIFETIME)
        .sign(key.private, SHA256())
    )
    der = certificate.public_bytes(Encoding.DER)
    thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    return Certificate(SigningKey(key.private, thumbprint), base64.b64encode(der).decode())
