"""Conditional writes on Azure Table Storage, each as one cheap call."""

import json
from collections.abc import Callable, Iterable, Sequence

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse

from shared.errors import ConflictError, PermanentError, ThrottledError, TransientError
from shared.ports import Delete, Insert, Merge, Operation, Properties, Row, RowOperationError
from shared.storage.batch import MalformedAnswerError, PartAnswer, decode_batch, encode_batch
from shared.storage.odata import (
    RowRequest,
    decode_row,
    query_string,
    range_filter,
    row_path,
    row_request,
    select_list,
)
from shared.storage.table_account import TableAccount

_PAGE_ROWS = 1000  # the service returns no more in one answer
_BUSY_SECONDS = 1.0
_ABSENT, _CONFLICTS = 404, frozenset({404, 409, 412})
_NEVER_ACCEPTED = frozenset({400, 413})
_WRITE = {"Content-Type": "application/json", "Prefer": "return-no-content"}
_CONTINUATION = {
    "x-ms-continuation-NextPartitionKey": "NextPartitionKey",
    "x-ms-continuation-NextRowKey": "NextRowKey",
}


class AzureTableStore:
    """`shared.ports.TableStore` on one storage account.

    Calls are a budget: `on_call` is told the kind of each ("insert", "merge", "delete", "get", "query",
    "transact"). Beside the errors of the port, PermanentError means a row or transaction that the service
    will never take (400, 413), HttpResponseError a wrong set-up, such as a missing table.
    """

    def __init__(self, account: TableAccount, *, on_call: Callable[[str], None] | None = None) -> None:
        self._account = account
        self._on_call = on_call

    async def ensure_tables(self, names: Iterable[str]) -> None:
        """Create the tables that do not exist yet."""
        for name in names:
            content = json.dumps({"TableName": name}).encode()
            response = await self._account.send("POST", "Tables", _WRITE, content)
            if response.status_code not in (201, 204, 409):
                raise _unexpected("create", response)

    async def insert(self, table: str, partition_key: str, row_key: str, properties: Properties) -> str:
        """Insert one row and return its ETag; ConflictError when it exists."""
        return await self._write("insert", row_request(table, partition_key, Insert(row_key, properties)))

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        """Merge into one row, return its new ETag; ConflictError when the ETag is old or the row gone."""
        return await self._write("merge", row_request(table, partition_key, operation))

    async def delete(self, table: str, partition_key: str, row_key: str) -> None:
        """Delete one row; a row already gone is fine."""
        response = await self._send("delete", row_request(table, partition_key, Delete(row_key)))
        if response.status_code != 204 and not _is_absent_row(response):
            raise _unexpected("delete", response)

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        """Read one row, or only the selected properties of it; None when there is none."""
        path = row_path(table, partition_key, row_key)
        if select is not None:
            path += "?" + query_string({"$select": select_list(select)})
        response = await self._send("get", RowRequest("GET", path))
        if response.status_code == 200:
            return decode_row(json.loads(response.content), response.headers["ETag"])
        if _is_absent_row(response):
            return None
        raise _unexpected("get", response)

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
        rows: list[Row] = []
        parameters = {"$filter": range_filter(partition_key, above, below)}
        if select is not None:
            parameters["$select"] = select_list(select)
        while len(rows) < limit:
            parameters["$top"] = str(min(limit - len(rows), _PAGE_ROWS))
            response = await self._send("query", RowRequest("GET", f"{table}()?{query_string(parameters)}"))
            if response.status_code != 200:
                raise _unexpected("query", response)
            entities = json.loads(response.content)["value"]
            rows += (decode_row(entity, entity["odata.etag"]) for entity in entities)
            following = {
                name: response.headers[header]
                for header, name in _CONTINUATION.items()
                if header in response.headers
            }
            if not following:
                break
            parameters |= following
        return rows

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        """Apply up to 100 operations on different rows of one partition, all or none.

        Returns the new ETags (empty string for deletes). RowOperationError names the refused operation.
        """
        if not operations:
            return []
        requests = [row_request(table, partition_key, operation) for operation in operations]
        content_type, content = encode_batch(self._account.url, requests)
        self._count("transact")
        response = await self._account.send("POST", "$batch", {"Content-Type": content_type}, content)
        if response.status_code != 202:
            raise _unexpected("transact", response)
        answers = _read_answers(response)
        for answer in answers:
            if answer.status >= 300:
                raise _refusal(answer)
        if len(answers) != len(operations):
            raise TransientError("table storage answered a transaction only in part")
        return [answer.etag for answer in answers]

    async def _write(self, kind: str, request: RowRequest) -> str:
        response = await self._send(kind, request)
        if response.status_code == 204:
            return response.headers["ETag"]
        if response.status_code in _CONFLICTS and _error(response.content)[0] != "TableNotFound":
            raise ConflictError(f"{kind} refused with {response.status_code}")
        raise _unexpected(kind, response)

    async def _send(self, kind: str, request: RowRequest) -> AsyncHttpResponse:
        self._count(kind)
        headers = _WRITE if request.body else {}
        if request.if_match is not None:
            headers = {**headers, "If-Match": request.if_match}
        return await self._account.send(request.method, request.path, headers, request.body or None)

    def _count(self, kind: str) -> None:
        if self._on_call is not None:
            self._on_call(kind)


def _read_answers(response: AsyncHttpResponse) -> list[PartAnswer]:
    try:
        return decode_batch(response.headers["Content-Type"], response.content)
    except MalformedAnswerError as error:
        raise TransientError("table storage answered a transaction unreadably") from error


def _refusal(answer: PartAnswer) -> Exception:
    code, message = _error(answer.body)
    if answer.status in (429, 503):
        return ThrottledError("table storage is busy", _BUSY_SECONDS)
    if answer.status >= 500 or answer.status == 408:
        return TransientError(f"table storage answered a transaction with {answer.status}")
    position, separator, _ = message.partition(":")
    if separator and position.isdecimal() and code != "TableNotFound":
        return RowOperationError(int(position), answer.status)
    return _refused("transact", answer.status, code)


def _unexpected(kind: str, response: AsyncHttpResponse) -> Exception:
    return _refused(kind, response.status_code, _error(response.content)[0])


def _refused(kind: str, status: int, code: str) -> Exception:
    message = f"table {kind} refused with {status} {code}"
    return PermanentError(message) if status in _NEVER_ACCEPTED else HttpResponseError(message)


def _is_absent_row(response: AsyncHttpResponse) -> bool:
    return response.status_code == _ABSENT and _error(response.content)[0] != "TableNotFound"


def _error(body: bytes) -> tuple[str, str]:
    """Return code and message of an error answer, empty when it holds none."""
    try:
        error = json.loads(body)["odata.error"]
        return str(error["code"]), str(error["message"]["value"])
    except (ValueError, KeyError, TypeError):
        return "", ""
