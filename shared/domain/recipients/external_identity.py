"""People without a national identity number, named by a URN of the identity they signed in with."""

from urllib.parse import unquote_plus

from shared.domain.recipients.email_address import is_email_address

_EMAIL = "urn:altinn:person:idporten-email:"
_USERNAMES = (
    "urn:altinn:party:username:",
    "urn:altinn:username:",
    "urn:altinn:person:legacy-selfidentified:",
)


def is_external_identity(urn: str) -> bool:
    """Whether the text is a URN that we know, aliases of its key included, with a usable value.

    The value is percent-decoded and a plus means a blank, so an address holding a plus is written with `%2B`.
    """
    if urn.startswith(_EMAIL):
        return is_email_address(unquote_plus(urn.removeprefix(_EMAIL)))
    return any(urn.startswith(key) and unquote_plus(urn.removeprefix(key)).strip() for key in _USERNAMES)
