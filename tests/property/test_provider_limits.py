"""Limits: no window sees more calls, whatever workers and storage do, and everybody gets a turn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.sending.provider_limits import Ask, Limit, ProviderState, take
from shared.runtime.errors import TransientError
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.provider_states import ProviderStates
from tests.support.provider_row import START, LoopClock, SlowTable
from tests.support.virtual_time import run_virtually

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

limits = st.one_of(
    st.integers(1, 40).map(lambda calls: (Limit("Second", calls, SECOND),)),
    st.integers(1, 200).map(lambda calls: (Limit("Minute", calls, MINUTE),)),
    st.tuples(st.integers(5, 60), st.integers(20, 600)).map(
        lambda calls: (Limit("Minute", calls[0], MINUTE), Limit("Hour", calls[1], HOUR))
    ),
)


@dataclass
class Provider:
    """Knows when it was called."""

    limits: Sequence[Limit]
    calls: list[datetime] = field(default_factory=list)

    def check(self) -> None:
        self.calls.sort()
        for limit in self.limits:
            for first, beyond in zip(self.calls, self.calls[limit.calls :], strict=False):
                assert beyond - first >= limit.window, limit


async def work(
    permit_calls: PermitCalls, provider: Provider, calls: int, random: Random, dawdling: float
) -> None:
    """Do what a sender does with a page of notifications, on each visit as many as it may."""
    clock, waited = LoopClock(), False
    while calls:
        try:
            permit = await permit_calls(calls, waited=waited)
            await asyncio.sleep(random.uniform(0, dawdling))
            started = await permit_calls.renewed(permit, permit.calls) if permit.calls else permit
        except TransientError:
            await asyncio.sleep(10)
            continue
        provider.calls += [clock.now()] * started.calls
        calls -= started.calls
        again_at = max(permit.again_at or clock.now(), started.again_at or clock.now())
        wait = max(timedelta(0), again_at - clock.now())
        waited = True
        # scheduled copies arrive late, some of them very late
        await asyncio.sleep(wait.total_seconds() + random.choice([0.0, 0.1, 0.5, 20.0]) * random.random())


visits = st.tuples(
    st.sampled_from([0.0, 0.01, 0.1, 0.25, 0.5, 1.0, 4.0]),  # intervals since the visit before
    st.integers(1, 30),
    st.booleans(),  # has waited
    st.booleans(),  # starts its calls at the last moment
)


@given(limits=limits, visits=st.lists(visits, max_size=80))
def test_no_window_sees_more_calls_than_the_limit_however_long_they_hesitate(limits, visits):
    state, now, provider = ProviderState(), START, Provider(limits)
    for pause, calls, waited, hesitates in visits:
        now += pause * limits[0].interval
        state, permit = take(state, limits, Ask(calls, waited), now)
        starts = permit.start_before - timedelta(microseconds=1) if hesitates else now
        provider.calls += [starts] * permit.calls
    provider.check()


def test_a_late_burst_and_an_early_one_fit_into_one_window():
    limit = Limit("Minute", 100, MINUTE)
    state, now, provider = ProviderState(), START, Provider([limit])
    state, first = take(state, [limit], Ask(100, waited=True), now)
    provider.calls += [first.start_before - timedelta(microseconds=1)] * first.calls
    while now < START + limit.grace + limit.window:
        now += limit.interval
        state, permit = take(state, [limit], Ask(100, waited=True), now)
        provider.calls += [now] * permit.calls
    provider.check()


@given(
    limits=limits,
    processes=st.integers(1, 4),
    pages=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 100)), min_size=1, max_size=8),
    latency=st.sampled_from([0.0, 0.005, 0.1, 0.5]),
    dawdling=st.sampled_from([0.0, 0.02, 0.4, 7.0]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=30, deadline=None)
def test_no_window_sees_more_calls_than_the_limit(limits, processes, pages, latency, dawdling, seed):
    random = Random(seed)
    provider, table = Provider(limits), SlowTable(random, latency, faults=0.05)

    async def run() -> None:
        clock, names = LoopClock(), [limit.name for limit in limits]
        callers = [
            PermitCalls(states=ProviderStates(table, "email", names), limits=limits, clock=clock)
            for _ in range(processes)
        ]

        async def page(number: int, starts: float, calls: int) -> None:
            await asyncio.sleep(starts)
            await work(callers[number % processes], provider, calls, random, dawdling)

        await asyncio.gather(*(page(number, *arrival) for number, arrival in enumerate(pages)))

    run_virtually(run())
    assert len(provider.calls) == sum(calls for _, calls in pages)  # everybody got a turn
    provider.check()


@pytest.mark.parametrize(
    ("limit", "least"),
    [
        (Limit("Second", 20, SECOND), 0.55),
        (Limit("Minute", 100, MINUTE), 0.8),
        (Limit("Hour", 1000, HOUR), 0.85),
    ],
)
def test_a_limit_is_made_use_of(limit, least):
    state, now, done = ProviderState(), START, 0
    while now < START + 3 * limit.window:
        state, permit = take(state, [limit], Ask(limit.calls, waited=True), now)
        done += permit.calls
        now = permit.again_at or now
    assert done >= least * 3 * limit.calls


@given(limits=limits, count=st.integers(2, 60))
def test_who_has_to_wait_comes_back_in_the_order_of_asking(limits, count):
    state, waiting = ProviderState(), []
    for _ in range(count):
        state, permit = take(state, limits, Ask(1, waited=False), START)
        if permit.again_at is not None:
            waiting.append(permit.again_at)
    spaced = max(limit.interval for limit in limits)
    assert len(waiting) == count - min(count, *(limit.burst for limit in limits))
    assert all(later - earlier >= spaced for earlier, later in pairwise(waiting))
    for at in waiting:
        state, newcomer = take(state, limits, Ask(1, waited=False), at)
        state, permit = take(state, limits, Ask(1, waited=True), at)
        assert (newcomer.calls, permit.calls) == (0, 1)
