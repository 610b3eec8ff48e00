"""A key vault that knows issuers of platform tokens, honest and hostile ones, and counts what it is asked."""

import asyncio
import base64
import json
import time
from datetime import UTC, datetime, timedelta

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

HEADER = "PlatformAccessToken"
_SUFFIX = "-access-token-public-cert"
_VALID = timedelta(days=1)


class Vault:
    """The server; `asked` counts all calls. All issuers have the same key."""

    def __init__(self) -> None:
        self.base = ""
        self.asked = 0
        self._key: RSAPrivateKey = generate_private_key(65537, 2048)
        self._certificates: dict[str, str] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.base = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def add(self, issuer: str, valid: timedelta = _VALID) -> None:
        """Give an issuer a certificate that is valid from now on for a time."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _VALID)
            .not_valid_after(now + valid)
            .sign(self._key, SHA256())
        )
        self._certificates[issuer] = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()

    def token(self, issuer: str, **claims: object) -> str:
        """Return a platform token of an issuer, valid for hours."""
        content = {"iss": issuer, "urn:altinn:app": "app", "exp": int(time.time()) + 20_000, **claims}
        return jwt.encode(content, self._key, algorithm="RS256")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                name = head.split(b" ", 2)[1].decode("latin-1").partition("?")[0].rpartition("/")[2]
                found = self._certificates.get(name.removesuffix(_SUFFIX))
                status, document = (404, {}) if found is None else (200, {"value": found})
                body = json.dumps(document).encode()
                writer.write(b"HTTP/1.1 %d Vault\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
