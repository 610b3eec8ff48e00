"""An endpoint that verifies what it gets, notes the numbers it took, and behaves as its mood says."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from benchmarks.chaos.webhooks.moods import Mood

_SLOW_SECONDS = 1.0
_LATE_SECONDS = 12.0  # the service waits for ten
_LONG_BYTES = 1024 * 1024


class Endpoint:
    """What the endpoint saw; `mood` says how it behaves now."""

    def __init__(self, mood: Callable[[], Mood]) -> None:
        self.mood = mood
        self.secret = ""
        self.numbers: list[int] = []
        self.forged = 0
        self.moods: Counter[str] = Counter()
        self.address = ""
        self._lock = threading.Lock()

    def took(self, body: bytes, headers: dict[str, str]) -> bool:
        """Note the number of a call whose signature holds."""
        try:
            event = Webhook(self.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            self.forged += 1
            return False
        with self._lock:
            self.numbers.append(event["data"]["sequenceNumber"])
        return True

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Listen while the context lasts."""
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(length)
                if len(body) < length:  # the caller was killed in the midst of it
                    self.close_connection = True
                    return
                _behave(endpoint, self, body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Keep quiet: callers that give up are part of the plan."""

        with Server(("127.0.0.1", 0), Handler) as server:
            self.address = f"http://127.0.0.1:{server.server_port}/"
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield
            finally:
                server.shutdown()


def _behave(endpoint: Endpoint, handler: BaseHTTPRequestHandler, body: bytes) -> None:
    mood = endpoint.mood()
    endpoint.moods[mood.value] += 1
    match mood:
        case Mood.DOWN:
            _answer(handler, 503)
            return
        case Mood.GARBAGE:
            handler.wfile.write(b"\x00\xffgarbage\r\n\r\n" + json.dumps({"no": "HTTP"}).encode())
            _hang_up(handler)
            return
        case Mood.SLOW:
            time.sleep(_SLOW_SECONDS)
        case _:
            pass
    if not endpoint.took(body, dict(handler.headers)):
        _answer(handler, 401)
        return
    if mood is Mood.LATE:
        time.sleep(_LATE_SECONDS)
    if mood is Mood.DROPS:
        _hang_up(handler)
        return
    _answer(handler, 200, b"x" * _LONG_BYTES if mood is Mood.LONG else b"")


def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"") -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
