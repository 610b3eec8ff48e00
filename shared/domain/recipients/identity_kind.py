"""The two kinds of recipients that are addressed by a number and can be looked up by it."""

from enum import Enum

from shared.domain.orders.order import Recipient


class IdentityKind(Enum):
    """What a number identifies; the value is part of the hash it is indexed under."""

    PERSON = "person"
    ORGANIZATION = "organization"

    def number_of(self, recipient: Recipient) -> str | None:
        """Return the number of this kind that a recipient was addressed by."""
        if self is IdentityKind.PERSON:
            return recipient.national_identity_number
        return recipient.organization_number
