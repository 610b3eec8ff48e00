"""Orders in Table Storage: one row per order of a chain, inserted once, its state merged under its ETag.

Every write carries a random token. A write that is reported as a conflict, or whose answer was lost, is
recognised as our own by that token and counts as done.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from shared.domain.order import OrderRequest
from shared.domain.shipment import ShipmentState
from shared.errors import ConflictError, PermanentError, TransientError
from shared.ids import ItemId
from shared.ports import Insert, Merge, Properties, Row, RowOperationError, TableStore
from shared.storage import codec
from shared.storage.keys import ORDERS, shipment_row

BODY_PART_BYTES = 60_000  # a binary property holds 64 KiB
MAX_BODY_BYTES = 12 * BODY_PART_BYTES  # leaves room for the state in the 1 MiB a row may have
_STATE_COLUMNS = ("State", "Token")


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is inserted for one order.

    `references` are the sendersReferences of the chain in receipt order, given with the main order only.
    `digest` is what a repeat of the request must equal; None for requests that cannot be repeated.
    """

    item: ItemId
    creator: str
    created_at: datetime
    order: OrderRequest
    state: ShipmentState
    references: tuple[str | None, ...] = ()
    digest: str | None = None
    dialog_id: str | None = None
    transmission_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """One order as read or just written; `etag` guards the next change of its state."""

    item: ItemId
    creator: str
    created_at: datetime
    order: OrderRequest
    state: ShipmentState
    etag: str


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """The receipt of a chain as its main row holds it, and what tells whether it is the caller's."""

    item: ItemId
    creator: str
    digest: str | None
    references: tuple[str | None, ...]
    main: StoredOrder


class OrderTable:
    """Inserts, reads and changes orders."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    async def insert(self, orders: Sequence[NewOrder]) -> list[str]:
        """Insert all orders of one chain at once and return their ETags.

        ConflictError: the chain exists. PermanentError: a request too large to be stored.
        """
        token = secrets.token_urlsafe(9)
        chain_key = orders[0].item.chain_key
        rows = [(shipment_row(new.item), _properties(new, token)) for new in orders]
        try:
            if len(rows) == 1:
                return [await self._store.insert(ORDERS, chain_key, *rows[0])]
            return await self._store.transact(ORDERS, chain_key, [Insert(key, row) for key, row in rows])
        except (ConflictError, RowOperationError, TransientError) as error:
            return await self._inserted(orders, token, error)

    async def _inserted(self, orders: Sequence[NewOrder], token: str, error: Exception) -> list[str]:
        etags = []
        for new in orders:
            row = await self._store.get(ORDERS, new.item.chain_key, shipment_row(new.item), _STATE_COLUMNS)
            if row is None or row.properties.get("Token") != token:
                raise ConflictError(str(error)) if isinstance(error, RowOperationError) else error
            etags.append(row.etag)
        return etags

    async def load(self, item: ItemId) -> StoredOrder | None:
        """Return the order an id of a shipment or notification belongs to; None when there is none."""
        row = await self._store.get(ORDERS, item.chain_key, shipment_row(item))
        return None if row is None else _stored(item.owner, row)

    async def load_receipt(self, chain: ItemId) -> StoredReceipt | None:
        """Return the receipt of a chain; None when there is none."""
        main = chain.of_shipment(1)
        row = await self._store.get(ORDERS, chain.chain_key, shipment_row(main))
        if row is None:
            return None
        digest = row.properties.get("Digest")
        return StoredReceipt(
            item=chain,
            creator=str(row.properties["Creator"]),
            digest=None if digest is None else str(digest),
            references=tuple(orjson.loads(str(row.properties["References"]))),
            main=_stored(main, row),
        )

    async def save(self, stored: StoredOrder, state: ShipmentState) -> StoredOrder:
        """Replace the state under the ETag that was read; ConflictError when somebody changed it since."""
        token = secrets.token_urlsafe(9)
        row_key = shipment_row(stored.item)
        merge = Merge(row_key, _state_properties(state, token), stored.etag)
        try:
            etag = await self._store.merge(ORDERS, stored.item.chain_key, merge)
        except (ConflictError, TransientError):
            row = await self._store.get(ORDERS, stored.item.chain_key, row_key, _STATE_COLUMNS)
            if row is None or row.properties.get("Token") != token:
                raise
            etag = row.etag
        return replace(stored, state=state, etag=etag)


def _state_properties(state: ShipmentState, token: str) -> Properties:
    return {
        "State": orjson.dumps(codec.state_to_json(state)).decode(),
        "Status": state.status.value,
        "Token": token,
    }


def _properties(new: NewOrder, token: str) -> Properties:
    properties = _state_properties(new.state, token)
    properties["Creator"] = new.creator
    properties["CreatedAt"] = new.created_at.isoformat()
    properties["References"] = orjson.dumps(new.references).decode()
    for name, value in (
        ("Digest", new.digest),
        ("DialogId", new.dialog_id),
        ("TransmissionId", new.transmission_id),
    ):
        if value is not None:
            properties[name] = value
    body = codec.pack(codec.order_to_json(new.order))
    if len(body) > MAX_BODY_BYTES:
        raise PermanentError(
            f"the order takes {len(body)} bytes to store, the limit is {MAX_BODY_BYTES}: shorten its texts"
        )
    for part, start in enumerate(range(0, len(body), BODY_PART_BYTES)):
        properties[f"Body{part}"] = body[start : start + BODY_PART_BYTES]
    return properties


def _stored(item: ItemId, row: Row) -> StoredOrder:
    parts: list[bytes] = []
    while isinstance(part := row.properties.get(f"Body{len(parts)}"), bytes):
        parts.append(part)
    return StoredOrder(
        item=item,
        creator=str(row.properties["Creator"]),
        created_at=datetime.fromisoformat(str(row.properties["CreatedAt"])).astimezone(UTC),
        order=codec.order_from_json(codec.unpack(b"".join(parts))),
        state=codec.state_from_json(orjson.loads(str(row.properties["State"]))),
        etag=row.etag,
    )
