"""Conditional writes on Azure Table Storage: queries and single deletes through the SDK, the rest by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.ports.tables import Insert, Merge, Operation, RowOperationError
from shared.records.columns import Columns, Row
from shared.runtime.errors import ConflictError, ThrottledError, TransientError
from shared.storage.access.batch import MalformedAnswerError, PartAnswer, decode_batch, encode_batch
from shared.storage.access.entities import to_row
from shared.storage.access.odata import RowRequest, decode_row, row_path, row_request
from shared.storage.access.table_account import QUICK_READ, RETRIED_WRITE, TableAccount
from shared.storage.access.table_errors import STATE_OF_ROW, error_of, outcome, refusal

_PAGE_ROWS = 1000  # the service returns no more in one answer
_BUSY_SECONDS = 1.0
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
        return await self._apply_alone(table, partition_key, Insert(row_key, columns))

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        """Merge into one row, return its new ETag; ConflictError when the ETag is old or the row gone."""
        return await self._apply_alone(table, partition_key, operation)

    async def _apply_alone(self, table: str, partition_key: str, operation: Operation) -> str:
        try:
            return await self._write(row_request(table, partition_key, operation))
        except RowOperationError as error:
            raise ConflictError(str(error)) from None

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
        if len(requests) == 1:
            return [await self._write(requests[0])]
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

    async def _write(self, request: RowRequest) -> str:
        """Apply one operation by itself, which costs less than as a transaction; return the ETag, if any."""
        response = await outcome("write", self.account.write(request))
        if response.status_code in (201, 204):
            return response.headers.get("ETag", "")
        code, _ = error_of(response.content)
        if response.status_code in STATE_OF_ROW and code != "TableNotFound":
            raise RowOperationError(0, response.status_code)
        raise refusal("write", response.status_code, code)


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
