"""The head of an owner's feed: the last number given, what is counted per month, how many webhooks there are.

Every append replaces the head under its ETag. So between a read of the head and an append that succeeds,
nobody else has appended anything.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field

import orjson

from shared.domain.orders.metrics import Counts
from shared.ports.tables import Insert, Merge, TableStore
from shared.records.columns import Columns, Row
from shared.storage.keys import FEED_HEAD, STATUS_FEED

_COUNTS, _WEBHOOKS = "Counts", "Webhooks"


@dataclass(frozen=True, slots=True)
class Head:
    """The head as read or written; `newest` is the latest second that has markers, "" if none has."""

    sequence: int
    etag: str | None  # None: there is no head row yet
    day: str = ""
    newest: str = ""
    counts: Mapping[str, Counts] = field(default_factory=dict)
    webhooks: int = 0

    def operation(self, new: "Head") -> Insert | Merge:
        """Return the operation that replaces this head, if it is still there, by a new one."""
        value: Columns = {"Last": new.sequence, "Day": new.day, "Newest": new.newest}
        for month, counts in new.counts.items():
            if counts != self.counts.get(month):
                value[_COUNTS + month] = orjson.dumps(astuple(counts)).decode()
        return Insert(FEED_HEAD, value) if self.etag is None else Merge(FEED_HEAD, value, self.etag)

    def counting(self, webhooks: int) -> Insert | Merge:
        """Return the operation that notes how many webhooks there are, if this head is still there."""
        if self.etag is None:
            return Insert(FEED_HEAD, {"Last": self.sequence, _WEBHOOKS: webhooks})
        return Merge(FEED_HEAD, {_WEBHOOKS: webhooks}, self.etag)


async def read_head(store: TableStore, partition: str, first_number: int = 1) -> Head:
    """Return the head of a feed; of a new one, the head before its first entry."""
    row = await store.get(STATUS_FEED, partition, FEED_HEAD)
    if row is None:
        return Head(first_number - 1, None)
    text = {name: str(row.columns.get(name, "")) for name in ("Day", "Newest")}
    last, webhooks = int(str(row.columns["Last"])), int(str(row.columns.get(_WEBHOOKS, 0)))
    return Head(last, row.etag, text["Day"], text["Newest"], _counts_in(row), webhooks)


def _counts_in(row: Row) -> dict[str, Counts]:
    return {
        name.removeprefix(_COUNTS): Counts(*orjson.loads(str(value)))
        for name, value in row.columns.items()
        if name.startswith(_COUNTS)
    }
