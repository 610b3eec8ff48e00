"""Conditional writes on Azure Table Storage: single writes and queries through the SDK, the rest by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.data.tables import UpdateMode

from shared.ports.tables import Merge, Operation, RowOperationError
from shared.records.columns import Columns, Row
from shared.runtime.errors import ThrottledError, TransientError
from shared.storage.access.batch import MalformedAnswerError, PartAnswer, decode_batch, encode_batch
from shared.storage.access.entities import to_entity, to_row
from shared.storage.access.odata import decode_row, row_path, row_request
from shared.storage.access.table_account import QUICK_READ, RETRIED_WRITE, TableAccount
from shared.storage.access.table_errors import error_of, outcome, refusal

_PAGE_ROWS = 1000  # the service returns no more in one answer
_BUSY_SECONDS = 1.0
_NO_ECHO = {"Prefer": "return-no-content"}
_RANGE = "PartitionKey eq @partition and RowKey gt @above and RowKey lt @below"


@dataclass(eq=False)
class AzureTableStore:
    """`shared.ports.TableStore` on one storage account.

    Beside the errors of the port, PermanentError means a row or transaction that the service will never take
    (400, 413), HttpResponseError a wrong set-up, such as a missing table.
    """

    account: TableAccount
    read_seconds: float = 10.0  # with retries; a caller may be waiting for the answer

    async def ensure_tables(self, names: Iterable[str]) -> None:
        """Create the tables that do not exist yet."""
        for name in names:
            await outcome("create", self.account.service.create_table_if_not_exists(name, **RETRIED_WRITE))

    async def insert(self, table: str, partition_key: str, row_key: str, columns: Columns) -> str:
        """Insert one row and return its ETag; ConflictError when it exists."""
        entity = to_entity(partition_key, row_key, columns)
        writing = self.account.table(table).create_entity(entity, headers=_NO_ECHO, **RETRIED_WRITE)
        return str((await outcome("insert", writing))["etag"])

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        """Merge into one row, return its new ETag; ConflictError when the ETag is old or the row gone."""
        writing = self.account.table(table).update_entity(
            to_entity(partition_key, operation.row_key, operation.columns),
            UpdateMode.MERGE,
            etag=operation.etag,
            match_condition=MatchConditions.IfNotModified,
            **RETRIED_WRITE,
        )
        return str((await outcome("merge", writing))["etag"])

    async def delete(self, table: str, partition_key: str, row_key: str) -> None:
        """Delete one row; a row already gone is fine, as is one whose table is missing."""
        await outcome("delete", self.account.table(table).delete_entity(partition_key, row_key))

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        """Read one row, or only the selected columns of it; None when there is none."""
        path = row_path(table, partition_key, row_key)
        if (names := _with_keys(select)) is not None:
            path += f"?$select={','.join(names)}"
        response = await outcome("get", self.account.read(path), seconds=self.read_seconds)
        if response.status_code == 200:
            try:
                return decode_row(response.content)
            except (ValueError, KeyError, TypeError) as error:
                raise TransientError("table storage answered a read unreadably") from error
        code, _ = error_of(response.content)
        if response.status_code == 404 and code != "TableNotFound":
            return None
        raise refusal("get", response.status_code, code)

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
        pages = (
            self.account.table(table)
            .query_entities(
                _RANGE,
                parameters={"partition": partition_key, "above": above, "below": below},
                select=_with_keys(select),
                results_per_page=min(limit, _PAGE_ROWS),
                **QUICK_READ,
            )
            .by_page()
        )
        rows: list[Row] = []
        while len(rows) < limit:
            page = await outcome("query", anext(pages, None), seconds=self.read_seconds)
            if page is None:
                break
            rows += [to_row(entity) async for entity in page]
        return rows[:limit]

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        """Apply up to 100 operations on different rows of one partition, all or none.

        Returns the new ETags (empty string for deletes). RowOperationError names the refused operation.
        """
        if not operations:
            return []
        requests = [row_request(table, partition_key, operation) for operation in operations]
        content_type, content = encode_batch(self.account.url, requests)
        response = await outcome("transact", self.account.send_batch(content_type, content))
        if response.status_code != 202:
            raise refusal("transact", response.status_code, error_of(response.content)[0])
        try:
            answers = decode_batch(response.headers["Content-Type"], response.content)
        except MalformedAnswerError as error:
            raise TransientError("table storage answered a transaction unreadably") from error
        for answer in answers:
            if answer.status >= 300:
                raise _refusal(answer)
        if len(answers) != len(operations):
            raise TransientError("table storage answered a transaction only in part")
        return [answer.etag for answer in answers]


def _with_keys(select: Sequence[str] | None) -> list[str] | None:
    """Return what to select; the keys are always read, to tell rows apart."""
    return None if select is None else ["PartitionKey", "RowKey", *select]


def _refusal(answer: PartAnswer) -> Exception:
    code, message = error_of(answer.body)
    if answer.status in (429, 503):
        return ThrottledError("table storage is busy", _BUSY_SECONDS)
    if answer.status >= 500 or answer.status == 408:
        return TransientError(f"table storage answered a transaction with {answer.status}")
    position, separator, _ = message.partition(":")
    if separator and position.isdecimal() and code != "TableNotFound":
        return RowOperationError(int(position), answer.status)
    return refusal("transact", answer.status, code)
