"""The request for a token, which may ask for a token that is wrong on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_DEFAULT_LIFETIME_SECONDS = 1800
_DEFAULT_ORG = "ttd"
_DEFAULT_SCOPE = "altinn:serviceowner/notifications.create"


class TokenFlaw(StrEnum):
    """A reason for which a token must be refused."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    NO_EXPIRY = "no-expiry"
    FOREIGN_KEY = "foreign-key"  # signed by a key that is not published
    ALG_NONE = "alg-none"
    HMAC_WITH_PUBLIC_KEY = "hmac-with-public-key"  # algorithm confusion
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_ISSUER = "wrong-issuer"


class InvalidTokenRequestError(ValueError):
    """A token request that makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One token to issue.

    With `platform` it is a platform access token of that app, issued by `org`; otherwise an Altinn token with
    `scope`, without organisation when `org` is None. `claims` override everything else.
    """

    org: str | None = _DEFAULT_ORG
    scope: str = _DEFAULT_SCOPE
    platform: str | None = None
    expires_in: int = _DEFAULT_LIFETIME_SECONDS
    audience: str | None = None
    issuer: str | None = None
    flaw: TokenFlaw | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, document: object) -> "TokenRequest":
        """Build the request from its JSON form; InvalidTokenRequestError when it makes no sense."""
        if not isinstance(document, dict):
            raise InvalidTokenRequestError("a token request is a JSON object")
        try:
            flaw, claims = document.get("flaw"), document.get("claims", {})
            if not isinstance(claims, dict):
                raise InvalidTokenRequestError("claims is a JSON object")
            request = cls(
                org=None if document.get("noOrg") else str(document.get("org") or _DEFAULT_ORG),
                scope=str(document.get("scope", _DEFAULT_SCOPE) or ""),
                platform=_optional_text(document, "platform"),
                expires_in=int(document.get("expiresIn") or _DEFAULT_LIFETIME_SECONDS),
                audience=_optional_text(document, "audience"),
                issuer=_optional_text(document, "issuer"),
                flaw=None if flaw is None else TokenFlaw(flaw),
                claims=claims,
            )
        except (TypeError, ValueError) as error:
            raise InvalidTokenRequestError(f"unusable token request: {error}") from error
        if request.platform is not None and request.org is None and request.issuer is None:
            raise InvalidTokenRequestError("a platform access token needs an issuing organisation")
        return request


def _optional_text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return None if value is None else str(value)
