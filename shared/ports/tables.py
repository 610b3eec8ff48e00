"""Tables: rows, conditional writes and transactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.records.columns import Columns, Row


@dataclass(frozen=True, slots=True)
class Insert:
    """Insert a row that must not exist yet."""

    row_key: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class Merge:
    """Set the given columns of an existing row whose ETag is still `etag`; others stay."""

    row_key: str
    columns: Columns
    etag: str


ANY_ETAG = "*"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a row whose ETag is still `etag`, or whatever it is."""

    row_key: str
    etag: str = ANY_ETAG


type Operation = Insert | Merge | Delete


class RowOperationError(Exception):
    """One operation of a transaction was refused, so none was applied.

    `index` is the position of the operation, `status` the HTTP status: 404 absent, 409 exists, 412 old ETag.
    """

    def __init__(self, index: int, status: int) -> None:
        super().__init__(f"operation {index} of the transaction was refused with {status}")
        self.index = index
        self.status = status


class TableStore(Protocol):
    """Conditional writes on Table Storage.

    Every write may have been applied although it is reported as failed (TransientError, or a conflict that a
    retry of our own write caused): callers recognise their own writes by the random token they stored.
    Connection problems, timeouts and 5xx raise TransientError, 429 and 503 with Retry-After ThrottledError.
    """

    async def insert(self, table: str, partition_key: str, row_key: str, columns: Columns) -> str:
        """Insert one row and return its ETag; ConflictError when it exists."""

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        """Merge into one row, return its new ETag; ConflictError when the ETag is old or the row gone."""

    async def delete(self, table: str, partition_key: str, row_key: str) -> None:
        """Delete one row; a row already gone is fine."""

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        """Read one row, or only the selected columns of it; None when there is none."""

    async def query(
        self,
        table: str,
        partition_key: str,
        *,
        above: str,
        below: str,
        limit: int,
        select: Sequence[str] | None = None,
    ) -> list[Row]:
        """Read up to `limit` rows of a partition with above < RowKey < below, in RowKey order."""

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        """Apply up to 100 operations on different rows of one partition, all or none.

        Returns the new ETags (empty string for deletes). RowOperationError names the refused operation.
        """
