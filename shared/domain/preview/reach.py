"""Who of an order can be reached, as far as placing would tell, and by which messages.

What the registers know of a recipient is a secret from its owner. It learns whether there is a contact; an
order of version 1 also learns who is reserved, as from the lists in the answer to its placement. Channels and
addresses are told of recipients only whose address came with the order.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.orders.expansion import expand
from shared.domain.orders.order import Channel, ChannelSchema, OrderRequest, Recipient
from shared.domain.recipients.contact_points import ContactPoints, given, needs_lookup
from shared.domain.recipients.lookup_summary import lacks_contact
from shared.domain.trace.events import Register
from shared.domain.trace.lookup_events import register_of


class Reach(StrEnum):
    """Whether somebody can be reached; the value is the wire name."""

    GIVEN = "Given"  # at an address of the order
    FOUND = "Found"  # a register has a contact; of version 2, also of reserved people
    RESERVED = "Reserved"  # told in version 1 only
    MISSING = "Missing"  # no register has a contact that can be used
    UNUSABLE = "Unusable"  # the order gives an address, of another kind than its channel needs


class Reason(StrEnum):
    """Why a message goes out on its channel; the value is the wire name."""

    ONLY_CHANNEL = "OnlyChannel"  # the order names this channel
    BOTH_CHANNELS = "BothChannels"  # the order wants both
    PREFERRED = "Preferred"  # the order prefers this channel, and has an address for it
    INSTEAD = "Instead"  # the order has no address for the channel that it prefers
    BOTH_ADDRESSES = "BothAddresses"  # the order prefers one channel and gives addresses for both


@dataclass(frozen=True, slots=True)
class Message:
    """A message to an address of the order."""

    channel: Channel
    address: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Reached:
    """One recipient, by its index in the order.

    `register` is the one that knows it, None where the order gives an address. `duplicates` are channels on
    which nothing is sent because an earlier recipient has the same address, `without` those on which there is
    no address.
    """

    index: int
    reach: Reach
    register: Register | None = None
    messages: tuple[Message, ...] = ()
    duplicates: tuple[Channel, ...] = ()
    without: tuple[Channel, ...] = ()


def reached(
    pages: Iterable[OrderRequest],
    contacts: Mapping[int, ContactPoints],
    now: datetime,
    *,
    tells_reserved: bool,
) -> Iterator[Reached]:
    """Yield every recipient of an order in turn; `pages` are its parts, `contacts` is by index in the order.

    Messages are those that `expand` makes, each address once. It is not given what the registers know, so
    nothing that is told of an address depends on that.
    """
    contacted: set[bytes] = set()
    start = 0
    for page in pages:
        made: dict[int, dict[Channel, str]] = {}
        for notification in expand(page, now, contacted=contacted):
            if notification.address:
                made.setdefault(notification.recipient, {})[notification.channel] = notification.address
        for place, recipient in enumerate(page.recipients):
            index = start + place
            if needs_lookup(recipient, page.channel_schema):
                reach = _found(contacts.get(index, ContactPoints()), page.channel_schema, tells_reserved)
                yield Reached(index, reach, register_of(recipient))
            else:
                yield _given(index, recipient, page.channel_schema, made.get(place, {}))
        start += len(page.recipients)


@dataclass(slots=True)
class Count:
    """How many recipients there are by reach, and what goes to addresses of the order."""

    recipients: Counter[Reach]
    messages: Counter[Channel]
    duplicates: int = 0

    def add(self, one: Reached) -> None:
        """Count a recipient."""
        self.recipients[one.reach] += 1
        self.messages.update(message.channel for message in one.messages)
        self.duplicates += len(one.duplicates)


def _found(points: ContactPoints, schema: ChannelSchema, tells_reserved: bool) -> Reach:
    if points.reserved and tells_reserved:
        return Reach.RESERVED
    return Reach.MISSING if lacks_contact(points, schema) else Reach.FOUND


def _given(index: int, recipient: Recipient, schema: ChannelSchema, made: Mapping[Channel, str]) -> Reached:
    wanted = given(recipient, schema)
    usable = [channel for channel, addresses in wanted.items() if addresses]
    return Reached(
        index,
        Reach.GIVEN if usable else Reach.UNUSABLE,
        messages=tuple(
            Message(channel, made[channel], _reason(schema, channel, usable))
            for channel in usable
            if channel in made
        ),
        duplicates=tuple(channel for channel in usable if channel not in made),
        without=tuple(channel for channel, addresses in wanted.items() if not addresses),
    )


def _reason(schema: ChannelSchema, channel: Channel, usable: Collection[Channel]) -> Reason:
    match schema:
        case ChannelSchema.EMAIL | ChannelSchema.SMS:
            return Reason.ONLY_CHANNEL
        case ChannelSchema.EMAIL_AND_SMS:
            return Reason.BOTH_CHANNELS
        case ChannelSchema.EMAIL_PREFERRED | ChannelSchema.SMS_PREFERRED:
            if len(usable) > 1:
                return Reason.BOTH_ADDRESSES
            preferred = Channel.EMAIL if schema is ChannelSchema.EMAIL_PREFERRED else Channel.SMS
            return Reason.PREFERRED if channel is preferred else Reason.INSTEAD
