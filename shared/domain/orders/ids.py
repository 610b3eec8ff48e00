"""Ids that say where they live.

Every id is a UUID in version 4 form:

    12 bytes chain key | 1 byte shipment index | 3 bytes ordinal

The chain key (90 free bits, version and variant bits fixed) names the table partition. Shipment index 0 is
the chain itself, 1 its main order, 2 and up its reminders. Ordinal 0 is the shipment itself; a notification
has 12 bits page (0 for a shipment of one row, else from 1) and 12 bits slot from 1. So any id that arrives,
in a URL or in a provider's report, leads to its row without an index, and an id of one kind is never taken
for another. Slot 0 of a page names the page itself; such ids never leave the service. A webhook belongs to no
chain; its id has shipment index 255.
"""

import hmac
import json
import secrets
import uuid
from dataclasses import dataclass, replace

from shared.domain.orders.order import OrderType

MAX_REMINDERS = 50
MAX_PAGES = 4096
_KEY_BYTES = 12
_WEBHOOK = 0xFF  # above the index of any shipment
_CONTENT_DIGITS = 32
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class ItemId:
    """A parsed id; `str()` gives the wire form, a lower-case hyphenated UUID."""

    chain_key: str
    shipment: int = 0
    page: int = 0
    slot: int = 0

    def __str__(self) -> str:
        ordinal = self.page << 12 | self.slot
        digits = f"{self.chain_key}{self.shipment:02x}{ordinal:06x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    @property
    def is_chain(self) -> bool:
        """Whether this names a whole chain."""
        return self.shipment == 0 and self.page == 0 and self.slot == 0

    @property
    def is_shipment(self) -> bool:
        """Whether this names a shipment: the main order or a reminder."""
        return 1 <= self.shipment <= 1 + MAX_REMINDERS and self.page == 0 and self.slot == 0

    @property
    def is_notification(self) -> bool:
        """Whether this names one e-mail or SMS of a shipment."""
        return 1 <= self.shipment <= 1 + MAX_REMINDERS and self.slot >= 1

    def of_shipment(self, index: int) -> "ItemId":
        """Return the id of a shipment of the same chain: 1 the main order, 2 and up its reminders."""
        return ItemId(self.chain_key, index)

    @property
    def is_page(self) -> bool:
        """Whether this names a page of a large shipment."""
        return 1 <= self.shipment <= 1 + MAX_REMINDERS and self.page >= 1 and self.slot == 0

    @property
    def is_webhook(self) -> bool:
        """Whether this names a webhook of an owner."""
        return self.shipment == _WEBHOOK and self.page == 0 and self.slot == 0

    def of_page(self, page: int) -> "ItemId":
        """Return the id of a page of this shipment, from 1."""
        return ItemId(self.chain_key, self.shipment, page)

    def of_notification(self, slot: int) -> "ItemId":
        """Return the id of one notification in this row: a shipment, or a page of one."""
        return replace(self, slot=slot)

    @property
    def chain(self) -> "ItemId":
        """The chain that this belongs to."""
        return ItemId(self.chain_key)

    @property
    def row(self) -> "ItemId":
        """The row that holds this notification: its shipment, or a page of it."""
        return ItemId(self.chain_key, self.shipment, self.page)

    @property
    def owner(self) -> "ItemId":
        """The shipment that a page or notification belongs to."""
        return ItemId(self.chain_key, self.shipment)


def parse_id(text: str) -> ItemId | None:
    """Read an id in any UUID spelling; None when it is none, or cannot be one of ours."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    if value.version != 4:  # other versions and variants are never made here
        return None
    ordinal = int.from_bytes(value.bytes[13:], "big")
    return ItemId(value.hex[: 2 * _KEY_BYTES], value.bytes[12], ordinal >> 12, ordinal & 0xFFF)


def known_id(text: str) -> ItemId:
    """Read an id that the service has written; ValueError for any other text."""
    item = parse_id(text)
    if item is None:
        raise ValueError("not an id of this service")
    return item


class IdMaker:
    """Makes chain keys and keyed digests with the deployment's secret.

    The digests are keyed because what callers choose (idempotency ids, references) often contains a national
    identity number, which a plain hash would not protect.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("ID_SECRET must be base64 of at least 16 random bytes")
        self._secret = secret

    def random_chain(self) -> ItemId:
        """Return a chain id for a request that cannot be repeated (version 1)."""
        return ItemId(_chain_key(secrets.token_bytes(_KEY_BYTES)))

    def random_webhook(self) -> ItemId:
        """Return the id of a new webhook."""
        return ItemId(_chain_key(secrets.token_bytes(_KEY_BYTES)), _WEBHOOK)

    def chain(self, order_type: OrderType, creator: str, idempotency_id: str) -> tuple[ItemId, str]:
        """Return the one chain id of (type, creator, idempotency id) and the digest a repeat must equal."""
        digest = self.digest(order_type.value, creator, idempotency_id)
        return ItemId(_chain_key(bytes.fromhex(digest)[:_KEY_BYTES])), digest

    def content(self, content: str | None) -> str | None:
        """Return the keyed form of the hash of a request's content, None for a request without one."""
        return None if content is None else self.digest("content", content)[:_CONTENT_DIGITS]

    def digest(self, *parts: str) -> str:
        """Return a keyed hash of the parts as 64 hex digits."""
        # surrogatepass: a caller's id may hold lone surrogates, which must not make the hash fail
        text = _to_json(parts)
        return hmac.digest(self._secret, text.encode("utf-8", "surrogatepass"), "sha256").hex()


def _chain_key(raw: bytes) -> str:
    key = bytearray(raw)
    key[6] = key[6] & 0x0F | 0x40  # UUID version 4
    key[8] = key[8] & 0x3F | 0x80  # RFC 9562 variant
    return key.hex()
