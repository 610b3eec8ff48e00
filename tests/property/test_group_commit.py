"""Group commit: exactly one outcome per item, poison fails only itself, nobody waits past its deadline."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.runtime.errors import ConflictError, TransientError
from shared.runtime.group_commit import GroupCommit
from tests.support.virtual_time import run_virtually

EPSILON = 1e-6


@dataclass(frozen=True)
class Arrival:
    at: float
    deadline: float
    poison: bool = False  # makes every flush it takes part in raise
    refused: bool = False  # gets an error of its own from the flush


@dataclass
class Flush:
    """A place to write to that takes its time, is down now and then, and may hang."""

    behaviour: Sequence[str]
    seconds: Sequence[float]
    flushes: list[tuple[Arrival, ...]] = field(default_factory=list)
    written: list[Arrival] = field(default_factory=list)
    in_flight: int = 0

    async def __call__(self, items: Sequence[Arrival]) -> list[int | Exception]:
        number = len(self.flushes)
        self.flushes.append(tuple(items))
        assert self.in_flight == 0, "one flush at a time"
        self.in_flight += 1
        try:
            behaviour = self.behaviour[number % len(self.behaviour)]
            if behaviour == "hang":
                await asyncio.sleep(10_000)
            await asyncio.sleep(self.seconds[number % len(self.seconds)])
            if behaviour == "down":
                raise TransientError("down")
            if any(item.poison for item in items):
                raise ValueError("poison")
            self.written += [item for item in items if not item.refused]
            return [ConflictError("refused") if item.refused else id(item) for item in items]
        finally:
            self.in_flight -= 1


@dataclass
class Outcome:
    arrival: Arrival
    waited: float
    result: int | None = None
    error: Exception | None = None


async def commit_all(group: GroupCommit[Arrival, int], arrivals: Sequence[Arrival]) -> list[Outcome]:
    loop = asyncio.get_running_loop()

    async def one(arrival: Arrival) -> Outcome:
        await asyncio.sleep(arrival.at)
        start = loop.time()
        try:
            result = await group.commit(arrival, arrival.deadline)
        except Exception as error:  # noqa: BLE001
            return Outcome(arrival, loop.time() - start, error=error)
        return Outcome(arrival, loop.time() - start, result=result)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(arrival)) for arrival in arrivals]
    return [task.result() for task in running]


instants = st.floats(0, 20, allow_nan=False)
durations = st.sampled_from([0.0, 0.01, 0.5, 3.0])
arrivals = st.builds(
    Arrival,
    at=instants,
    deadline=st.sampled_from([0.0, 0.1, 1.0, 50.0]),
    poison=st.integers(0, 9).map(lambda n: n == 0),
    refused=st.integers(0, 9).map(lambda n: n == 0),
)
behaviours = st.lists(st.sampled_from(["ok", "ok", "ok", "down", "hang"]), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(arrivals, min_size=1, max_size=40),
    behaviours,
    st.lists(durations, min_size=1, max_size=4),
    st.integers(1, 7),
    st.sampled_from([0.0, 0.05, 2.0]),
)
def test_every_item_has_one_outcome_in_time(arriving, behaviour, seconds, max_items, apart):
    flush = Flush(behaviour, seconds)
    group = GroupCommit(flush, max_items=max_items, flush_timeout=5.0, apart=apart)

    outcomes = run_virtually(commit_all(group, arriving))

    assert len(outcomes) == len(arriving)
    written = [id(item) for item in flush.written]
    assert len(written) == len(set(written)), "nothing is written twice"
    assert all(len(items) <= max_items for items in flush.flushes)
    for outcome in outcomes:
        assert outcome.waited <= outcome.arrival.deadline + EPSILON
        match outcome.error:
            case None:
                assert outcome.result == id(outcome.arrival)
                assert outcome.result in written
            case ValueError():
                assert outcome.arrival.poison, "poison fails only itself"
            case ConflictError():
                assert outcome.arrival.refused
            case error:
                assert isinstance(error, TransientError)


@settings(max_examples=100, deadline=None)
@given(st.lists(arrivals, min_size=1, max_size=40), st.integers(1, 7))
def test_without_outages_only_poison_and_refused_items_fail(arriving, max_items):
    patient = [Arrival(a.at, 10_000.0, a.poison, a.refused) for a in arriving]
    flush = Flush(["ok"], [0.5])

    outcomes = run_virtually(commit_all(GroupCommit(flush, max_items=max_items), patient))

    for outcome in outcomes:
        expected = (
            ValueError if outcome.arrival.poison else ConflictError if outcome.arrival.refused else None
        )
        assert (type(outcome.error) if outcome.error else None) is expected


def test_alone_an_item_is_not_delayed():
    flush = Flush(["ok"], [0.25])
    (outcome,) = run_virtually(commit_all(GroupCommit(flush, max_items=10), [Arrival(0, 1.0)]))
    assert outcome.waited == pytest.approx(0.25)


def test_what_arrives_during_a_flush_forms_the_next():
    first, *rest = [Arrival(0, 9.0), *(Arrival(0.1 * n, 9.0) for n in range(1, 8))]
    flush = Flush(["ok"], [1.0])
    run_virtually(commit_all(GroupCommit(flush, max_items=5), [first, *rest]))
    assert flush.flushes == [(first,), tuple(rest[:5]), tuple(rest[5:])]


def test_quick_flushes_are_apart_so_that_more_items_share_one():
    arriving = [Arrival(0.03 * n, 9.0) for n in range(7)]  # 0, 0.03 ... 0.18
    flush = Flush(["ok"], [0.001])
    outcomes = run_virtually(commit_all(GroupCommit(flush, max_items=10, apart=0.1), arriving))
    assert flush.flushes == [(arriving[0],), tuple(arriving[1:4]), tuple(arriving[4:])]
    assert max(each.waited for each in outcomes) <= 0.1 + 0.001 + EPSILON


def test_after_a_quiet_time_an_item_is_not_delayed_though_flushes_are_apart():
    arriving = [Arrival(0, 9.0), Arrival(0.11, 9.0), Arrival(0.25, 9.0)]
    flush = Flush(["ok"], [0.001])
    outcomes = run_virtually(commit_all(GroupCommit(flush, max_items=10, apart=0.1), arriving))
    assert [each.waited for each in outcomes] == pytest.approx([0.001] * 3)


def test_a_full_batch_does_not_wait():
    arriving = [Arrival(0, 9.0), *(Arrival(0.01, 9.0) for _ in range(6))]
    flush = Flush(["ok"], [0.001])
    outcomes = run_virtually(commit_all(GroupCommit(flush, max_items=3, apart=1.0), arriving))
    assert [len(batch) for batch in flush.flushes] == [1, 3, 3]
    assert max(each.waited for each in outcomes) < 0.1


def test_an_item_given_up_before_its_turn_is_never_written():
    slow, impatient = Arrival(0, 9.0), Arrival(0.1, 0.5)
    flush = Flush(["ok"], [2.0])
    outcomes = run_virtually(commit_all(GroupCommit(flush, max_items=5), [slow, impatient]))
    assert isinstance(outcomes[1].error, TransientError)
    assert flush.written == [slow]


def test_an_item_given_up_during_its_flush_is_written():
    impatient = Arrival(0, 0.5)

    async def scenario() -> Flush:
        flush = Flush(["ok"], [2.0])
        outcomes = await commit_all(group := GroupCommit(flush, max_items=5), [impatient])
        assert isinstance(outcomes[0].error, TransientError)
        await group.commit(Arrival(0, 9.0), 9.0)
        return flush

    assert impatient in run_virtually(scenario()).written


def test_a_flush_that_resists_cancellation_is_left_behind():
    stubborn_ended = asyncio.Event()

    async def flush(items: Sequence[int]) -> list[int]:
        if items == [1]:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                await asyncio.sleep(100)
                stubborn_ended.set()
                raise RuntimeError("at last") from None
        return list(items)

    async def scenario() -> None:
        group = GroupCommit(flush, max_items=1, flush_timeout=1.0)
        stuck = asyncio.create_task(group.commit(1, 50.0))
        await asyncio.sleep(0)
        assert await group.commit(2, 50.0) == 2
        with pytest.raises(TransientError, match="abandoned"):
            await stuck
        assert asyncio.get_running_loop().time() == pytest.approx(1.0)
        await stubborn_ended.wait()  # and what it raises in the end reaches nobody

    run_virtually(scenario())


def test_a_slow_flush_is_overtaken_and_tells_its_own_items_later():
    async def flush(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(30 if 1 in items else 0.5)
        return list(items)

    async def scenario() -> None:
        group = GroupCommit(flush, max_items=4, flush_timeout=1.0, overtakes=True)
        slow = asyncio.create_task(group.commit(1, 50.0))
        await asyncio.sleep(0)
        assert await asyncio.gather(group.commit(2, 50.0), group.commit(3, 50.0)) == [2, 3]
        assert asyncio.get_running_loop().time() == pytest.approx(1.5)
        assert await slow == 1
        assert asyncio.get_running_loop().time() == pytest.approx(30.0)

    run_virtually(scenario())


def test_when_an_overtaken_flush_is_refused_each_of_its_items_is_written_alone():
    async def flush(items: Sequence[int]) -> list[int]:
        if len(items) > 1:
            await asyncio.sleep(5)
            raise ValueError("one of many")
        return list(items)

    async def scenario() -> None:
        group = GroupCommit(flush, max_items=4, flush_timeout=1.0, overtakes=True)
        first, *others = [asyncio.create_task(group.commit(n, 50.0)) for n in (1, 2, 3)]
        assert await first == 1
        assert await asyncio.gather(*others) == [2, 3]

    run_virtually(scenario())


def test_when_half_of_a_refused_batch_hangs_the_other_half_is_written():
    async def flush(items: Sequence[int]) -> list[int]:
        if items == [2, 3]:
            await asyncio.sleep(100)
        await asyncio.sleep(0.5)
        if len(items) > 2:
            raise ValueError("one of many")
        return list(items)

    async def scenario() -> None:
        group = GroupCommit(flush, max_items=4, flush_timeout=1.0)
        first = asyncio.create_task(group.commit(1, 50.0))
        await asyncio.sleep(0.1)
        outcomes = await asyncio.gather(
            *(group.commit(n, 50.0) for n in (2, 3, 4, 5)), return_exceptions=True
        )
        assert await first == 1
        assert [type(outcome) for outcome in outcomes[:2]] == [TransientError] * 2
        assert outcomes[2:] == [4, 5]

    run_virtually(scenario())


def test_a_stopped_writer_fails_its_members_and_those_who_wait():
    async def scenario() -> None:
        group = GroupCommit(Flush(["hang"], [0.0]), max_items=1)
        waiting = [asyncio.create_task(group.commit(Arrival(0, 50.0), 50.0)) for _ in range(3)]
        await asyncio.sleep(1)
        writer = next(task for task in asyncio.all_tasks() if "GroupCommit._write" in repr(task.get_coro()))
        writer.cancel()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [TransientError] * 3

    run_virtually(scenario())


def test_serves_one_event_loop_after_another():
    group = GroupCommit(Flush(["hang", "ok"], [0.0]), max_items=1)
    assert isinstance(run_virtually(commit_all(group, [Arrival(0, 1.0)]))[0].error, TransientError)
    assert run_virtually(commit_all(group, [Arrival(0, 1.0)]))[0].error is None


def test_a_wrong_number_of_outcomes_fails_the_batch():
    async def flush(items: Sequence[int]) -> list[int]:
        return [*items, 0]

    async def scenario() -> None:
        with pytest.raises(RuntimeError, match="2 outcomes for 1 items"):
            await GroupCommit(flush, max_items=3).commit(1, 1.0)

    run_virtually(scenario())
