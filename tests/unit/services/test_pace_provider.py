"""How processes agree on the pace of a provider, and what that costs."""

from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.slots import Limit, Permit
from shared.services.pace_provider import DEFAULT_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PaceProvider
from shared.storage.provider_slots import ProviderSlots
from tests.property import world as w
from tests.property.process import Process
from tests.property.surroundings import Store

TEN_A_MINUTE = Limit("Minute", 10, timedelta(minutes=1))


class CountedStore:
    def __init__(self, store):
        self._store = store
        self.calls = Counter()

    def __getattr__(self, name):
        self.calls[name] += 1
        return getattr(self._store, name)


class Clocks:
    """Both clocks; they move together unless only one is moved."""

    def __init__(self):
        self.business, self.real = w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day())

    def pass_(self, seconds):
        self.business.at += timedelta(seconds=seconds)
        self.real.at += timedelta(seconds=seconds)


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
async def store(clocks):
    return CountedStore(Store(Process(w.World(clocks.business, clocks.real))))


@pytest.fixture
def new_process(store, clocks):
    def make(*limits, provider="email"):
        slots = ProviderSlots(store, provider, [limit.name for limit in limits])
        return PaceProvider(slots=slots, limits=limits, clock=clocks.business, real_time=clocks.real)

    return make


async def test_without_limits_a_process_asks_every_ten_seconds_and_writes_nothing(new_process, store, clocks):
    pace = new_process()
    for _ in range(300):
        assert await pace(100, waited=False) == Permit(100)
        clocks.pass_(0.1)
    assert store.calls == {"get": 3}


async def test_while_pauses_are_about_a_process_asks_every_second(new_process, store, clocks):
    pace = new_process()
    await pace.pause(5)
    store.calls.clear()
    for _ in range(650):
        await pace(1, waited=False)
        clocks.pass_(0.1)
    assert store.calls == {"get": 65}
    for _ in range(300):
        await pace(1, waited=False)
        clocks.pass_(0.1)
    assert store.calls == {"get": 68}


async def test_with_limits_a_process_that_is_alone_writes_once_for_each_visit(new_process, store, clocks):
    pace = new_process(TEN_A_MINUTE)
    for _ in range(5):
        assert (await pace(1, waited=True)).calls == 1
        clocks.pass_(10)
    assert store.calls == {"insert": 1, "merge": 4}


@pytest.mark.parametrize(("limits", "unaware"), [((), 10), ((TEN_A_MINUTE,), 1)])
async def test_every_process_learns_of_a_pause(new_process, clocks, limits, unaware):
    one, other = new_process(*limits), new_process(*limits)
    permit = await other(1, waited=False)
    await one.pause(30)
    assert await one.hold(permit) == timedelta(seconds=30)
    clocks.pass_(unaware)
    assert (await other(1, waited=True)).calls == 0
    assert await other.hold(permit) == timedelta(seconds=30 - unaware)
    clocks.pass_(30 - unaware)
    assert (await other(1, waited=True)).calls == 1


async def test_a_longer_pause_of_another_process_is_learned_within_a_second(new_process, clocks):
    one, other = new_process(), new_process()
    await one.pause(30)
    assert (await other(1, waited=False)).calls == 0
    await one.pause(60)
    clocks.pass_(1)
    assert (await other(1, waited=False)).again_at == clocks.business.now() + timedelta(seconds=59)


async def test_what_comes_in_a_pause_is_told_to_come_at_its_end_or_later(new_process, clocks):
    pace = new_process()
    await pace.pause(30)
    end = clocks.business.now() + timedelta(seconds=30)
    assert await pace(1, waited=False) == Permit(0, again_at=end)
    limited = new_process(TEN_A_MINUTE, provider="sms")
    await limited.pause(30)
    again = [(await limited(1, waited=False)).again_at for _ in range(3)]
    assert again == [end + number * TEN_A_MINUTE.interval for number in range(3)]


async def test_a_shorter_pause_does_not_shorten_a_longer_one(new_process, clocks):
    one, other = new_process(), new_process()
    await one.pause(60)
    await other.pause(5)
    clocks.pass_(10)
    for process in (one, other, new_process()):
        assert (await process(1, waited=False)).calls == 0


@pytest.mark.parametrize(("asked", "length"), [(None, DEFAULT_PAUSE_SECONDS), (1e18, LONGEST_PAUSE_SECONDS)])
async def test_a_pause_has_a_length_of_ours_when_the_provider_names_none_that_makes_sense(
    new_process, asked, length
):
    pace = new_process()
    await pace.pause(asked)
    assert await pace.hold(Permit(1)) == timedelta(seconds=length)


async def test_a_pause_means_nothing_once_the_clock_that_told_it_was_set_back(new_process, clocks):
    pace = new_process()
    clocks.business.at += timedelta(hours=8)
    await pace.pause(300)
    clocks.business.at -= timedelta(hours=8)
    clocks.pass_(1)
    for process in (pace, new_process()):
        assert (await process(1, waited=False)).calls == 1


async def test_copies_that_wait_for_the_same_pause_come_back_at_one_instant(new_process, clocks):
    pace, now = new_process(), clocks.business.now()
    assert pace.return_at(now) == now
    await pace.pause(30)
    end = now + timedelta(seconds=30)
    assert {pace.return_at(now), pace.return_at(end + timedelta(milliseconds=5))} == {end}
    later = end + timedelta(seconds=5)
    assert pace.return_at(later) == later


async def test_a_permission_that_is_too_old_is_renewed_or_withdrawn(new_process, clocks):
    pace = new_process(TEN_A_MINUTE)
    permit = await pace(1, waited=True)
    clocks.pass_(TEN_A_MINUTE.interval.total_seconds())
    assert await pace.hold(permit) is None
    assert await pace.hold(permit) == TEN_A_MINUTE.interval
