"""Several writers of one feed, any of whose calls may be lost or be the last: each shipment is told once.

Calls of the writers and a reader interleave in any way. Messages come again until somebody has confirmed
them, and once more days later.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.metrics import Counts
from shared.domain.orders.order import OrderStatus, OrderType
from shared.runtime.errors import TransientError
from shared.storage import keys
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.feed_pack import marked_in
from shared.storage.feed.feed_tail import FeedTail
from shared.storage.feed.status_feed import StatusFeed
from tests.support.pipeline import world as w
from tests.support.pipeline.feeds import feed_entries
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.world import Fault, World

OWNER = "ttd"
MESSAGES_AT_ONCE = 5
ROUNDS = 200
LOSSES = (
    *[Fault.NONE] * 3,
    Fault.BEFORE,
    Fault.AFTER,
    Fault.CONFLICT_AFTER,
    Fault.DIE_BEFORE,
    Fault.DIE_AFTER,
)

_pause = asyncio.sleep


async def _instantly(_: float, result: object = None) -> object:
    return await _pause(0, result)


class DiedError(Exception):
    """The process of a writer has ended."""


@dataclass
class Chances:
    """How long each call waits, in turns of the loop, and what becomes of it."""

    turns: Iterator[int]
    faults: Iterator[Fault]


@dataclass
class Reach:
    """The way of one process to the tables."""

    world: World
    chances: Chances
    is_dead: bool = False
    calls: list[str] = field(default_factory=list)

    async def reach(self) -> Fault:
        await self._wait()
        fault = next(self.chances.faults, Fault.NONE)
        if fault is Fault.DIE_BEFORE:
            self.is_dead = True
        if self.is_dead:
            raise DiedError
        if fault is Fault.BEFORE:
            raise TransientError("lost on its way out")
        return fault

    async def come_back(self, fault: Fault) -> None:
        await self._wait()
        if fault is Fault.DIE_AFTER:
            self.is_dead = True
        if self.is_dead:
            raise DiedError
        if fault is Fault.AFTER:
            raise TransientError("lost on its way back")

    async def _wait(self) -> None:
        for _ in range(next(self.chances.turns, 0)):
            await _pause(0)


class CheckedReader:
    """Reads on from its cursor, and keeps what it was told."""

    def __init__(self, feed: StatusFeed, limits: Sequence[int]) -> None:
        self._feed = feed
        self._limits = itertools.cycle(limits)
        self.told: list[str] = []

    async def read(self) -> bool:
        """Read a page; whether there was anything."""
        page = await self._feed.read(OWNER, after=len(self.told), limit=next(self._limits))
        assert [e.sequence for e in page] == [*range(len(self.told) + 1, len(self.told) + len(page) + 1)]
        self.told += [entry.closed.shipment_id for entry in page]
        return bool(page)


def ended(number: int, second: int) -> NewEntry:
    status = OrderStatus.CANCELLED if number % 5 == 0 else OrderStatus.COMPLETED
    shipment_id = f"5e2eb335-ffaa-4517-81a7-bf{number:04}000000"
    at = w.start_of_day() + timedelta(seconds=second / 4)
    closed = ClosedShipment(shipment_id, OrderType.NOTIFICATION, status, at, None, ())
    return NewEntry(closed, Counts(orders=1), is_hidden=number % 5 == 0)


class Writers:
    """Processes that take messages from one queue; one that dies makes room for a new one."""

    def __init__(self, entries: Sequence[NewEntry], chances: Chances, clock: w.VirtualClock) -> None:
        self.world = World(clock, clock)
        self.clock = clock
        self.chances = chances
        self.queue = list(entries)
        self.confirmed: Counter[str] = Counter()

    async def work(self) -> None:
        """Append messages until there is none; those that fail go back to the end of the queue."""
        reach = Reach(self.world, self.chances)
        feed = StatusFeed(Store(reach), self.clock)
        for _ in range(ROUNDS):
            if not self.queue:
                return
            taken, self.queue = self.queue[:MESSAGES_AT_ONCE], self.queue[MESSAGES_AT_ONCE:]
            halves = taken[: len(taken) // 2], taken[len(taken) // 2 :]  # two invocations of one process
            found = await asyncio.gather(*(feed.append(OWNER, half) for half in halves))
            for entry, outcome in zip(taken, itertools.chain(*found), strict=True):
                if outcome is None:
                    self.confirmed[entry.closed.shipment_id] += 1
                else:
                    self.queue.append(entry)
            if reach.is_dead:
                reach = Reach(self.world, self.chances)
                feed = StatusFeed(Store(reach), self.clock)
        raise AssertionError("messages come again and again")

    def without_faults(self) -> StatusFeed:
        return StatusFeed(Store(Reach(self.world, Chances(iter(()), iter(())))), self.clock)


async def _lives(seconds: Sequence[int], writers: int, chances: Chances, limits: Sequence[int]) -> None:
    entries = [ended(number, second) for number, second in enumerate(seconds)]
    shown = {entry.closed.shipment_id for entry in entries if not entry.is_hidden}
    everybody = Writers([*entries, *entries[::3]], chances, w.VirtualClock(w.start_of_day()))
    reader = CheckedReader(everybody.without_faults(), limits)
    working = [asyncio.ensure_future(everybody.work()) for _ in range(writers)]
    while not all(task.done() for task in working):
        await reader.read()
        await _pause(0)
    await asyncio.gather(*working)
    await _whole(everybody, reader, entries, shown)
    everybody.clock.at += timedelta(days=9)
    assert set(await everybody.without_faults().append(OWNER, entries)) == {None}
    await _whole(everybody, reader, entries, shown)
    await _purged(everybody, entries)


async def _whole(
    everybody: Writers, reader: CheckedReader, entries: Sequence[NewEntry], shown: set[str]
) -> None:
    """Check that each shipment is in the feed, marked and counted once."""
    while await reader.read():
        pass
    feed = everybody.without_faults()
    assert Counter(reader.told) == Counter(shown)
    newest = await feed.read(OWNER, after=0, limit=1000, descending=True)
    assert [entry.closed.shipment_id for entry in newest] == reader.told[::-1]
    tables = everybody.world.tables
    hidden = [entry.closed.shipment_id for entry in feed_entries(tables, keys.FEED_HIDDEN)]
    assert Counter(hidden) == Counter({entry.closed.shipment_id for entry in entries} - shown)
    markers = [row for (_, _, key), row in tables.rows.items() if key.startswith(keys.FEED_MARKER)]
    marked = Counter(shipment_id for row in markers for shipment_id in marked_in(row))
    assert marked == Counter(entry.closed.shipment_id for entry in entries)
    counted = await feed.counts(OWNER, f"{w.start_of_day():%Y%m}")
    assert counted == Counts(orders=len(entries))


async def _purged(everybody: Writers, entries: Sequence[NewEntry]) -> None:
    """Take all shipments out of the feed, some at a time, and check that each was met once in each stage."""
    store = Store(Reach(everybody.world, Chances(iter(()), iter(()))))
    tail = FeedTail(store)
    for kinds in ((tail.oldest_entries, tail.oldest_hidden), (tail.oldest_marked,)):
        met: list[str] = []
        for oldest in kinds:
            while some := (await oldest(OWNER))[::2]:
                met += [str(entry.item) for entry in some]
                await tail.drop(OWNER, some)
        assert Counter(met) == Counter(entry.closed.shipment_id for entry in entries)
    assert {key[:1] for _, partition, key in everybody.world.tables.rows if partition == OWNER} <= {"!", "D"}


def _run(scenario: Callable[[], object]) -> None:
    with patch("asyncio.sleep", _instantly):
        asyncio.run(scenario())  # type: ignore[arg-type]


_ENTRIES = st.lists(st.integers(0, 12), min_size=1, max_size=40)
_TURNS = st.lists(st.integers(0, 6), max_size=120)
_FAULTS = st.lists(st.sampled_from(LOSSES), max_size=60)
_LIMITS = st.lists(st.integers(1, 12), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(seconds=_ENTRIES, writers=st.integers(1, 4), turns=_TURNS, faults=_FAULTS, limits=_LIMITS)
@example(seconds=[0] * 40, writers=4, turns=[3, 1, 4, 1, 5] * 20, faults=[Fault.AFTER] * 9, limits=[1])
@example(seconds=[*range(13)] * 3, writers=4, turns=[], faults=[Fault.DIE_AFTER] * 9, limits=[12])
def test_each_shipment_is_told_once_whatever_becomes_of_its_writers(
    seconds: list[int], writers: int, turns: list[int], faults: list[Fault], limits: list[int]
) -> None:
    _run(lambda: _lives(seconds, writers, Chances(iter(turns), iter(faults)), limits))


def test_a_process_may_end_at_every_single_call() -> None:
    for fault in (Fault.DIE_BEFORE, Fault.DIE_AFTER, Fault.AFTER, Fault.CONFLICT_AFTER):
        for position in range(60):
            faults = [*[Fault.NONE] * position, fault]
            seconds = [n % 7 for n in range(23)]
            turns = [1, 0, 2] * 60
            _run(lambda s=seconds, t=turns, f=faults: _lives(s, 3, Chances(iter(t), iter(f)), [4]))
