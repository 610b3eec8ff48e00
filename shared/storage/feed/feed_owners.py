"""The list of owners that have a feed: one row each, read in pages, however many there are."""

from shared.ports.tables import TableStore
from shared.records.columns import Row
from shared.storage.keys import FEED_OWNERS, STATUS_FEED

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
