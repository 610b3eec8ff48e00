"""The partition design: every table and key in one place.

    Orders             shard 00..0f         the chains whose keys begin with this digit, their agenda, and
                                            the index of their references: so that all are one write
      chain|<chain>|S01 S02 …   the main order and its reminders; S01 also is the receipt of the chain
      chain|<chain>|S01P001 …   the pages of a large shipment: recipients and the state of their notifications
      chain|<chain>|S01P000     fingerprints of whom the pages contact, if any page is looked up
      <due>|<shipment>|<nonce>  the agenda: when an open shipment or webhook must next be looked at. Due as
                         20310502T070000.000000Z, so "due" is one range; the nonce keeps the rows of
                         repeated requests apart and begins with the lane
      <lane><due>|<shipment>|<nonce>   the same, while its work is on its way through the queues:
                         lane E for e-mail, S for SMS, B for both, C while its condition is asked
      reference|<keyed hash of owner and sendersReference>|<created>|<shipment>   the index
      unreadable|<key>   a row of the agenda that cannot be read, out of the way
    StatusFeed         owner, encoded       the feed of one owner, gapless in commit order
      !                  head: the last number given, and how many webhooks the owner has
      E<19 digits>       a pack of entries, named by the number of the last
      H<ended>|<id>      a pack of hidden entries of cancelled shipments, named by the first
      M<second>|<id>     markers: the shipments of one append that ended in this second, named by the first
      D<day>             the first number given on a day
      W<webhook>         a webhook of the owner, and which entry was delivered to it last
      unreadable|<key>   an old row that cannot be treated, or one shipment of it, out of the way
    StatusFeed         !                    one row per owner: when the next of its shipments loses something
    GatewayReferences  r0..r3               gateway reference → notification, or a report that came first
      !<parked>|<reference>   a report that waits for its reference, by time
      =<send time>|<notification>   a provider accepted it; the row of its order need not say so yet
    WithdrawnOrders    !                    <withdrawn>|<created>|<shipment> of orders that were withdrawn
    DeadLetters        queue                <falling time of recording>-<hash of the message>, its id in URLs
                       !                    <time>-<hash of the message> of messages that wait for their queue
    ByRecipient        month, bucket        <keyed hash of the recipient>|<falling send time>|<shipment>
                       month, e0..e3        the same by e-mail address, if a setting turns that on
      !                  the first month that was not purged
    NotificationLog    d|dialog             <owner>|<shipment or page>
                       t|owner|transmission the same rows once more, for look-ups by transmission
    ProviderStates     provider             state: its failures, its pause, the next free turn of each limit
                       owner|owner          state: the same form, for the quota of an owner
                       preview|owner        state: the same form, for its previews

Owners and references are text from outside and may hold characters that keys forbid, so they are encoded.
"""

import hashlib
import re
from datetime import UTC, datetime

from shared.domain.orders.ids import ItemId
from shared.records.keys import instant_key, instant_of

ORDERS = "Orders"
STATUS_FEED = "StatusFeed"
GATEWAY_REFERENCES = "GatewayReferences"
WITHDRAWN_ORDERS = "WithdrawnOrders"
DEAD_LETTERS = "DeadLetters"
BY_RECIPIENT = "ByRecipient"
NOTIFICATION_LOG = "NotificationLog"
PROVIDER_STATES = "ProviderStates"
TABLES = (
    ORDERS,
    STATUS_FEED,
    GATEWAY_REFERENCES,
    WITHDRAWN_ORDERS,
    DEAD_LETTERS,
    BY_RECIPIENT,
    NOTIFICATION_LOG,
    PROVIDER_STATES,
)

SHARDS = tuple(f"{shard:02x}" for shard in range(16))
CHAIN = "chain|"  # above all rows of the agenda but those set aside
REFERENCE = "reference|"
UNREADABLE = "unreadable|"
REFERENCE_SHARDS = ("r0", "r1", "r2", "r3")
FEED_HEAD = "!"
FEED_OWNERS = "!"
FEED_ENTRY, FEED_HIDDEN, FEED_MARKER, FEED_WEBHOOK = "E", "H", "M", "W"
WITHDRAWN = "!"
WAITING = "!"

_LAST_MICROSECOND = 10**16  # beyond the year 2286, so that falling instants keep 16 digits
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")
_ENCODED_LIMIT = 256


def shard_of(item: ItemId) -> str:
    """Return the PartitionKey of a chain with all that belongs to it, or of the agenda row of a webhook."""
    return f"0{item.chain_key[0]}"


def shipment_row(item: ItemId) -> str:
    """Return the RowKey of a shipment, or of a page of it."""
    row = f"{CHAIN}{item.chain_key}|S{item.shipment:02x}"
    return f"{row}P{item.page:03x}" if item.page else row


def contacted_row(item: ItemId) -> str:
    """Return the RowKey under which a shipment keeps whom its pages contact."""
    return f"{shipment_row(item.owner)}P000"


def page_range(item: ItemId) -> tuple[str, str]:
    """Return what the RowKeys of all pages of a shipment lie between."""
    return contacted_row(item), f"{shipment_row(item.owner)}Q"


def page_number(row_key: str) -> int:
    """Return the number in a page's RowKey."""
    return int(row_key.rpartition("P")[2], 16)


def agenda_range(lane: str, before: datetime) -> tuple[str, str]:
    """Return what the RowKeys due before an instant lie between; lane "": rows that only wait."""
    return lane, f"{lane}{instant_key(before)}"


def falling_key(at: datetime) -> str:
    """Return an instant so that text order is the newest first."""
    return f"{_LAST_MICROSECOND - round(at.timestamp() * 1_000_000):016d}"


def instant_of_falling(text: str) -> datetime:
    """Read what `falling_key` wrote."""
    return datetime.fromtimestamp((_LAST_MICROSECOND - int(text)) / 1_000_000, UTC)


def feed_partition(owner: str) -> str:
    """Return the PartitionKey of an owner's feed."""
    return encode(owner)


def feed_entry(sequence: int) -> str:
    """Return the RowKey of the pack of entries whose last number this is."""
    return f"{FEED_ENTRY}{sequence:019d}"


def feed_sequence(row_key: str) -> int:
    """Return the last number in a pack of entries, from its RowKey."""
    return int(row_key.removeprefix(FEED_ENTRY).partition("|")[0])


def feed_hidden(ended_at: datetime, shipment_id: str) -> str:
    """Return the RowKey of a pack of hidden entries, given the first."""
    return f"{FEED_HIDDEN}{instant_key(ended_at)}|{shipment_id}"


def feed_second(ended_at: datetime) -> str:
    """Return what the RowKeys of all markers of shipments that ended in the same second begin with."""
    return f"{FEED_MARKER}{instant_key(ended_at.replace(microsecond=0))}"


def feed_marker(ended_at: datetime, shipment_id: str) -> str:
    """Return the RowKey of markers, given the first of their shipments."""
    return f"{feed_second(ended_at)}|{shipment_id}"


def feed_marked_second(row_key: str) -> datetime:
    """Return the beginning of the second in which the shipments of markers ended."""
    return instant_of(row_key.removeprefix(FEED_MARKER).partition("|")[0])


def feed_webhook(item: ItemId) -> str:
    """Return the RowKey of a webhook."""
    return f"{FEED_WEBHOOK}{item}"


def feed_day(day: str) -> str:
    """Return the RowKey of the row with the first number given on a day, such as 20310505."""
    return f"D{day}"


def owner_quota(owner: str, what: str = "owner") -> str:
    """Return the PartitionKey of an owner's quota for orders, or for `what` else, which no provider has."""
    return f"{what}|{encode(owner)}"


def reference_key(reference: str) -> tuple[str, str]:
    """Return the (PartitionKey, RowKey) of a gateway reference."""
    shard = hashlib.blake2b(reference.encode("utf-8", "surrogatepass"), digest_size=1).digest()[0]
    return REFERENCE_SHARDS[shard % len(REFERENCE_SHARDS)], encode(reference)


def senders_reference_row(digest: str, created: str) -> str:
    """Return the RowKey of an order in the index of references; `digest` is of its owner and reference."""
    return f"{REFERENCE}{digest}|{created}"


def accepted_key(send_at: datetime, notification: ItemId) -> str:
    """Return the RowKey of the note that a provider accepted a notification; no reference has such a key.

    `send_at` is the time for which its order was requested.
    """
    return f"={instant_key(send_at)}|{notification}"


def accepted_range(before: datetime) -> tuple[str, str]:
    """Return what the RowKeys of notes on orders requested for before an instant lie between."""
    return "=", f"={instant_key(before)}"


def accepted_for(row_key: str) -> datetime:
    """Return the time for which the order of a note was requested."""
    return instant_of(row_key[1:].partition("|")[0])


def parked_key(parked_at: datetime, row_key: str) -> str:
    """Return the RowKey that lists a parked report by time; `row_key` is that of its reference."""
    return f"!{instant_key(parked_at)}|{row_key}"


def parked_at(parked: str) -> datetime:
    """Return when a listed report came."""
    return instant_of(parked[1:].partition("|")[0])


def parked_reference(parked: str) -> str:
    """Return the RowKey of the reference that a listed report waits for."""
    return parked.partition("|")[2]


def encode(text: str) -> str:
    """Return text as a key: unsafe characters as `_` and hex, long text as its hash, all distinct."""
    key = _UNSAFE.sub(lambda match: f"_{ord(match[0]):x}_", text)
    if len(key) <= _ENCODED_LIMIT:
        return key
    return "_h" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
