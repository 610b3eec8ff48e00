"""Where each provider stands: one row, so that a call takes its turns of all limits in one write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.sending.provider_limits import Cursor, ProviderState
from shared.ports.tables import TableStore
from shared.records.columns import Columns, Row
from shared.records.keys import instant_key, instant_of
from shared.storage.access.grouped import replace_row
from shared.storage.keys import PROVIDER_STATES

_ROW = "state"


@dataclass(frozen=True, slots=True)
class StoredState:
    """The state as stored; `etag` None means that there is no row yet."""

    state: ProviderState
    etag: str | None


class ProviderStates:
    """The row of one provider; `limit_names` are those of its limits."""

    def __init__(self, store: TableStore, provider: str, limit_names: Sequence[str]) -> None:
        self._store = store
        self.provider = provider
        self._names = limit_names

    async def load(self) -> StoredState:
        """Read the row; a provider without one has all its turns."""
        row = await self._store.get(PROVIDER_STATES, self.provider, _ROW)
        if row is None:
            return StoredState(ProviderState(), None)
        cursors = {
            name: Cursor(_instant(row, f"{name}FreeAt"), _instant(row, f"{name}QueueEnd"))
            for name in self._names
            if f"{name}FreeAt" in row.columns
        }
        failures = int(str(row.columns["Failures"]))
        paused_until, changed_at = _instant(row, "PausedUntil"), _instant(row, "ChangedAt")
        return StoredState(ProviderState(paused_until, failures, cursors, changed_at), row.etag)

    async def save(self, stored: StoredState, state: ProviderState) -> StoredState:
        """Replace what was loaded; ConflictError when somebody else was faster.

        A write that was applied and yet reported as a conflict has wasted its turns.
        """
        columns: Columns = {
            "PausedUntil": instant_key(state.paused_until),
            "ChangedAt": instant_key(state.changed_at),
            "Failures": state.failures,
        }
        for name, cursor in state.cursors.items():
            columns[f"{name}FreeAt"] = instant_key(cursor.free_at)
            columns[f"{name}QueueEnd"] = instant_key(cursor.queue_end)
        etag = await replace_row(self._store, PROVIDER_STATES, self.provider, _ROW, columns, etag=stored.etag)
        return StoredState(state, etag)


def _instant(row: Row, name: str) -> datetime:
    return instant_of(str(row.columns[name]))
