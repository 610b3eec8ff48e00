"""The form of the numbers that identify people and organisations; whether they exist is not checked."""

import re

from shared.domain.recipients.identity_kind import IdentityKind

_FORMS = {
    IdentityKind.PERSON: (re.compile(r"[0-9]{11}"), "National identity number must be 11 digits long."),
    IdentityKind.ORGANIZATION: (re.compile(r"[0-9]{9}"), "Organization number must be 9 digits long."),
}


def number_error(kind: IdentityKind, number: str) -> str | None:
    """Return the error text for a number that is not 11 or 9 ASCII digits, as its kind has; else None."""
    form, message = _FORMS[kind]
    return None if form.fullmatch(number) else message
