"""`python -m benchmarks.feed`: one owner's feed, several writer processes, and how much that costs.

It writes all entries, then all of them again, then new ones among repeats, then some one by one. At the end
it reads the feed as a client does, and counts what is missing.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

from benchmarks.feed.writer import OWNER, CountedStore, WriterPlan, Written
from benchmarks.report import Figure, table
from devstack.azurite.account import create_tables, table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.processes.child import Child
from devstack.processes.ports import free_ports
from devstack.project import ROOT
from shared.runtime.clock import SystemClock
from shared.runtime.http_transport import LeanTransport
from shared.storage.access.table_account import TableAccount
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.keys import STATUS_FEED

_READY_SECONDS, _STOP_SECONDS = 30.0, 3.5
_PAGE = 500
_ALONE = 200
_MIXED_PARTS = 4  # of the entries, one is written once more among repeats
_PARTITION_ROWS = 2000  # a second; the limit of Azure for one partition
_AGAIN = 10  # percent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feed", description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--plain", action="store_true", help="use the table emulator without its index")
    return parser.parse_args()


def _run(plan: WriterPlan) -> Written:
    """Run the writers of a plan side by side; return the sum of what they did, from first to last."""
    commands = [
        [sys.executable, "-m", "benchmarks.feed.writer", json.dumps(asdict(replace(plan, writer=number)))]
        for number in range(plan.writers)
    ]
    writers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    answers = [writer.communicate()[0] for writer in writers]
    if any(writer.returncode for writer in writers):
        raise RuntimeError("a writer has failed")
    done = [Written(**json.loads(answer)) for answer in answers]
    return Written(
        calls=sum((Counter(each.calls) for each in done), Counter()),
        rows=sum(each.rows for each in done),
        refused=sum(each.refused for each in done),
        repeats=sum(each.repeats for each in done),
        entries=sum(each.entries for each in done),
        started=min(each.started for each in done),
        ended=max(each.ended for each in done),
    )


def _phase(name: str, written: Written) -> list[Figure]:
    seconds = written.ended - written.started
    new = written.entries - written.repeats
    figures = [
        Figure(name, "messages a second", written.entries / seconds, "/s"),
        Figure(name, "table calls per message", sum(written.calls.values()) / written.entries, ""),
        *(Figure(name, f"  {kind}", n, "calls") for kind, n in sorted(written.calls.items())),
        Figure(name, "refused transactions", written.refused, ""),
    ]
    if not new:
        return figures
    rows = written.rows / new
    return [
        *figures,
        Figure(name, "rows written per entry", rows, "", at_most=1.2),
        Figure(name, "entries a second that the limit of a partition allows", _PARTITION_ROWS / rows, "/s"),
    ]


async def _read(tables: str) -> list[Figure]:
    """Read the feed from its beginning; return what is missing, and what reading took."""
    transport, read = LeanTransport(), Written()
    store = CountedStore(TableAccount.from_connection_string(tables, transport), read)
    feed = StatusFeed(store, SystemClock())
    numbers, shipments, pages = [0], set[str](), 0
    read.started = time.monotonic()
    while page := await feed.read(OWNER, after=numbers[-1], limit=_PAGE):
        numbers += [entry.sequence for entry in page]
        shipments |= {entry.closed.shipment_id for entry in page}
        pages += 1
    seconds = time.monotonic() - read.started
    rows = len(await store.query(STATUS_FEED, OWNER, above="", below="~", limit=10**6, select=("RowKey",)))
    await transport.shutdown()
    entries = len(numbers) - 1
    gaps = sum(b - a - 1 for a, b in pairwise(numbers))
    return [
        Figure("Feed", "entries", entries, ""),
        Figure("Feed", "missing numbers", gaps, "", at_most=0),
        Figure("Feed", "shipments told twice", entries - len(shipments), "", at_most=0),
        Figure("Feed", "rows stored per entry", rows / entries, "", at_most=1.2),
        Figure("Feed", "calls per page of 500", (read.calls["query"] - 1) / (pages + 1), ""),
        Figure("Feed", "milliseconds per page of 500", 1000 * seconds / (pages + 1), "ms"),
    ]


def _measure(tables: str, entries: int, writers: int) -> list[Figure]:
    plan = WriterPlan(tables, 0, writers, 0, entries)
    new = _run(plan)
    repeats = _run(plan)
    mixed_to = entries + entries // _MIXED_PARTS
    mixed = _run(replace(plan, first=entries, last=mixed_to, again=_AGAIN))
    alone = _run(replace(plan, writers=1, first=mixed_to, last=mixed_to + _ALONE, alone=True))
    # an attempt to append has a read of markers and a transaction; a spread of repeats costs more reads
    extra = (mixed.calls["query"] - mixed.calls["transact"]) / mixed.repeats
    first, *others = _phase("New entries", new)
    return [
        replace(first, at_least=1000),
        *others,
        *_phase("All again", replace(repeats, repeats=repeats.entries)),
        Figure("All again", "table calls per repeat", sum(repeats.calls.values()) / entries, "", at_most=0.1),
        *_phase(f"{_AGAIN} % repeats among new ones", mixed),
        Figure(
            f"{_AGAIN} % repeats among new ones",
            "reads per repeat beyond one per attempt",
            extra,
            "",
            at_most=0.1,
        ),
        *(replace(figure, at_most=None) for figure in _phase("One by one", alone)),
        *asyncio.run(_read(tables)),
    ]


def main() -> None:
    """Run all phases against an emulator in memory and print the figures."""
    wanted = _arguments()
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        child = Child(azurite_spec(port, None, indexed=not wanted.plain), Path(folder) / "tables.log")
        child.start()
        try:
            child.wait_ready(_READY_SECONDS)
            create_tables(port, [STATUS_FEED])
            figures = _measure(table_connection_string(port), wanted.entries, wanted.writers)
        finally:
            child.stop(_STOP_SECONDS)
    print(table(figures))


if __name__ == "__main__":
    main()
