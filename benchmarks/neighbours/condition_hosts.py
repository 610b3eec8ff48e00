"""The condition endpoints of hostile senders, at one address and told apart by their paths.

`/slow` takes a minute, `/heads` answers with as many and as long headers as are ever read, `/quick` says yes.
"""

import asyncio

SLOW_SECONDS = 60.0
_HEADERS, _HEADER_BYTES = 95, 65_000
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 26\r\n"
_YES = b'\r\n{"sendNotification": true}'


class ConditionHosts:
    """The server; `asked` counts questions by path."""

    def __init__(self) -> None:
        self.base = ""
        self.asked: dict[str, int] = {}
        self._heads = b"".join(b"X-%d: %s\r\n" % (number, b"h" * _HEADER_BYTES) for number in range(_HEADERS))
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.base = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode("latin-1").partition("?")[0]
                self.asked[path] = self.asked.get(path, 0) + 1
                if path == "/slow":
                    await asyncio.sleep(SLOW_SECONDS)
                writer.write(_HEAD + (self._heads if path == "/heads" else b"") + _YES)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the service has hung up
        finally:
            writer.close()
