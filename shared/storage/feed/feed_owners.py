"""The list of owners that have a feed: one row each, read in pages, however many there are."""

from contextlib import suppress
from datetime import datetime

from shared.ports.tables import TableStore
from shared.records.columns import Row
from shared.records.keys import instant_key
from shared.runtime.errors import ConflictError
from shared.storage.keys import FEED_OWNERS, STATUS_FEED, feed_partition

_ROWS_AT_ONCE = 1000  # one answer of Table Storage


async def owner_rows(store: TableStore) -> list[Row]:
    """Return the row of every owner that has a feed."""
    rows: list[Row] = []
    above = ""
    while True:
        page = await store.query(STATUS_FEED, FEED_OWNERS, above=above, below="~", limit=_ROWS_AT_ONCE)
        rows += page
        if len(page) < _ROWS_AT_ONCE:
            return rows
        above = page[-1].row_key


async def register_owner(store: TableStore, owner: str, now: datetime) -> None:
    """Note that an owner has a feed, before its head is written."""
    with suppress(ConflictError):
        row = {"Owner": owner, "PurgeAt": instant_key(now)}
        await store.insert(STATUS_FEED, FEED_OWNERS, feed_partition(owner), {**row})
