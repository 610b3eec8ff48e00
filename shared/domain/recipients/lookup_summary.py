"""The answer at placement about recipients without an address of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.orders.order import ChannelSchema, Recipient
from shared.domain.recipients.contact_points import ContactPoints, is_reachable


class LookupStatus(StrEnum):
    """How many of the recipients that had to be looked up can be reached; the value is the wire name."""

    SUCCESS = "Success"
    PARTIAL_SUCCESS = "PartialSuccess"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class RecipientLookup:
    """What the registers said: identity numbers of reserved people, identities without usable address.

    A reserved person is in the first list only, also where the order ignores reservations.
    """

    status: LookupStatus
    is_reserved: Sequence[str] = ()
    missing_contact: Sequence[str] = ()


def lacks_contact(points: ContactPoints, schema: ChannelSchema) -> bool:
    """Whether somebody who was looked up has no address to use; a reserved person does not count as such."""
    return not points.reserved and not is_reachable(points, schema)


def summary(
    recipients: Sequence[Recipient], schema: ChannelSchema, contacts: Mapping[int, ContactPoints]
) -> RecipientLookup | None:
    """Return the summary of those looked up, each identity counted once; None when there are none."""
    looked_up = {recipients[index].identity or "": points for index, points in contacts.items()}
    if not looked_up:
        return None
    reserved = [identity for identity, points in looked_up.items() if points.reserved]
    missing = [identity for identity, points in looked_up.items() if lacks_contact(points, schema)]
    unreachable = len(reserved) + len(missing)
    status = LookupStatus.PARTIAL_SUCCESS
    if not unreachable:
        status = LookupStatus.SUCCESS
    elif unreachable == len(looked_up):
        status = LookupStatus.FAILED
    return RecipientLookup(status, reserved, missing)
