"""One storage account: the SDK's clients, and a pipeline for the requests they would be too slow for.

Both share credential, transport and retries. The transport limits how long a connection and an answer may
take. docs/decisions/0003-table-requests.md says which requests do not go through the SDK.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, MutableMapping
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import AsyncPipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, AsyncHTTPPolicy, AsyncRetryPolicy
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.data.tables.aio import TableClient, TableServiceClient
from multidict import CIMultiDict

from shared.storage.access.odata import RowRequest
from shared.storage.access.table_errors import refuse_busy

_SCOPE = "https://storage.azure.com/.default"
_BEHAVIOUR: dict[str, Any] = {
    "retry_total": 3,
    "retry_backoff_factor": 0.2,  # seconds: retries after 0, 0.4 and 0.8
    "raw_response_hook": refuse_busy,
}
_HEADERS = {
    "x-ms-version": "2019-02-02",
    "DataServiceVersion": "3.0",
    "MaxDataServiceVersion": "3.0;NetFx",
    "Accept": "application/json;odata=minimalmetadata",
}
# azure-core repeats a POST or PATCH whose fate is unknown only when asked to, call by call;
# the port promises its callers that they will recognise their own write.
QUICK_READ = {"read_timeout": 4.0}  # seconds of one attempt: the next one may find a better connection
RETRIED_WRITE = {"retry_on_methods": frozenset({"POST", "PATCH", "DELETE"})}

type Transport = AsyncHttpTransport[HttpRequest, AsyncHttpResponse]
type _Answer = PipelineResponse[HttpRequest, AsyncHttpResponse]
type _Policy = AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]


class TableAccount:
    """The tables of one account. The caller closes the transport."""

    def __init__(self, service: TableServiceClient, transport: Transport) -> None:
        self.service = service
        self._tables: dict[str, TableClient] = {}
        policies: list[_Policy] = [
            AsyncRetryPolicy(**_BEHAVIOUR),
            _authentication(service.credential),
            RefuseBusyPolicy(),
        ]
        self._pipeline = AsyncPipeline(transport, policies)

    @classmethod
    def from_connection_string(cls, connection_string: str, transport: Transport) -> Self:
        """Authenticate with the account key of a connection string; ValueError when it holds none."""
        service = TableServiceClient.from_connection_string(
            connection_string, transport=transport, **_BEHAVIOUR
        )
        return cls(service, transport)

    @classmethod
    def with_identity(cls, service_uri: str, credential: AsyncTokenCredential, transport: Transport) -> Self:
        """Authenticate as an identity; `service_uri` is like https://account.table.core.windows.net."""
        service = TableServiceClient(service_uri, credential=credential, transport=transport, **_BEHAVIOUR)
        return cls(service, transport)

    @property
    def url(self) -> str:
        """Address of the account, without a trailing slash."""
        return self.service.url

    def table(self, name: str) -> TableClient:
        """Return the SDK's client of a table, made once: making one costs as much as a call."""
        client = self._tables.get(name)
        if client is None:
            client = self._tables[name] = self.service.get_table_client(name)
        return client

    async def send_batch(self, content_type: str, content: bytes) -> AsyncHttpResponse:
        """Send a `$batch` and return the answer, whatever its status; raises what azure-core raises."""
        request = HttpRequest("POST", f"{self.url}/$batch", content=content)
        request.headers = _headers({"Content-Type": content_type})
        return (await self._pipeline.run(request, **RETRIED_WRITE)).http_response

    async def write(self, row: RowRequest) -> AsyncHttpResponse:
        """Write one row, as `send_batch` sends."""
        request = HttpRequest(row.method, f"{self.url}/{row.path}", content=row.body)
        headers = {"Content-Type": "application/json", "Prefer": "return-no-content"}
        if row.if_match is not None:
            headers["If-Match"] = row.if_match
        request.headers = _headers(headers)
        return (await self._pipeline.run(request, **RETRIED_WRITE)).http_response

    async def read(self, path: str) -> AsyncHttpResponse:
        """Read what is at a percent-encoded path, as `send_batch` sends."""
        request = HttpRequest("GET", f"{self.url}/{path}")
        request.headers = _headers({})
        return (await self._pipeline.run(request, **QUICK_READ)).http_response


def _headers(more: Mapping[str, str]) -> MutableMapping[str, str]:
    """Return the headers of a request, in the type that the transport sends: it converts any other."""
    return CIMultiDict({**_HEADERS, **more, "x-ms-date": formatdate(usegmt=True)})


# azure-core runs a policy with `on_request` through three coroutines more than one that sends by itself.
class SharedKeyLitePolicy(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Signs date and address of a request with the account key: the documented scheme Shared Key Lite."""

    def __init__(self, credential: AzureNamedKeyCredential) -> None:
        super().__init__()
        self._credential = credential

    async def send(self, request: PipelineRequest[HttpRequest]) -> _Answer:
        """Sign and send; runs once per attempt."""
        account, key = self._credential.named_key
        headers = request.http_request.headers
        message = f"{headers['x-ms-date']}\n/{account}{urlsplit(request.http_request.url).path}".encode()
        signature = base64.b64encode(hmac.digest(base64.b64decode(key), message, hashlib.sha256))
        headers["Authorization"] = f"SharedKeyLite {account}:{signature.decode('ascii')}"
        return await self.next.send(request)


class RefuseBusyPolicy(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Raises ThrottledError when the service asks for a pause, before the retry policy sleeps through it."""

    async def send(self, request: PipelineRequest[HttpRequest]) -> _Answer:
        """Send and look at the answer."""
        response = await self.next.send(request)
        refuse_busy(response)
        return response


def _authentication(
    credential: AzureNamedKeyCredential | AzureSasCredential | AsyncTokenCredential | None,
) -> _Policy:
    match credential:
        case AzureNamedKeyCredential():
            return SharedKeyLitePolicy(credential)
        case AzureSasCredential() | None:
            raise ValueError("a table connection string names AccountName and AccountKey")
        case _:
            return AsyncBearerTokenCredentialPolicy(credential, _SCOPE)
