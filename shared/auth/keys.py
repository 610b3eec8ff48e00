"""Shared secrets presented by machines: the metrics API key and the SMS gateway's Basic credentials.

Compared in constant time over hashes, so neither content nor length of the secret shows in the time it takes.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from shared.runtime.errors import UnauthenticatedError

_API_KEY_HEADER = "X-API-Key"
_BASIC = "Basic"


class ApiKeyRefusedError(UnauthenticatedError):
    """The metrics API key is missing or wrong; `text` is for the body of the 401, `{"error": text}`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class MetricsApiKey:
    """The one key that opens the metrics endpoints; with an empty `configured` they stay closed."""

    def __init__(self, configured: str) -> None:
        self._configured = configured

    def check(self, headers: Mapping[str, str]) -> None:
        """Raise ApiKeyRefusedError unless the request carries the key; looking up must ignore case."""
        presented = headers.get(_API_KEY_HEADER)
        if presented is None:
            raise ApiKeyRefusedError("API key required for Metrics endpoints")
        if not presented.strip():
            raise ApiKeyRefusedError("API key cannot be empty")
        if not self._configured.strip():
            raise ApiKeyRefusedError("API key validation not configured")
        if not _same(presented, self._configured):
            raise ApiKeyRefusedError("Invalid API key")


class BasicCredentials:
    """The one user that may deliver SMS reports; without a configured user or password all are refused.

    While the password is exchanged the former one is accepted as well.
    """

    def __init__(self, username: str, password: str, former_password: str | None = None) -> None:
        self._username = username
        self._password = password
        self._former_password = former_password or password

    def check(self, headers: Mapping[str, str]) -> None:
        """Raise UnauthenticatedError unless the request carries the user's HTTP Basic credentials."""
        if not self._username or not self._password:
            raise UnauthenticatedError("There is no user for this endpoint.", _BASIC)
        username, password = _parse_basic(headers.get("Authorization") or "")
        # all comparisons always run
        known = _same(password, self._password) | _same(password, self._former_password)
        if not _same(username, self._username) & known:
            raise UnauthenticatedError("User or password is wrong.", _BASIC)


def _parse_basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        raise UnauthenticatedError("There are no basic credentials.", _BASIC, presented=False)
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise UnauthenticatedError("The basic credentials cannot be read.", _BASIC) from error
    username, colon, password = decoded.partition(":")
    if not colon:
        raise UnauthenticatedError("The basic credentials cannot be read.", _BASIC)
    return username, password


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(_digest(one), _digest(other))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
