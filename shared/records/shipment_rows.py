"""The columns of a shipment's row and of its pages: what is written, and what is read back.

The body is immutable and may be large, so it is packed and split over binary columns; the state is one column
of its own that every change replaces, beside the random token by which a write recognises itself.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from shared.domain.orders.ids import ItemId
from shared.domain.orders.notification import Result, result_counts, results_of
from shared.domain.orders.order import Channel, OrderRequest, Recipient
from shared.domain.orders.shipment import ShipmentState
from shared.records import codec
from shared.records.columns import Columns, Row, emptied, joined, split, text_or_split, value_of
from shared.records.forms import Json

STATE_COLUMNS = ("State", "Token")
RESULTS = ("Results",)  # of a page: counts by channel and result
_ITEM_BYTES = 400  # of a recipient or notification, beside its texts
_UNICODE_BYTES = 8  # of a character: four in memory and four in UTF-8
_MAX_COPY = 16_000  # of a copy in another row, in bytes; it only saves a read
_COPY = "Copy"
TOMBSTONE = "Tombstone"  # marks a row that only recognises repeats of its request


@dataclass(frozen=True, slots=True)
class NewShipment:
    """What is inserted for one shipment.

    `references` are the sendersReferences of the chain in receipt order, given with the main order only.
    `digest` is what a repeat of the request must equal; None for requests that cannot be repeated. `content`
    is what an exact repeat also equals, given with the main order only.

    The recipients of a large shipment are in its `pages` and not in `order`; `contacted` are the fingerprints
    of the pages that need no lookup, None when no page needs one.
    """

    item: ItemId
    creator: str
    created_at: datetime
    order: OrderRequest
    state: ShipmentState
    references: tuple[str | None, ...] = ()
    digest: str | None = None
    content: str | None = None
    pages: tuple["NewPage", ...] = ()
    contacted: frozenset[bytes] | None = None

    def stored(self, etag: str) -> "StoredShipment":
        """Return the shipment as it is once its row was written."""
        return StoredShipment(self.item, self.creator, self.created_at, self.order, self.state, etag)


@dataclass(frozen=True, slots=True)
class NewPage:
    """What is inserted for one page of a large shipment."""

    item: ItemId
    recipients: tuple[Recipient, ...]
    state: ShipmentState


@dataclass(frozen=True, slots=True)
class StoredShipment:
    """One shipment, or one page of a large one, as read or just written; `etag` guards the next change.

    Of a page, `order` has the page's recipients only; of a large shipment itself, it has none.
    """

    item: ItemId
    creator: str
    created_at: datetime
    order: OrderRequest
    state: ShipmentState
    etag: str


def weight_of(stored: StoredShipment) -> int:
    """Return about how many bytes of memory a shipment or page takes."""
    order = stored.order
    texts = [stored.creator, order.senders_reference, order.condition_endpoint, order.resource_id]
    texts += [order.resource_action, order.dialog_id, order.transmission_id]
    if order.email is not None:
        texts += [order.email.body, order.email.subject, order.email.from_address]
        texts += [file.sas_url for file in order.email.attachments]
    if order.sms is not None:
        texts += [order.sms.body, order.sms.sender]
    for to in order.recipients:
        texts += [to.email_address, to.mobile_number, to.external_identity, *(to.fields or {}).values()]
    texts += [notification.address for notification in stored.state.notifications]
    items = 1 + len(order.recipients) + len(stored.state.notifications)
    return items * _ITEM_BYTES + sum(map(_memory_of, filter(None, texts)))


def state_columns(state: ShipmentState, token: str) -> Columns:
    """Return the columns that a change of state replaces."""
    columns = text_or_split("State", codec.STATE.dump(state))
    return {**columns, "Status": state.status.value, "Token": token}


def page_state_columns(state: ShipmentState, token: str) -> Columns:
    """Return the columns that a change of a page's state replaces: also its notifications by result."""
    counts = [
        [channel, result, count] for (channel, result), count in result_counts(state.notifications).items()
    ]
    (name,) = RESULTS
    return {**state_columns(state, token), name: orjson.dumps(counts).decode()}


def counted_results(row: Row) -> Counter[tuple[Channel, Result]]:
    """Return how many notifications of a page have which result."""
    (name,) = RESULTS
    channels = [(Channel(channel), *rest) for channel, *rest in orjson.loads(str(row.columns[name]))]
    return Counter({(channel, results_of(channel)(result)): count for channel, result, count in channels})


def state_of(row: Row) -> ShipmentState:
    """Return the state in a row."""
    return codec.STATE.load(value_of(row, "State"))


def references_of(row: Row) -> tuple[str | None, ...]:
    """Return the sendersReferences in the row of a chain's main order."""
    return tuple(value_of(row, "References"))


def shipment_columns(new: NewShipment, token: str) -> Columns:
    """Return all columns of a new shipment. PermanentError: its texts are too large to store."""
    columns = state_columns(new.state, token)
    columns["Creator"] = new.creator
    columns["CreatedAt"] = new.created_at.isoformat()
    if new.digest is not None:
        columns["Digest"] = new.digest
    if new.content is not None:
        columns["Content"] = new.content
    references = text_or_split("References", new.references)
    body = split("Body", codec.pack(codec.ORDER.dump(new.order)), beside=_bytes_in(references))
    return columns | references | body


def rewritten_columns(new: NewShipment, token: str) -> Columns:
    """Return all columns of a shipment that replaces another: what it does not fill is emptied."""
    return emptied("Body") | shipment_columns(new, token)


def replaced_columns(body: Json, state: ShipmentState, token: str) -> Columns:
    """Return the columns that replace body and state of a shipment or page."""
    columns = emptied("Body") | emptied("State") | state_columns(state, token)
    return columns | split("Body", codec.pack(body))


def page_columns(new: NewPage, token: str) -> Columns:
    """Return all columns of a new page."""
    body = codec.pack(codec.recipients_to_json(new.recipients))
    return page_state_columns(new.state, token) | split("Body", body)


def stored_shipment(item: ItemId, row: Row) -> StoredShipment:
    """Return the shipment in a row."""
    return StoredShipment(
        item=item,
        creator=str(row.columns["Creator"]),
        created_at=datetime.fromisoformat(str(row.columns["CreatedAt"])).astimezone(UTC),
        order=codec.ORDER.load(_body(row)),
        state=state_of(row),
        etag=row.etag,
    )


def copied_members(stored: StoredShipment) -> dict[str, Any]:
    """Return a shipment, as it was read or written, as the members of a JSON object.

    Nobody who gets a copy needs the condition endpoint, which is its owner's secret.
    """
    order = stored.order
    if order.condition_endpoint is not None:
        order = replace(order, condition_endpoint=None)
    return {
        "creator": stored.creator,
        "createdAt": stored.created_at.isoformat(),
        "order": codec.ORDER.dump(order),
        "state": codec.STATE.dump(stored.state),
        "etag": stored.etag,
    }


def copied_shipment(item: ItemId, members: Mapping[str, Any]) -> StoredShipment:
    """Return the shipment in such members. KeyError, TypeError, ValueError: they hold none."""
    return StoredShipment(
        item=item,
        creator=members["creator"],
        created_at=datetime.fromisoformat(members["createdAt"]),
        order=codec.ORDER.load(members["order"]),
        state=codec.STATE.load(members["state"]),
        etag=members["etag"],
    )


def copy_columns(stored: StoredShipment) -> Columns:
    """Return the columns of another row that hold a copy of a shipment; none of a large one."""
    if stored.order.has_fields:  # which are kept in one place only
        return {}
    packed = codec.pack(copied_members(stored))
    return {} if len(packed) > _MAX_COPY else {_COPY: packed}


def copy_in(row: Row, item: ItemId) -> StoredShipment | None:
    """Return the copy of a shipment that another row holds, None when it holds none."""
    packed = row.columns.get(_COPY)
    return copied_shipment(item, codec.unpack(packed)) if isinstance(packed, bytes) else None


def page_recipients(row: Row) -> tuple[Recipient, ...]:
    """Return the recipients in a page's row."""
    return codec.recipients_from_json(_body(row))


def _memory_of(text: str) -> int:
    """Return how many bytes a text may take: also in UTF-8, which the interpreter keeps once it was asked."""
    return len(text) if text.isascii() else len(text) * _UNICODE_BYTES


def _bytes_in(columns: Columns) -> int:
    return sum(len(value) for value in columns.values() if isinstance(value, bytes))


def _body(row: Row) -> Json:
    body: Json = codec.unpack(joined(row, "Body"))
    return body
