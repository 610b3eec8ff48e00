"""Which notifications an order becomes: one per address, or the explicit failure to find or use one."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from shared.domain.orders.notification import Notification, Result, results_of
from shared.domain.orders.order import Channel, OrderRequest, Recipient
from shared.domain.recipients.contact_points import ContactPoints, given, needs_lookup, selected
from shared.domain.recipients.email_address import address_key
from shared.domain.recipients.phone import e164
from shared.domain.texts.keywords import tells_who, used_fields

MAX_NOTIFICATIONS = 4000  # of one row: its slots are numbered in 12 bits
FINGERPRINT_BYTES = 12
_FAILURE = b"\xff"

type _Addresses = Mapping[Channel, tuple[str, ...]]

NOBODY: Mapping[int, ContactPoints] = {}


def is_unresolved(order: OrderRequest) -> bool:
    """Whether any recipient has to be looked up before it can be written to."""
    return any(needs_lookup(recipient, order.channel_schema) for recipient in order.recipients)


def expand(
    order: OrderRequest,
    now: datetime,
    contacts: Mapping[int, ContactPoints] = NOBODY,
    contacted: set[bytes] | None = None,
) -> tuple[Notification, ...]:
    """Return the notifications of an order, e-mail first; `contacts` is what was looked up, by index.

    A recipient that was to be looked up and is not in `contacts` becomes a new notification without address,
    which can only expire. The same text, with the same fields, to the same address is one notification, and
    so is the failure to reach the same recipient; `contacted` collects the fingerprints of all, for the pages
    of one order.
    """
    chosen = _chosen(order, contacts)
    contacted = set() if contacted is None else contacted
    used = {channel: sorted(used_fields(order, channel)) for channel in Channel}
    notifications: list[Notification] = []
    for channel, index, address, result in _rows(order, contacts, chosen):
        recipient = order.recipients[index]
        entry = (
            _message_fingerprint(order, channel, address, recipient, used[channel])
            if address
            else _failure_fingerprint(channel, recipient)
        )
        if entry in contacted:
            continue
        contacted.add(entry)
        notifications.append(Notification(len(notifications) + 1, index, channel, address, result, now))
    return tuple(notifications)


def _chosen(order: OrderRequest, contacts: Mapping[int, ContactPoints]) -> list[_Addresses]:
    """Return the addresses of every recipient; of more than a row can hold, each recipient gets a share."""
    schema = order.channel_schema
    chosen: list[_Addresses] = []
    for index, recipient in enumerate(order.recipients):
        if needs_lookup(recipient, schema):
            chosen.append(selected(contacts.get(index, ContactPoints()), schema))
        else:
            chosen.append(given(recipient, schema))
    if sum(max(1, len(found)) for addresses in chosen for found in addresses.values()) <= MAX_NOTIFICATIONS:
        return chosen
    share = max(1, MAX_NOTIFICATIONS // (2 * len(chosen)))
    return [{channel: found[:share] for channel, found in addresses.items()} for addresses in chosen]


def _rows(
    order: OrderRequest, contacts: Mapping[int, ContactPoints], chosen: Sequence[_Addresses]
) -> Iterator[tuple[Channel, int, str, Result]]:
    for channel in (Channel.EMAIL, Channel.SMS):
        for index, addresses in enumerate(chosen):
            if channel not in addresses:
                continue
            points = contacts.get(index)
            if points is not None and points.reserved and not order.ignore_reservation:
                yield channel, index, "", results_of(channel).FAILED_RECIPIENT_RESERVED
            elif addresses[channel]:
                for address in addresses[channel]:
                    yield channel, index, address, results_of(channel).NEW
            elif points is None and needs_lookup(order.recipients[index], order.channel_schema):
                yield channel, index, "", results_of(channel).NEW
            else:
                yield channel, index, "", results_of(channel).FAILED_RECIPIENT_NOT_IDENTIFIED


def _message_fingerprint(
    order: OrderRequest, channel: Channel, address: str, recipient: Recipient, used: Sequence[str]
) -> bytes:
    """Return what two messages have in common if one of them is enough: text and address.

    `used` are the fields in the text.
    """
    same = address_key(address) if channel is Channel.EMAIL else e164(address)
    # the recipient makes a difference where the text names it
    who = _identity(recipient) if tells_who(order, channel) else ()
    values = [(recipient.fields or {}).get(name, "") for name in used]
    # a value may have line breaks, so its length says where it ends
    return _digest(channel, same, *who, *(f"{len(value)} {value}" for value in values))


def _failure_fingerprint(channel: Channel, recipient: Recipient) -> bytes:
    """Return what two failures have in common if they are of one recipient.

    It sorts behind most messages: where there is no room for all fingerprints, those of failures are dropped
    first.
    """
    same = _digest(
        channel,
        address_key(recipient.email_address or ""),
        e164(recipient.mobile_number or ""),
        *_identity(recipient),
    )
    return _FAILURE + same[len(_FAILURE) :]


def _digest(*texts: str) -> bytes:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=FINGERPRINT_BYTES).digest()


def _identity(recipient: Recipient) -> tuple[str, ...]:
    return (
        recipient.organization_number or "",
        recipient.national_identity_number or "",
        (recipient.external_identity or "").casefold(),  # as registers compare it
    )
