"""The columns of an order's row and of its pages: what is written, and what is read back.

The body is immutable and may be large, so it is packed and split over binary columns; the state is one column
of its own that every change replaces, beside the random token by which a write recognises itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from shared.domain.order import OrderRequest, Recipient
from shared.domain.shipment import ShipmentState
from shared.errors import PermanentError
from shared.ids import ItemId
from shared.ports import Properties, Row
from shared.storage import codec
from shared.storage.columns import MAX_BYTES, emptied, joined, split

MAX_STATE_TEXT = 30_000  # a text column holds 32 Ki characters; a longer state is packed
STATE_COLUMNS = ("State", "Token")
TOMBSTONE = "Tombstone"  # marks a row that only recognises repeats of its request


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is inserted for one order.

    `references` are the sendersReferences of the chain in receipt order, given with the main order only.
    `digest` is what a repeat of the request must equal; None for requests that cannot be repeated. The
    recipients of a large order are in its `pages` and not in `order`; `told` are the fingerprints of what its
    pages tell already, None when none of them is to be looked up.
    """

    item: ItemId
    creator: str
    created_at: datetime
    order: OrderRequest
    state: ShipmentState
    references: tuple[str | None, ...] = ()
    digest: str | None = None
    pages: tuple["NewPage", ...] = ()
    told: frozenset[bytes] | None = None


@dataclass(frozen=True, slots=True)
class NewPage:
    """What is inserted for one page of a large order."""

    item: ItemId
    recipients: tuple[Recipient, ...]
    state: ShipmentState


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """One order, or one page of a large one, as read or just written; `etag` guards the next change.

    Of a page, `order` has the page's recipients only; of a large order itself, it has none.
    """

    item: ItemId
    creator: str
    created_at: datetime
    order: OrderRequest
    state: ShipmentState
    etag: str


def state_properties(state: ShipmentState, token: str) -> Properties:
    """Return the columns that a change of state replaces."""
    value = codec.state_to_json(state)
    text = orjson.dumps(value).decode()
    columns: Properties = (
        {"State": text} if len(text) <= MAX_STATE_TEXT else split("State", codec.pack(value))
    )
    return {**columns, "Status": state.status.value, "Token": token}


def state_of(row: Row) -> ShipmentState:
    """Return the state in a row."""
    column = row.properties["State"]
    is_packed = isinstance(column, bytes)
    return codec.state_from_json(
        codec.unpack(joined(row, "State")) if is_packed else orjson.loads(str(column))
    )


def order_properties(new: NewOrder, token: str) -> Properties:
    """Return all columns of a new order. PermanentError: its texts are too large to store."""
    properties = state_properties(new.state, token)
    properties["Creator"] = new.creator
    properties["CreatedAt"] = new.created_at.isoformat()
    properties["References"] = orjson.dumps(new.references).decode()
    if new.digest is not None:
        properties["Digest"] = new.digest
    return properties | _body_properties(codec.pack(codec.order_to_json(new.order)))


def rewritten_properties(new: NewOrder, token: str) -> Properties:
    """Return all columns of an order that takes the place of another: what it does not fill is emptied."""
    return emptied("Body") | order_properties(new, token)


def replaced_properties(body: codec.Json, state: ShipmentState, token: str) -> Properties:
    """Return the columns that replace body and state of an order or page."""
    columns = emptied("Body") | emptied("State") | state_properties(state, token)
    return columns | _body_properties(codec.pack(body))


def page_properties(new: NewPage, token: str) -> Properties:
    """Return all columns of a new page."""
    body = codec.pack(codec.recipients_to_json(new.recipients))
    return state_properties(new.state, token) | _body_properties(body)


def stored_order(item: ItemId, row: Row) -> StoredOrder:
    """Return the order in a row."""
    return StoredOrder(
        item=item,
        creator=str(row.properties["Creator"]),
        created_at=datetime.fromisoformat(str(row.properties["CreatedAt"])).astimezone(UTC),
        order=codec.order_from_json(_body(row)),
        state=state_of(row),
        etag=row.etag,
    )


def page_recipients(row: Row) -> tuple[Recipient, ...]:
    """Return the recipients in a page's row."""
    return codec.recipients_from_json(_body(row))


def encoded_size(columns: Properties) -> int:
    """Return about how many bytes columns take when sent: a third more if binary, quotes are escaped."""
    binary = sum(len(value) for value in columns.values() if isinstance(value, bytes))
    texts = [value for value in columns.values() if isinstance(value, str)]
    return binary * 4 // 3 + sum(len(text.encode()) + text.count('"') for text in texts)


def _body_properties(body: bytes) -> Properties:
    if len(body) > MAX_BYTES:
        raise PermanentError(
            f"the order takes {len(body)} bytes to store, the limit is {MAX_BYTES}: shorten its texts"
        )
    return split("Body", body)


def _body(row: Row) -> codec.Json:
    return codec.unpack(joined(row, "Body"))
