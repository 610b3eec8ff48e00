"""News for open pages, as server-sent events: one event per topic whenever something of it changed."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from aiohttp import web

from devstack.pages.sources import SourceError, Sources

_LOOK_SECONDS = 0.4
_QUIET_SECONDS = 15.0
_MOVES_ORDERS = frozenset({"outbox", "queues", "clock"})


class Live:
    """Looks at the parts while anybody listens, and tells the listeners which topics have news.

    Topics: outbox, faults, people, webhooks, clock, queues, orders, and those of `own`, by a number that
    grows.
    """

    def __init__(self, sources: Sources, own: Mapping[str, Callable[[], int]]) -> None:
        self._sources = sources
        self._own = own
        self._listeners: set[asyncio.Queue[str]] = set()
        self._wanted = asyncio.Event()

    def nudge(self) -> None:
        """Look at once, because something was changed."""
        self._wanted.set()

    async def run(self) -> None:
        """Look again and again, until cancelled; rest while nobody listens."""
        seen: Mapping[str, object] = {}
        while True:
            if not self._listeners:
                self._wanted.clear()
                await self._wanted.wait()
            with suppress(SourceError):  # a part that is being restarted
                now = await self._look()
                self._tell({topic for topic in now if topic in seen and now[topic] != seen[topic]})
                seen = now
            self._wanted.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), _LOOK_SECONDS)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send events until the browser goes away."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        news: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._listeners.add(news)
        self.nudge()
        try:
            await response.write(b": welcome\n\n")
            while True:
                try:
                    topic = await asyncio.wait_for(news.get(), _QUIET_SECONDS)
                    await response.write(f"event: {topic}\ndata: {{}}\n\n".encode())
                except TimeoutError:
                    await response.write(b": still here\n\n")  # notices a browser that has gone
        except ConnectionError:
            return response
        finally:
            self._listeners.discard(news)

    async def _look(self) -> dict[str, object]:
        revisions = await self._sources.control.ask("GET", "/revisions")
        queues = await self._sources.queues.ask("GET", "/queues")
        return {**revisions, "queues": queues, **{topic: number() for topic, number in self._own.items()}}

    def _tell(self, topics: set[str]) -> None:
        if topics & _MOVES_ORDERS:
            topics = topics | {"orders"}
        for listener in self._listeners:
            for topic in topics:
                with suppress(asyncio.QueueFull):  # it reads nothing, so it needs no more
                    listener.put_nowait(topic)
