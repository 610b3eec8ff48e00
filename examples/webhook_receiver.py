"""Takes the calls of a webhook: verifies each and notes it in a database, once, however often it is sent.

    WEBHOOK_SECRET=whsec_... .venv/bin/python examples/webhook_receiver.py --port 8090 --database received.db

It verifies with the library `standardwebhooks`. What is not signed with the secret is answered with 401. An
entry is noted before the answer is sent, so it is not lost when the program dies; one that is sent again is
known by its number. During a rotation give both secrets, with a comma between them.
"""

import argparse
import os
import sqlite3
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MOST_BYTES = 30_000_000
SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    sequence_number INTEGER PRIMARY KEY, shipment_id TEXT, senders_reference TEXT, status TEXT);
"""


class Receiver(BaseHTTPRequestHandler):
    """One call."""

    secrets: tuple[str, ...] = ()
    database = ""

    def do_POST(self) -> None:
        """Answer 204 for what is verified and noted."""
        length = int(self.headers.get("Content-Length", "0"))
        if length > MOST_BYTES:
            self._answer(413)
            return
        event = self._verified(self.rfile.read(length))
        if event is None:
            self._answer(401)
            return
        if event["type"].startswith("shipment."):
            self._note(event["data"])
        self._answer(204)

    def _verified(self, body: bytes) -> dict[str, Any] | None:
        """Return the event, None if no secret fits; the library refuses calls older than five minutes."""
        for secret in self.secrets:
            try:
                return dict(Webhook(secret).verify(body, dict(self.headers)))
            except (WebhookVerificationError, ValueError):
                continue
        return None

    def _note(self, entry: dict[str, Any]) -> None:
        row = (entry["sequenceNumber"], entry["shipmentId"], entry.get("sendersReference"), entry["status"])
        with closing(sqlite3.connect(self.database)) as database, database:
            added = database.execute("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?)", row).rowcount
        print(entry["sequenceNumber"], entry["status"], "" if added else "(again)", flush=True)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing: a line per call would drown what is printed."""


def main() -> None:
    """Serve until the program is stopped."""
    parser = argparse.ArgumentParser(description="Note every shipment that a webhook tells of.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--database", default="received.db", help="file in which the entries are kept")
    options = parser.parse_args()

    Receiver.secrets = tuple(os.environ["WEBHOOK_SECRET"].split(","))
    Receiver.database = options.database
    with closing(sqlite3.connect(options.database)) as database:
        database.executescript(SCHEMA)
    with ThreadingHTTPServer(("127.0.0.1", options.port), Receiver) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
