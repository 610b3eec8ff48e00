"""Where each provider stands: one row, so that a call takes its slots of all limits in one write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.sending.provider_limits import Cursor, Slots
from shared.ports.tables import Merge, TableStore
from shared.records.columns import Columns, Row
from shared.records.keys import instant_key, instant_of
from shared.storage.keys import PROVIDER_SLOTS

_ROW = "slots"


@dataclass(frozen=True, slots=True)
class StoredSlots:
    """The slots as stored; `etag` None means that there is no row yet."""

    slots: Slots
    etag: str | None


class ProviderSlots:
    """The rows of `shared.domain.sending.provider_limits.Slots`, by name of the provider."""

    def __init__(self, store: TableStore, provider: str, limit_names: Sequence[str]) -> None:
        self._store = store
        self.provider = provider
        self._names = limit_names

    async def load(self) -> StoredSlots:
        """Read the row; a provider nobody has written about has all its slots."""
        row = await self._store.get(PROVIDER_SLOTS, self.provider, _ROW)
        if row is None:
            return StoredSlots(Slots(), None)
        cursors = {
            name: Cursor(_instant(row, f"{name}FreeAt"), _instant(row, f"{name}QueueEnd"))
            for name in self._names
            if f"{name}FreeAt" in row.columns
        }
        ahead = timedelta(seconds=float(str(row.columns["ClockAheadSeconds"])))
        failures = int(str(row.columns.get("Failures", 0)))
        return StoredSlots(Slots(_instant(row, "PausedUntil"), failures, cursors, ahead), row.etag)

    async def save(self, stored: StoredSlots, slots: Slots) -> StoredSlots:
        """Replace what was loaded; ConflictError when somebody else was faster.

        A write of our own that was applied and yet reported as a conflict has wasted its slots.
        """
        columns: Columns = {
            "PausedUntil": instant_key(slots.paused_until),
            "Failures": slots.failures,
            "ClockAheadSeconds": slots.clock_ahead.total_seconds(),
        }
        for name, cursor in slots.cursors.items():
            columns[f"{name}FreeAt"] = instant_key(cursor.free_at)
            columns[f"{name}QueueEnd"] = instant_key(cursor.queue_end)
        if stored.etag is None:
            etag = await self._store.insert(PROVIDER_SLOTS, self.provider, _ROW, columns)
        else:
            merge = Merge(_ROW, columns, stored.etag)
            etag = await self._store.merge(PROVIDER_SLOTS, self.provider, merge)
        return StoredSlots(slots, etag)


def _instant(row: Row, name: str) -> datetime:
    return instant_of(str(row.columns[name]))
