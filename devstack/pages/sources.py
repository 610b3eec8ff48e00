"""What the pages ask: the control API, the queues and the API over HTTP, and the stored rows."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from azure.data.tables.aio import TableServiceClient

from devstack.pages.configuration import Configuration

_PATIENCE = aiohttp.ClientTimeout(total=30)


class SourceError(Exception):
    """A part refused or does not answer; the text says why, `status` is for the browser."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `document` is its JSON, else its text."""

    status: int
    document: Any


class Server:
    """One HTTP server of the local cloud."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self._session = session

    async def exchange(
        self, method: str, path: str, document: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send JSON and return the answer, whatever its status; SourceError 502 when there is none."""
        body = None if document is None else json.dumps(document)
        marked = {"Content-Type": "application/json", **(headers or {})}
        try:
            async with self._session.request(method, self.base + path, data=body, headers=marked) as answer:
                text = await answer.text()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SourceError(
                502, f"{self.base} does not answer: {str(error) or type(error).__name__}"
            ) from None
        try:
            return Answer(status, json.loads(text) if text else None)
        except ValueError:
            return Answer(status, text)

    async def ask(
        self, method: str, path: str, document: object = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return the JSON of a good answer; SourceError with the reason of any other."""
        answer = await self.exchange(method, path, document, headers)
        if answer.status >= 400:
            match answer.document:
                case {"error": str() as reason} | {"detail": str() as reason} | {"title": str() as reason}:
                    raise SourceError(answer.status, reason)
                case _:
                    raise SourceError(answer.status, f"HTTP {answer.status}")
        return answer.document


@dataclass(frozen=True, slots=True)
class Sources:
    """All parts that the pages ask; `config` has their addresses."""

    config: Configuration
    control: Server
    queues: Server
    api: Server
    tables: TableServiceClient

    async def authorization(self, org: str, scope: str | None = None) -> dict[str, str]:
        """Return the header with which an organisation calls the API."""
        wanted = {"org": org, "scope": scope or "altinn:serviceowner/notifications.create"}
        return {"Authorization": f"Bearer {(await self.control.ask('POST', '/token', wanted))['token']}"}


@asynccontextmanager
async def opened(config: Configuration) -> AsyncIterator[Sources]:
    """Open connections to all parts while the context lasts."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=_PATIENCE))
        tables = await stack.enter_async_context(TableServiceClient.from_connection_string(config.tables))
        control, queues, api = (
            Server(base, session) for base in (config.control, config.queue_info, config.api)
        )
        yield Sources(config, control, queues, api, tables)
