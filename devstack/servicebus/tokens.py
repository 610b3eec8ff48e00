"""Shared access signatures: made by clients, checked by the broker when it was started with a key."""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote_plus, urlencode

from devstack.servicebus.addresses import entity_path

_PREFIX = "SharedAccessSignature "
TOKEN_TYPE = "servicebus.windows.net:sastoken"  # noqa: S105 -- the name of a kind, not a secret


class TokenRefusedError(Exception):
    """The token does not authorise anything; the message says why, without quoting it."""


def sign(uri: str, key_name: str, key: str, lifetime_seconds: float) -> str:
    """Return a shared access signature for everything below `uri`."""
    expiry = str(int(time.time() + lifetime_seconds))
    resource = quote_plus(uri)
    fields = {"sr": uri, "sig": _signature(resource, expiry, key), "se": expiry, "skn": key_name}
    return _PREFIX + urlencode(fields)


@dataclass(slots=True)
class Authorization:
    """What a connection may use. With `key` None every token is accepted, as on a developer's machine."""

    key: str | None
    _paths: set[str] = field(default_factory=set)

    def admit(self, token: str) -> None:
        """Check a token and remember what it is for; raises TokenRefusedError."""
        if self.key is None:
            return
        if not token.startswith(_PREFIX):
            raise TokenRefusedError("not a shared access signature")
        # Split by hand as well: the signature covers the resource as the client escaped it.
        raw = dict(part.split("=", 1) for part in token.removeprefix(_PREFIX).split("&") if "=" in part)
        fields = {name: values[0] for name, values in parse_qs(token.removeprefix(_PREFIX)).items()}
        if not {"sr", "sig", "se"} <= fields.keys():
            raise TokenRefusedError("the shared access signature is incomplete")
        expected = _signature(raw["sr"], fields["se"], self.key)
        if not hmac.compare_digest(expected.encode(), fields["sig"].encode()):
            raise TokenRefusedError("the signature is not made with the key of this namespace")
        if not fields["se"].isdecimal() or int(fields["se"]) <= time.time():
            raise TokenRefusedError("the token has expired")
        self._paths.add(entity_path(fields["sr"]))

    def covers(self, queue: str) -> bool:
        """Whether an admitted token is for this queue or for something above it."""
        if self.key is None:
            return True
        return any(not path or f"{queue}/".startswith(f"{path}/") for path in self._paths)


def _signature(escaped_resource: str, expiry: str, key: str) -> str:
    digest = hmac.digest(key.encode(), f"{escaped_resource}\n{expiry}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()
