"""Stands between the examples and the API, and notes every request with its answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import requests

CALL_SECONDS = 30.0
_MARK = "/mark/"
_OF_THE_CONNECTION = {"connection", "content-length", "date", "host", "keep-alive", "server"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; `block` is the number of the example that made it."""

    block: int
    method: str
    path: str
    authorization: str
    body: bytes
    status: int
    answer: bytes

    @property
    def json(self) -> Any:
        """The body of the request."""
        return json.loads(self.body)

    def __str__(self) -> str:
        """Return what was asked and answered, for messages."""
        return f"{self.method} {self.path} → {self.status} {self.answer.decode(errors='replace')[:400]}"


@dataclass(slots=True)
class Recorder:
    """The address to call instead of the API, and what was called."""

    address: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    block: int = 0


@contextmanager
def recorded(api: str) -> Iterator[Recorder]:
    """Pass every request on to the API. `POST /mark/3` says that the next ones are those of block 3."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path.startswith(_MARK):
                recorder.block = int(self.path.removeprefix(_MARK))
                self._answer(204, {}, b"")
                return
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION
            }
            answer = requests.request(
                self.command,
                api + self.path,
                data=body,
                headers=headers | {"Accept-Encoding": "identity"},
                timeout=CALL_SECONDS,
                allow_redirects=False,
            )
            authorization = self.headers.get("Authorization", "")
            recorder.exchanges.append(
                Exchange(
                    recorder.block,
                    self.command,
                    self.path,
                    authorization,
                    body,
                    answer.status_code,
                    answer.content,
                )
            )
            self._answer(answer.status_code, answer.headers, answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_request  # noqa: N815 -- named by the server's class

        def _answer(self, status: int, headers: Any, content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in _OF_THE_CONNECTION:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            recorder.address = f"http://127.0.0.1:{server.server_port}"
            yield recorder
        finally:
            server.shutdown()
            thread.join()
