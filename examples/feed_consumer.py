"""Reads the feed of your organisation and notes every finished shipment in a database, also over restarts.

    .venv/bin/python examples/feed_consumer.py --database results.db

What was read, and how far, is written in one transaction. So no entry is missed and none is noted twice,
wherever the program is stopped. If you do something with an entry that is not in the same database, such as
calling another system, it may happen twice for one entry when the program dies right after it. Let that
system recognise the sequence number.
"""

import argparse
import os
import shlex
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

import requests

API = os.environ.get("NOTIFICATIONS_API", "http://127.0.0.1:7071/notifications/api/v1")
TOKEN_COMMAND = f"{shlex.quote(sys.executable)} -m devstack token"
PAUSE_SECONDS = 5.0
CALL_SECONDS = 30.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
    sequence_number INTEGER PRIMARY KEY, shipment_id TEXT UNIQUE, senders_reference TEXT, status TEXT);
CREATE TABLE IF NOT EXISTS recipients (
    sequence_number INTEGER, destination TEXT, status TEXT);
CREATE TABLE IF NOT EXISTS cursor (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), sequence_number INTEGER);
INSERT OR IGNORE INTO cursor VALUES (1, 0);
"""


class Feed:
    """The feed over HTTP; it gets a new token when the old one is refused, and waits when it is told to."""

    def __init__(self, token_command: str) -> None:
        self._token_command = shlex.split(token_command)
        self._token = self._new_token()

    def after(self, sequence_number: int) -> list[dict[str, Any]]:
        """Return the entries after this number, oldest first; an empty list when there are none now."""
        is_renewed = False
        while True:
            answer = self._ask(sequence_number)
            if answer is not None and answer.ok:
                return list(answer.json())
            if answer is not None and answer.status_code == 401 and not is_renewed:
                self._token, is_renewed = self._new_token(), True
            elif answer is None or answer.status_code in (429, 500, 502, 503, 504):
                time.sleep(_seconds_to_wait(answer))
            else:
                answer.raise_for_status()

    def _new_token(self) -> str:
        return subprocess.check_output(self._token_command, text=True).strip()

    def _ask(self, sequence_number: int) -> requests.Response | None:
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            return requests.get(
                f"{API}/future/shipment/feed",
                params={"seq": sequence_number},
                headers=headers,
                timeout=CALL_SECONDS,
            )
        except (requests.ConnectionError, requests.Timeout):
            return None


def _seconds_to_wait(answer: requests.Response | None) -> float:
    told = "" if answer is None else answer.headers.get("Retry-After", "")
    return float(told) if told.isdigit() else PAUSE_SECONDS


def note(database: sqlite3.Connection, entry: dict[str, Any]) -> None:
    """Write one entry and the new position; both or neither."""
    number = entry["sequenceNumber"]
    with database:
        database.execute(
            "INSERT INTO results VALUES (?, ?, ?, ?)",
            (number, entry["shipmentId"], entry.get("sendersReference"), entry["status"]),
        )
        database.executemany(
            "INSERT INTO recipients VALUES (?, ?, ?)",
            [(number, each.get("destination"), each["status"]) for each in entry["recipients"]],
        )
        database.execute("UPDATE cursor SET sequence_number = ?", (number,))


def main() -> None:
    """Read until the program is stopped, or once with `--once`."""
    parser = argparse.ArgumentParser(description="Note every finished shipment in a database.")
    parser.add_argument("--database", default="results.db", help="file in which the results are kept")
    parser.add_argument("--token-command", default=TOKEN_COMMAND, help="command that prints a bearer token")
    parser.add_argument("--once", action="store_true", help="stop when there is nothing more to read now")
    options = parser.parse_args()

    feed = Feed(options.token_command)
    with closing(sqlite3.connect(options.database)) as database:
        database.executescript(SCHEMA)
        while True:
            (position,) = database.execute("SELECT sequence_number FROM cursor").fetchone()
            entries = feed.after(position)
            for entry in entries:
                note(database, entry)
                print(entry["sequenceNumber"], entry["shipmentId"], entry["status"], flush=True)
            if not entries and options.once:
                return
            if not entries:
                time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
