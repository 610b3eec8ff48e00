"""Seals secrets that the service has to read again, such as those of webhooks: AES-256 in GCM.

The keys are derived from secrets among the settings. What was sealed with a former one can still be opened,
and is then sealed with the current one.
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
        for key in self._keys:
            if (secret := _opened(sealed, key, bound_to)) is not None:
                return secret
        raise PermanentError("a secret cannot be opened with the keys of this deployment")

    def is_current(self, sealed: bytes, bound_to: str) -> bool:
        """Whether a secret was sealed with the key that is used now."""
        return _opened(sealed, self._keys[0], bound_to) is not None


def _opened(sealed: bytes, key: bytes, bound_to: str) -> str | None:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, text, bound_to.encode()).decode()
    except (InvalidTag, ValueError):
        return None


def _derived(secret: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE, hashlib.sha256)
