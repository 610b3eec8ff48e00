"""A table emulator that notes every call, so that calls are counted on the wire and not in the product."""

import itertools
import json
import re
import statistics
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Self

from azure.data.tables import TableClient

from devstack.azurite.account import create_tables, table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.processes.child import Child
from devstack.processes.ports import free_ports
from shared.records import codec
from shared.records.event_codec import dump_events
from shared.storage.keys import CHAIN, ORDERS, REFERENCE, STATUS_FEED, TABLES

_READY_SECONDS = 30.0
_STOP_SECONDS = 3.5
_SAMPLE = 200
_NOTE_CALLS = Path(__file__).with_name("table_log.cjs")
_CALL = re.compile(rb"^(?P<method>[A-Z]+) /[^/ ]+/(?P<table>\$?\w+)(?P<rest>.*)$", re.MULTILINE)
# Timers ask for what is due or old, however many orders there are; chains are asked for pages and references.
_CHAINS = f"query chains of {ORDERS}"
_TIMERS = frozenset(f"query {table}" for table in TABLES)
_FEED_CALLS = frozenset(f"{kind} {STATUS_FEED}" for kind in ("get", "query", "merge"))
_OF_CHAINS = re.compile(f"gt%20(%27|')({CHAIN[:-1]}|{REFERENCE[:-1]})")
_KINDS = {"POST": "insert", "PATCH": "merge", "MERGE": "merge", "PUT": "replace", "DELETE": "delete"}


class LoggedTables:
    """Azurite in memory, noting its calls in a file; a context manager."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self._log = folder / "tables.log"
        spec = azurite_spec(port, None, preloads=(_NOTE_CALLS,))
        spec = replace(spec, environment={**spec.environment, "TABLE_LOG": str(self._log)})
        self._child = Child(spec, folder / "azurite.log")
        self._port = port
        self.connection_string = table_connection_string(port)

    def __enter__(self) -> Self:
        """Start it and create the tables."""
        self._child.start()
        try:
            self._child.wait_ready(_READY_SECONDS)
            create_tables(self._port, TABLES)
        except BaseException:
            self._child.stop(_STOP_SECONDS)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._child.stop(_STOP_SECONDS)

    @property
    def pid(self) -> int:
        """Its process id; RuntimeError when it has died."""
        if (pid := self._child.pid) is None:
            raise RuntimeError("the table emulator has died")
        return pid

    def calls(self) -> Counter[str]:
        """Return the calls so far by kind and table, "merge Orders"; without the queries of timers."""
        names = map(_name, _CALL.finditer(self._log.read_bytes()))
        return Counter(name for name in names if name not in _TIMERS)

    def feed_calls(self) -> int:
        """Return the reads and single writes of feeds so far, queries included; appends are transactions."""
        names = map(_name, _CALL.finditer(self._log.read_bytes()))
        return sum(name in _FEED_CALLS for name in names)

    def event_bytes(self, channel: str) -> float:
        """Return the average bytes of events in the rows of orders for one message of a channel."""
        with TableClient.from_connection_string(self.connection_string, ORDERS) as orders:
            rows = orders.list_entities(select=["State"])  # by keys that are as good as random
            of_orders = (row["State"] for row in rows if "State" in row)
            states = [codec.STATE.load(json.loads(state)) for state in itertools.islice(of_orders, _SAMPLE)]
        own = [state for state in states if [n.channel for n in state.notifications] == [channel]]
        return statistics.mean(len(dump_events(state.events)) for state in own)


def _name(match: re.Match[bytes]) -> str:
    method, table, rest = (match[name].decode() for name in ("method", "table", "rest"))
    if table == "$batch":
        return "transact"
    if method == "GET":
        if table == ORDERS and rest.startswith("()") and _OF_CHAINS.search(rest):
            return _CHAINS
        return f"{'query' if rest.startswith('()') else 'get'} {table}"
    return f"{_KINDS.get(method, method)} {table}"
