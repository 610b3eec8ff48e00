"""The way to one storage account: address, credential and a pipeline that tries again.

Requests run through azure-core's pipeline, so transport and identity credentials are the SDK's own; the table
SDK on top of it would triple the CPU of a call. Shared Key Lite is the documented scheme for account keys.
"""

import asyncio
import base64
import hashlib
import hmac
import random
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import IncompleteReadError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline import AsyncPipeline, PipelineRequest
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, AsyncHTTPPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.errors import ThrottledError, TransientError

_CONNECT_SECONDS = 2
_READ_SECONDS = 10
_TOTAL_SECONDS = 30
_BACKOFF_SECONDS = (0.1, 0.3, 0.9)
_PAUSE_SECONDS = 1.0  # when throttled without being told for how long
_TRANSIENT = frozenset({408, 500, 502, 503, 504})
_NETWORK_ERRORS = (ServiceRequestError, ServiceResponseError, IncompleteReadError, TimeoutError)
_SCOPE = "https://storage.azure.com/.default"
_DEVELOPMENT = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1"
)
_HEADERS = {
    "x-ms-version": "2019-02-02",
    "DataServiceVersion": "3.0",
    "MaxDataServiceVersion": "3.0;NetFx",
    "Accept": "application/json;odata=minimalmetadata",
}

type Transport = AsyncHttpTransport[HttpRequest, AsyncHttpResponse]
type _Policy = (
    AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse] | SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]
)


class TableAccount:
    """Sends requests to the tables of one account. The transport belongs to whoever made it."""

    def __init__(self, url: str, authentication: _Policy, transport: Transport) -> None:
        self.url = url.rstrip("/")
        self._pipeline = AsyncPipeline(transport, [authentication])

    @classmethod
    def from_connection_string(cls, connection_string: str, transport: Transport) -> Self:
        """Authenticate with the account key of a connection string; ValueError when it holds none."""
        if connection_string.strip().lower().startswith("usedevelopmentstorage=true"):
            connection_string = _DEVELOPMENT
        pairs = (setting.partition("=") for setting in connection_string.split(";") if setting.strip())
        settings = {name.strip().lower(): value.strip() for name, _, value in pairs}
        account, key = settings.get("accountname"), settings.get("accountkey")
        if not account or not key:
            raise ValueError("a table connection string names AccountName and AccountKey")
        scheme = settings.get("defaultendpointsprotocol", "https")
        suffix = settings.get("endpointsuffix", "core.windows.net")
        url = settings.get("tableendpoint") or f"{scheme}://{account}.table.{suffix}"
        return cls(url, SharedKeyLitePolicy(account, key), transport)

    @classmethod
    def with_identity(cls, service_uri: str, credential: AsyncTokenCredential, transport: Transport) -> Self:
        """Authenticate as an identity; `service_uri` is like https://account.table.core.windows.net."""
        return cls(service_uri, AsyncBearerTokenCredentialPolicy(credential, _SCOPE), transport)

    async def send(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None = None
    ) -> AsyncHttpResponse:
        """Return the answer with its body, whatever its status, unless that is a transient one.

        TransientError: no usable answer after four attempts or 30 s. ThrottledError: asked to wait, at once.
        """
        try:
            async with asyncio.timeout(_TOTAL_SECONDS):
                for pause in _BACKOFF_SECONDS:
                    try:
                        return await self._attempt(method, path, headers, content)
                    except ThrottledError:
                        raise
                    except TransientError:
                        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  no secret
                return await self._attempt(method, path, headers, content)
        except TimeoutError as error:
            raise TransientError("table storage did not answer in time") from error

    async def _attempt(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None
    ) -> AsyncHttpResponse:
        request = HttpRequest(method, f"{self.url}/{path}", headers={**_HEADERS, **headers}, content=content)
        options: dict[str, Any] = {"connection_timeout": _CONNECT_SECONDS, "read_timeout": _READ_SECONDS}
        try:
            response = (await self._pipeline.run(request, **options)).http_response
        except _NETWORK_ERRORS as error:
            raise TransientError(f"table storage unreachable: {type(error).__name__}") from error
        retry_after = response.headers.get("Retry-After")
        if response.status_code == 429 or (response.status_code == 503 and retry_after):
            raise ThrottledError("table storage is busy", _seconds(retry_after))
        if response.status_code in _TRANSIENT:
            raise TransientError(f"table storage answered {response.status_code}")
        return response


class SharedKeyLitePolicy(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Signs date and address of a request with the account key."""

    def __init__(self, account: str, key: str) -> None:
        super().__init__()
        self._account = account
        self._key = base64.b64decode(key)

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Stamp and sign; runs once per attempt."""
        date = formatdate(usegmt=True)
        message = f"{date}\n/{self._account}{urlsplit(request.http_request.url).path}".encode()
        signature = base64.b64encode(hmac.digest(self._key, message, hashlib.sha256)).decode("ascii")
        request.http_request.headers["x-ms-date"] = date
        request.http_request.headers["Authorization"] = f"SharedKeyLite {self._account}:{signature}"


def _seconds(retry_after: str | None) -> float:
    try:
        return float(retry_after or _PAUSE_SECONDS)
    except ValueError:
        return _PAUSE_SECONDS
