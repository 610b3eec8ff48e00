"""What the registers know about a recipient, and which of its addresses an order uses.

Registers hold what people once typed: numbers without country code, repeated addresses, text that is no
address. Contact points hold usable addresses only. Whether a number exists in a numbering plan takes a
metadata library, so that check is passed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.domain.orders.order import Channel, ChannelSchema, Recipient
from shared.domain.recipients.email_address import address_key, is_email_address
from shared.domain.recipients.phone import e164, normalize_register_number

type PhoneCheck = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class UserContact:
    """Somebody who registered an address of their own for an organisation; "" where there is none."""

    user_id: int
    email: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class ContactPoints:
    """The addresses of one recipient: its own, for an organisation the official ones, and those of its users.

    `reserved` says that a person does not want to be contacted digitally by the public sector.
    """

    emails: tuple[str, ...] = ()
    mobiles: tuple[str, ...] = ()
    users: tuple[UserContact, ...] = ()
    reserved: bool = False


def needs_lookup(recipient: Recipient, schema: ChannelSchema) -> bool:
    """Whether the recipient was named by an identity and gave no address that the channel can use."""
    if not recipient.identity:
        return False
    match schema:
        case ChannelSchema.EMAIL:
            return not recipient.email_address
        case ChannelSchema.SMS:
            return not recipient.mobile_number
        case ChannelSchema.EMAIL_PREFERRED | ChannelSchema.SMS_PREFERRED | ChannelSchema.EMAIL_AND_SMS:
            return not recipient.email_address and not recipient.mobile_number


def cleaned(points: ContactPoints, is_phone_number: PhoneCheck) -> ContactPoints:
    """Return usable addresses only, each once: official ones before users', users in register order.

    Addresses and numbers are the same when the form in which they are sent is, letters compared without case.
    """
    seen: set[str] = set()

    def first(text: str, key: str) -> str:
        if key in seen:
            return ""
        seen.add(key)
        return text

    def email(text: str) -> str:
        address = text.strip()
        return first(address, address_key(address)) if is_email_address(address) else ""

    def mobile(text: str) -> str:
        number = normalize_register_number(text.strip())
        return first(number, e164(number)) if number and is_phone_number(number) else ""

    official_emails = tuple(address for text in points.emails if (address := email(text)))
    official_mobiles = tuple(number for text in points.mobiles if (number := mobile(text)))
    users = (UserContact(user.user_id, email(user.email), mobile(user.mobile)) for user in points.users)
    return ContactPoints(
        emails=official_emails,
        mobiles=official_mobiles,
        users=tuple(user for user in users if user.email or user.mobile),
        reserved=points.reserved,
    )


def selected(points: ContactPoints, schema: ChannelSchema) -> Mapping[Channel, tuple[str, ...]]:
    """Return the addresses to use by channel.

    A channel with an empty tuple is one on which the recipient should be reached and cannot be. A preferred
    channel falls back for the official addresses as a group, and for each user on their own.
    """
    emails = points.emails + tuple(user.email for user in points.users if user.email)
    mobiles = points.mobiles + tuple(user.mobile for user in points.users if user.mobile)
    if schema is ChannelSchema.EMAIL_PREFERRED:
        instead = () if points.emails else points.mobiles
        mobiles = instead + tuple(user.mobile for user in points.users if not user.email)
    elif schema is ChannelSchema.SMS_PREFERRED:
        instead = () if points.mobiles else points.emails
        emails = instead + tuple(user.email for user in points.users if not user.mobile)
    return _by_channel(emails, mobiles, schema)


def given(recipient: Recipient, schema: ChannelSchema) -> Mapping[Channel, tuple[str, ...]]:
    """Return the addresses to use of those that came with the order, as `selected` does.

    A recipient with both kinds gets both messages, also where one channel is preferred.
    """
    emails = (recipient.email_address,) if recipient.email_address else ()
    mobiles = (recipient.mobile_number,) if recipient.mobile_number else ()
    return _by_channel(emails, mobiles, schema)


def is_reachable(points: ContactPoints, schema: ChannelSchema) -> bool:
    """Whether there is any address on any channel the order may use."""
    return any(selected(points, schema).values())


def _by_channel(
    emails: tuple[str, ...], mobiles: tuple[str, ...], schema: ChannelSchema
) -> Mapping[Channel, tuple[str, ...]]:
    both = {Channel.EMAIL: emails, Channel.SMS: mobiles}
    match schema:
        case ChannelSchema.EMAIL:
            return {Channel.EMAIL: emails}
        case ChannelSchema.SMS:
            return {Channel.SMS: mobiles}
        case ChannelSchema.EMAIL_AND_SMS:
            return both
        case ChannelSchema.EMAIL_PREFERRED | ChannelSchema.SMS_PREFERRED:
            preferred = Channel.EMAIL if schema is ChannelSchema.EMAIL_PREFERRED else Channel.SMS
            return {channel: found for channel, found in both.items() if found} or {preferred: ()}
