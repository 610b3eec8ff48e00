"""Blobs behind shared access links, where senders keep the attachments of their e-mails.

`GET` and `HEAD /blobs/NAME?sp=r&se=…&sr=b&sig=…` answer as the name says:

| Name | Answer |
|---|---|
| `anything.pdf` | 1 KiB of text |
| `anything-50mb.bin` `anything-300kb.pdf` | a file of that size |
| `missing.pdf` `forbidden.pdf` | 404, 403 |
| `slow.pdf?seconds=40` | the file, after a wait |
| `unsized-50mb.bin` | `GET` without telling the size, no `HEAD` |

A link without permission, or past its expiry in the local cloud's time, is answered with 403.
"""

import asyncio
import re
from datetime import UTC, datetime

from aiohttp import web

from devstack.clock import ClockFile
from devstack.simulators.faults.gate import Gate

_SIZE = re.compile(r"-(\d{1,4})(kb|mb)\.")
_UNITS = {"kb": 1024, "mb": 1024 * 1024}
_DEFAULT_BYTES = 1024
_SLOW_SECONDS = 40.0
_LINE = b"simulated attachment\n"


class Blobs:
    """The blobs; targets of counts and fault rules are `blob.get` and `blob.head`, with the file as `to`."""

    def __init__(self, gate: Gate, clock: ClockFile) -> None:
        self._gate = gate
        self._clock = clock

    def add_routes(self, app: web.Application) -> None:
        """Serve under /blobs."""
        app.router.add_get("/blobs/{name}", self._read, allow_head=False)
        app.router.add_head("/blobs/{name}", self._measure)

    async def _read(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name.startswith("slow"):
            await asyncio.sleep(float(request.query.get("seconds", _SLOW_SECONDS)))
        answer = self._refusal(request) or web.Response(body=_content(name), content_type=_type(name))
        if name.startswith("unsized"):
            answer.enable_chunked_encoding()
        return await self._gate.answer(request, "blob.get", lambda: answer, to=[name])

    async def _measure(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        refusal = web.Response(status=405) if name.startswith("unsized") else self._refusal(request)
        headers = {"Content-Length": str(_size(name))}
        answer = refusal or web.Response(headers=headers, content_type=_type(name))
        return await self._gate.answer(request, "blob.head", lambda: answer, to=[name])

    def _refusal(self, request: web.Request) -> web.Response | None:
        name, link = request.match_info["name"], request.query
        if name.startswith("missing"):
            return web.Response(status=404)
        permitted = "r" in link.get("sp", "") and link.get("sr") == "b" and link.get("sig")
        if name.startswith("forbidden") or not permitted or self._is_expired(link.get("se", "")):
            return web.Response(status=403)
        return None

    def _is_expired(self, expiry: str) -> bool:
        try:
            at = datetime.fromisoformat(expiry)
        except ValueError:
            return True
        return self._clock.now() >= (at if at.tzinfo else at.replace(tzinfo=UTC))


def _size(name: str) -> int:
    match = _SIZE.search(name)
    return int(match[1]) * _UNITS[match[2]] if match else _DEFAULT_BYTES


def _content(name: str) -> bytes:
    size = _size(name)
    return (_LINE * (size // len(_LINE) + 1))[:size]


def _type(name: str) -> str:
    return "application/pdf" if name.endswith(".pdf") else "application/octet-stream"
