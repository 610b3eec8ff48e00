"""Messages that no handler could process, kept for an operator until they are too old.

One row per message, the newest first within its queue. A row also says how often its message was replayed,
and stays until it is too old.

Messages that their queue did not take back wait here, too, apart from the others and the oldest first. They
go to their queues again by themselves and leave nothing here.
"""

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from itertools import islice

from shared.domain.orders.dead_letter import Cause, DeadLetter
from shared.ports.tables import Merge, TableStore
from shared.records import queues
from shared.records.columns import MAX_BYTES, Columns, Row, joined, split
from shared.records.keys import instant_key
from shared.runtime.errors import ConflictError, TransientError
from shared.runtime.run_time import RunTime
from shared.storage.access.grouped import delete_each, delete_range
from shared.storage.keys import DEAD_LETTERS, WAITING, falling_key, instant_of_falling

_MAX_REASON = 1000
_ROUNDS = 5
_ID = re.compile(r"[0-9]{16}-[0-9a-f]{24}")
_COLUMNS = ("Cause", "Reason", "Shipment", "RecordedAt", "Size", "Replays", "ReplayedAt", "ReplayedBy")


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A message with its body, None when it was too large to be kept; `etag` guards the next change."""

    letter: DeadLetter
    body: bytes | None
    etag: str


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message that waits for its queue; `key` is unique among them."""

    key: str
    queue: str
    body: bytes


class DeadLetters:
    """Keeps, lists and forgets dead letters, and what waits for its queue."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    async def record(
        self, queue: str, body: bytes, *, cause: Cause, reason: str, shipment_id: str, at: datetime
    ) -> None:
        """Keep a message; one that is kept already stays as it is."""
        columns: Columns = {
            "Cause": cause.value,
            "Reason": reason[:_MAX_REASON],
            "Shipment": shipment_id,
            "RecordedAt": at,
            "Size": len(body),
        }
        if len(body) <= MAX_BYTES:  # almost three times what a queue takes
            columns |= split("Body", body)
        with suppress(ConflictError):
            row_key = f"{falling_key(at)}-{_digest(queue, body)}"
            await self._store.insert(DEAD_LETTERS, queue, row_key, columns)

    async def put_off(self, queue: str, body: bytes, at: datetime) -> None:
        """Keep a message until its queue takes it again; one that is kept already stays as it is."""
        columns: Columns = {"Queue": queue}
        with suppress(ConflictError):
            row_key = f"{instant_key(at)}-{_digest(queue, body)}"
            await self._store.insert(DEAD_LETTERS, WAITING, row_key, columns | split("Body", body))

    async def waiting(self, limit: int) -> list[WaitingMessage]:
        """Return up to `limit` messages that wait for their queues, the oldest first."""
        rows = await self._store.query(DEAD_LETTERS, WAITING, above="", below="~", limit=limit)
        return [WaitingMessage(row.row_key, str(row.columns["Queue"]), joined(row, "Body")) for row in rows]

    async def forget(self, messages: Sequence[WaitingMessage]) -> None:
        """Delete messages that wait no more; those already gone are fine."""
        await delete_each(self._store, DEAD_LETTERS, WAITING, (message.key for message in messages))

    async def page(self, names: Sequence[str], after: str, limit: int) -> list[DeadLetter]:
        """Return up to `limit` messages of these queues, the newest first, from beyond the id `after` on."""
        pages = [
            await self._store.query(DEAD_LETTERS, name, above=after, below="~", limit=limit, select=_COLUMNS)
            for name in names
        ]
        return [_letter(row) for row in islice(merge(*pages, key=lambda row: row.row_key), limit)]

    async def load(self, queue: str, letter_id: str) -> StoredDeadLetter | None:
        """Return a message with its body; None when there is none of this id."""
        if _ID.fullmatch(letter_id) is None:
            return None
        row = await self._store.get(DEAD_LETTERS, queue, letter_id)
        if row is None:
            return None
        body = joined(row, "Body") if "Body" in row.columns else None
        return StoredDeadLetter(_letter(row), body, row.etag)

    async def note_replay(self, stored: StoredDeadLetter, at: datetime, by: str) -> DeadLetter:
        """Count a replay of a message and return the message as it is from now on.

        TransientError: not known to be counted.
        """
        for _ in range(_ROUNDS):
            letter = replace(stored.letter, replays=stored.letter.replays + 1, replayed_at=at, replayed_by=by)
            columns: Columns = {"Replays": letter.replays, "ReplayedAt": at, "ReplayedBy": by}
            try:
                await self._store.merge(DEAD_LETTERS, letter.queue, Merge(letter.id, columns, stored.etag))
            except ConflictError:
                reloaded = await self.load(letter.queue, letter.id)
                if reloaded is None:
                    return letter  # became too old meanwhile
                stored = reloaded
            else:
                return letter
        raise TransientError("a dead letter stayed contended")

    async def purge_before(self, at: datetime, run: RunTime) -> datetime | None:
        """Delete what was recorded before an instant, until the run is over.

        Returns when something that is left was recorded; None: nothing is.
        """
        above = f"{falling_key(at)}~"
        left = [
            row_key
            for queue in queues.QUEUES
            for row_key in await delete_range(self._store, DEAD_LETTERS, queue, above=above, run=run)
        ]
        return instant_of_falling(max(left).partition("-")[0]) if left else None


def _letter(row: Row) -> DeadLetter:
    values = row.columns
    recorded_at, replayed_at = values["RecordedAt"], values.get("ReplayedAt")
    assert isinstance(recorded_at, datetime)
    return DeadLetter(
        queue=row.partition_key,
        id=row.row_key,
        cause=Cause(str(values["Cause"])),
        reason=str(values["Reason"]),
        shipment_id=str(values["Shipment"]),
        recorded_at=recorded_at,
        size=int(str(values["Size"])),
        replays=int(str(values.get("Replays", 0))),
        replayed_at=replayed_at if isinstance(replayed_at, datetime) else None,
        replayed_by=str(values.get("ReplayedBy", "")),
    )


def _digest(queue: str, body: bytes) -> str:
    return hashlib.blake2b(queue.encode() + b"|" + body, digest_size=12).hexdigest()
