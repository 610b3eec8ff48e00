"""Seals secrets that the service has to read again, such as those of webhooks: AES-256 in GCM.

The keys are derived from secrets among the settings. What was sealed with a former one can still be opened,
and is sealed with the current one when its owner makes a new secret.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from shared.runtime.errors import PermanentError

_PURPOSE = b"notifications|sealed secrets|1"
_NONCE_BYTES = 12


class SealedSecrets:
    """`SecretSeal` with keys of this deployment, the current one first."""

    def __init__(self, key_secrets: Sequence[bytes]) -> None:
        self._keys = [_derived(secret) for secret in key_secrets]

    def seal(self, secret: str, bound_to: str) -> bytes:
        """Return a secret as it is stored."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  only owners need it

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._keys[0]).encrypt(nonce, secret.encode(), bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> str:
        """Return a secret; PermanentError when it was sealed with another key or for another row."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  as above
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._keys:
            try:
                return AESGCM(key).decrypt(nonce, text, bound_to.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        raise PermanentError("a secret cannot be opened with the keys of this deployment")


def _derived(secret: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE, hashlib.sha256)
