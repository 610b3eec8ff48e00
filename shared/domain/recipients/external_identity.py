"""People without a national identity number, named by a URN of the identity they signed in with."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

from shared.domain.recipients.email_address import is_email_address


class ExternalIdentityKind(StrEnum):
    """What the value of the URN is; the member value is the canonical key."""

    IDPORTEN_EMAIL = "altinn:person:idporten-email"
    USERNAME = "altinn:party:username"


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """A URN that was read; `value` is decoded."""

    kind: ExternalIdentityKind
    value: str


_KINDS = {
    "urn:altinn:person:idporten-email:": ExternalIdentityKind.IDPORTEN_EMAIL,
    "urn:altinn:party:username:": ExternalIdentityKind.USERNAME,
    "urn:altinn:username:": ExternalIdentityKind.USERNAME,
    "urn:altinn:person:legacy-selfidentified:": ExternalIdentityKind.USERNAME,
}


def parse_external_identity(urn: str) -> ExternalIdentity | None:
    """Read a URN, aliases of its key included; None when it is not one we know or its value is unusable.

    The value is percent-decoded and a plus means a blank, so an address holding a plus is written with `%2B`.
    """
    for prefix, kind in _KINDS.items():
        if urn.startswith(prefix):
            value = unquote_plus(urn[len(prefix) :])
            usable = is_email_address(value) if kind is ExternalIdentityKind.IDPORTEN_EMAIL else value.strip()
            return ExternalIdentity(kind, value) if usable else None
    return None
