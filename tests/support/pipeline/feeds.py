"""What the feeds in the tables of the test world hold."""

from shared.storage import keys
from shared.storage.feed.feed_pack import FeedEntry, packed_in
from tests.support.pipeline.world import MemoryTables


def feed_entries(
    tables: MemoryTables, kind: str = keys.FEED_ENTRY, owner: str | None = None
) -> list[FeedEntry]:
    """Return the entries of all feeds, or of that of one owner; `kind` tells shown and hidden ones."""
    wanted = None if owner is None else keys.feed_partition(owner)
    return [
        packed.entry
        for (table, partition, row_key), row in sorted(tables.rows.items())
        if table == keys.STATUS_FEED and wanted in (None, partition) and row_key.startswith(kind)
        for packed in packed_in(row)
    ]
