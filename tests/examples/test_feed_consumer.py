"""The consumer of the feed in `examples/` misses nothing and notes nothing twice, whenever it is killed."""

import os
import shlex
import signal
import sqlite3
import subprocess
import sys

from devstack.project import ROOT
from tests.support.scenarios.owner import API, Owner, email_order, new_email, wait_until

ORDERS = 21
KILLS = 3
SECONDS = 60


def consumer(owner, folder, *options):
    """Start it as an owner, in a folder of its own."""
    token = shlex.join([sys.executable, "-m", "devstack", "token", "--org", owner.org])
    return subprocess.Popen(
        [sys.executable, ROOT / "examples" / "feed_consumer.py", "--token-command", token, *options],
        cwd=folder,
        env={
            **os.environ,
            "NOTIFICATIONS_API": owner.cloud.api + API,
            "PYTHONPATH": str(ROOT),
            "DEVSTACK_STATE": str(owner.cloud.state_file),
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def noted(folder):
    """Return (sequence number, shipment id) of what is in the database."""
    if not (folder / "results.db").exists():
        return []
    with sqlite3.connect(folder / "results.db", timeout=SECONDS) as database:
        try:
            return database.execute(
                "SELECT sequence_number, shipment_id FROM results ORDER BY sequence_number"
            ).fetchall()
        except sqlite3.OperationalError:  # the tables are not made yet
            return []


def test_killed_and_started_again_it_misses_nothing_and_repeats_nothing(owner: Owner, tmp_path):
    placed = []
    for killed in range(KILLS):
        before = len(noted(tmp_path))
        placed += [owner.send(email_order(new_email())) for _ in range(ORDERS // KILLS)]
        owner.wait_for_feed(before + 1)
        with consumer(owner, tmp_path) as process:
            wait_until(lambda seen=before: len(noted(tmp_path)) > seen, what=f"an entry after {killed} kills")
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=SECONDS)

    owner.wait_for_feed(len(placed))
    with consumer(owner, tmp_path, "--once") as process:
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    entries = noted(tmp_path)
    assert [number for number, _ in entries] == list(range(1, len(placed) + 1))
    assert sorted(shipment for _, shipment in entries) == sorted(placed)

    with consumer(owner, tmp_path, "--once") as process:
        output, _ = process.communicate(timeout=SECONDS)
    assert output == ""
    assert noted(tmp_path) == entries
