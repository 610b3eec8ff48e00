"""How processes agree on the limits of a provider, leave it alone while it fails, and what that costs."""

import asyncio
import logging
from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.sending.provider_limits import LONGEST_PAUSE_SECONDS, Limit, Permit
from shared.ports.sending import SendOutcome, SendStatus
from shared.runtime.errors import TransientError
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.provider_states import ProviderStates
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

ACCEPTED, REFUSED = SendOutcome(SendStatus.ACCEPTED), SendOutcome(SendStatus.REFUSED)
FAILED, DOUBT = SendOutcome(SendStatus.NOT_SENT), SendOutcome(SendStatus.IN_DOUBT)
WRONG = SendOutcome(SendStatus.NOT_SENT, wrong_settings="SOME_SETTING")
# how long the provider is left alone after each failure in a row
ALONE = [0, 0, 1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 900, 900]
TEN_A_MINUTE = Limit("Minute", 10, timedelta(minutes=1))
HUNDRED_A_MINUTE = Limit("Minute", 100, timedelta(minutes=1))


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
        states = ProviderStates(store, provider, [limit.name for limit in limits])
        return PermitCalls(states=states, limits=limits, clock=clocks.business)

    return make


async def test_without_limits_a_process_asks_every_ten_seconds_and_writes_nothing(new_process, store, clocks):
    permit_calls = new_process()
    for _ in range(300):
        assert await permit_calls(100, waited=False) == Permit(100)
        clocks.pass_(0.1)
    assert store.calls == {"get": 3}


def full(seconds=None):
    return SendOutcome(SendStatus.NOT_SENT, retry_after=seconds)


async def fail(permit_calls, outcome=FAILED):
    """Make one call that the provider does not answer, if one is permitted; return whether it was."""
    permit = await permit_calls(1, waited=True)
    if permit.calls:
        await permit_calls.note(permit, outcome)
    return bool(permit.calls)


async def test_while_a_provider_fails_a_process_asks_every_second(new_process, store, clocks):
    permit_calls = new_process()
    await fail(permit_calls, full(5))
    clocks.pass_(1)
    store.calls.clear()
    for _ in range(40):
        await permit_calls(1, waited=False)
        clocks.pass_(0.1)
    assert store.calls == {"get": 4}


async def test_with_limits_a_process_that_is_alone_writes_once_for_each_visit(new_process, store, clocks):
    permit_calls = new_process(TEN_A_MINUTE)
    for _ in range(5):
        assert (await permit_calls(1, waited=True)).calls == 1
        clocks.pass_(10)
    assert store.calls == {"insert": 1, "merge": 4}


async def test_calls_that_succeed_cost_nothing(new_process, store):
    permit_calls = new_process()
    permit = await permit_calls(100, waited=False)
    store.calls.clear()
    for outcome in [ACCEPTED, REFUSED] * 50:
        await permit_calls.note(permit, outcome)
    assert not store.calls


@pytest.mark.parametrize(("limits", "unaware"), [((), 10), ((HUNDRED_A_MINUTE,), 1)])
async def test_every_process_learns_of_a_pause(new_process, clocks, limits, unaware):
    one, other = new_process(*limits), new_process(*limits)
    permit = await other(1, waited=False)
    await fail(one, full(30))
    end = clocks.business.now() + timedelta(seconds=30)
    clocks.pass_(unaware)
    assert (await other(1, waited=True)).calls == 0
    assert await other.renewed(permit, 1) == Permit(0, again_at=end)
    clocks.pass_(30 - unaware)
    assert (await other(1, waited=True)).calls == 1


async def test_a_longer_pause_of_another_process_is_learned_within_a_second(new_process, clocks):
    one, other = new_process(), new_process()
    late = await one(1, waited=False)
    await fail(one, full(30))
    assert (await other(1, waited=False)).calls == 0
    await one.note(late, full(60))
    clocks.pass_(1)
    assert (await other(1, waited=False)).again_at == clocks.business.now() + timedelta(seconds=59)


async def test_what_comes_in_a_pause_is_told_to_come_at_its_end_or_later(new_process, clocks):
    permit_calls = new_process()
    await fail(permit_calls, full(30))
    end = clocks.business.now() + timedelta(seconds=30)
    assert await permit_calls(1, waited=False) == Permit(0, again_at=end)
    limited = new_process(TEN_A_MINUTE, provider="sms")
    await fail(limited, full(30))
    again = [(await limited(1, waited=False)).again_at for _ in range(3)]
    assert again == [end + number * TEN_A_MINUTE.interval for number in range(3)]


async def test_a_shorter_pause_does_not_shorten_a_longer_one(new_process, clocks):
    one, other = new_process(), new_process()
    permit = await other(1, waited=False)
    await fail(one, full(60))
    await other.note(permit, full(5))
    clocks.pass_(10)
    for process in (one, other, new_process()):
        assert (await process(1, waited=False)).calls == 0


@pytest.mark.parametrize(("asked", "length"), [(300, 300), (1e18, LONGEST_PAUSE_SECONDS)])
async def test_a_provider_is_left_alone_for_as_long_as_it_asks_within_reason(
    new_process, clocks, asked, length
):
    permit_calls = new_process()
    await fail(permit_calls, full(asked))
    assert (await permit_calls(1, waited=False)).again_at == clocks.business.now() + timedelta(seconds=length)


@pytest.mark.parametrize("limits", [(), (HUNDRED_A_MINUTE,)])
async def test_what_a_clock_wrote_means_nothing_once_it_was_set_back(new_process, clocks, limits):
    permit_calls = new_process(*limits)
    clocks.business.at += timedelta(hours=8)
    for _ in range(3):
        await permit_calls(100, waited=False)
    await fail(permit_calls, full(300))
    clocks.business.at -= timedelta(hours=8)
    clocks.pass_(1)
    for process in (permit_calls, new_process(*limits)):
        permit = await process(5, waited=False)
        assert (permit.calls, permit.probe) == (5, None)


async def test_work_comes_back_when_the_provider_may_be_called_and_failed_work_after_others(
    new_process, clocks
):
    permit_calls, now = new_process(), clocks.business.now()
    assert permit_calls.return_at(now) == now
    await fail(permit_calls, full(30))
    end = now + timedelta(seconds=30)
    assert permit_calls.return_at(now) == end
    assert end < permit_calls.return_at(now, failed=True) < end + timedelta(seconds=10)
    later = end + timedelta(minutes=5)
    assert permit_calls.return_at(later, failed=True) == later


async def test_a_permission_that_is_too_old_is_renewed_or_withdrawn(new_process, clocks):
    permit_calls = new_process(TEN_A_MINUTE)
    permit = await permit_calls(1, waited=True)
    clocks.pass_(TEN_A_MINUTE.interval.total_seconds())
    assert (await permit_calls.renewed(permit, 1)).calls == 1
    late = await permit_calls.renewed(permit, 1)
    assert (late.calls, late.again_at) == (0, clocks.business.now() + TEN_A_MINUTE.interval)


async def test_a_turn_that_cannot_be_taken_is_no_call(new_process, clocks, monkeypatch):
    permit_calls = new_process(TEN_A_MINUTE)
    permit = await permit_calls(1, waited=True)
    clocks.pass_(60)

    async def lost(*args):
        raise TransientError("lost")

    monkeypatch.setattr(ProviderStates, "save", lost)
    assert (await permit_calls.renewed(permit, 1)).calls == 0


# -- the breaker --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [(), (HUNDRED_A_MINUTE,)])
@pytest.mark.parametrize("outcome", [FAILED, DOUBT, full(), WRONG])
async def test_a_provider_that_fails_is_called_once_after_each_pause(new_process, clocks, limits, outcome):
    permit_calls = new_process(*limits)
    for seconds in ALONE:
        assert await fail(permit_calls, outcome)
        for _ in range(3) if seconds else ():
            assert not await fail(permit_calls, outcome)
        clocks.pass_(seconds)
    permit = await permit_calls(100, waited=True)
    assert permit.calls == 1
    await permit_calls.note(permit, ACCEPTED)
    assert (await permit_calls(9, waited=True)).calls


async def test_only_one_of_all_processes_probes(new_process, clocks):
    processes = [new_process() for _ in range(3)]
    for permit_calls in processes:
        await permit_calls(1, waited=False)
    await fail(processes[0])
    clocks.pass_(10)  # all know
    permits = [await permit_calls(100, waited=False) for permit_calls in processes * 3]
    assert [permit.calls for permit in permits] == [1] + [0] * 8
    assert all(permit.again_at > clocks.business.now() for permit in permits[1:])


async def test_permissions_from_before_a_failure_end_with_it_but_for_one(new_process):
    permit_calls = new_process()
    earlier = [await permit_calls(1, waited=False) for _ in range(10)]
    await permit_calls.note(earlier[0], DOUBT)
    renewed = [await permit_calls.renewed(permit, 1) for permit in earlier[1:]]
    assert [permit.calls for permit in renewed] == [1] + [0] * 8


async def test_failures_of_calls_side_by_side_count_once(new_process, clocks):
    one, other = new_process(), new_process()
    permits = [(permit_calls, await permit_calls(1, waited=False)) for permit_calls in (one, other) * 10]
    for permit_calls, permit in permits:
        await permit_calls.note(permit, DOUBT)
    assert await fail(one)
    assert await fail(other)
    assert not await fail(one)
    clocks.pass_(1)
    assert await fail(other)


@pytest.mark.parametrize("limits", [(), (HUNDRED_A_MINUTE,)])
@pytest.mark.parametrize(
    ("failures", "outcome", "calls"), [(1, ACCEPTED, 5), (2, REFUSED, 5), (1, FAILED, 1), (2, FAILED, 0)]
)
async def test_calls_wait_for_the_probe_after_a_failure_or_two(new_process, limits, failures, outcome, calls):
    permit_calls = new_process(*limits)
    for _ in range(failures):
        await fail(permit_calls)
    probe = await permit_calls(1, waited=False)
    others = [asyncio.create_task(permit_calls(1, waited=True)) for _ in range(5)]
    await asyncio.sleep(0.05)
    assert not any(other.done() for other in others)
    await permit_calls.note(probe, outcome)
    permits = await asyncio.gather(*others)
    assert sum(permit.calls for permit in permits) == calls


async def test_calls_are_put_off_when_the_probe_takes_long(new_process, clocks):
    permit_calls = new_process()
    await fail(permit_calls)
    await permit_calls(1, waited=False)
    for permit in await asyncio.gather(*(permit_calls(1, waited=True) for _ in range(5))):
        assert (permit.calls, permit.again_at > clocks.business.now()) == (0, True)


async def test_nobody_waits_for_a_probe_after_several_failures(new_process, clocks):
    permit_calls = new_process()
    for _ in range(3):
        await fail(permit_calls)
    clocks.pass_(1)
    assert (await permit_calls(1, waited=True)).probe == 3
    async with asyncio.timeout(0.5):
        assert not (await permit_calls(1, waited=True)).calls


async def test_a_call_from_before_the_failure_that_succeeds_closes_nothing(new_process, clocks):
    permit_calls = new_process()
    early = await permit_calls(1, waited=False)
    for _ in range(3):
        await fail(permit_calls)
    await permit_calls.note(early, ACCEPTED)
    assert not await fail(permit_calls)


async def test_a_success_of_a_probe_is_known_everywhere_within_a_second(new_process, clocks):
    one, other = new_process(), new_process()
    await fail(one)
    await fail(one)
    await fail(other)
    clocks.pass_(10)
    await fail(other)
    clocks.pass_(30)
    await one.note(await one(1, waited=False), REFUSED)
    assert await one(100, waited=False) == Permit(100)
    clocks.pass_(1)
    assert await other(100, waited=False) == Permit(100)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 10), (2, 10), (3, 60)])
async def test_a_probe_that_is_never_told_of_is_followed_by_another(new_process, clocks, failures, seconds):
    permit_calls = new_process()
    for _ in range(failures):
        await fail(permit_calls)
    clocks.pass_(ALONE[failures - 1])
    lost = await permit_calls(1, waited=False)
    assert lost.probe
    clocks.pass_(seconds - 1)
    assert (await permit_calls.renewed(lost, 1)).calls == 0, "it began too late"
    assert (await permit_calls(1, waited=False)).calls == 0
    clocks.pass_(1)
    assert (await permit_calls(1, waited=False)).probe


@pytest.mark.parametrize("failures", [1, 2, 3, 7])
async def test_a_probe_that_is_given_back_is_for_the_next_who_asks(new_process, clocks, failures):
    pace = new_process()
    for _ in range(failures):
        await fail(pace)
        clocks.pass_(900)
    unused = await pace(1, waited=False)
    await pace.give_back(unused)
    probe = await pace(1, waited=False)
    assert unused.probe == probe.probe == failures
    await pace.note(probe, FAILED)
    await pace.give_back(probe)
    assert not await fail(pace) or failures < 2, "its outcome counts"


async def test_a_provider_that_is_full_is_probed_after_the_pause_it_asked_for(new_process, clocks):
    permit_calls = new_process()
    for _ in range(9):
        assert await fail(permit_calls, full(1000))
        clocks.pass_(999)
        assert not await fail(permit_calls, full(1000))
        clocks.pass_(1)
    assert (await permit_calls(100, waited=False)).calls == 1


async def test_settings_that_are_wrong_are_told_at_every_probe_and_nothing_else_is(
    new_process, clocks, caplog
):
    permit_calls = new_process()
    caplog.set_level(logging.ERROR)
    permits = [await permit_calls(1, waited=False) for _ in range(5)]
    for permit in permits:
        await permit_calls.note(permit, WRONG)
    assert [record.getMessage() for record in caplog.records] == [
        "sending email waits: its provider refuses our settings, correct SOME_SETTING"
    ]
    await fail(permit_calls, WRONG)
    assert len(caplog.records) == 2


async def test_a_provider_that_stays_away_is_told_of_once_a_probe(new_process, clocks, caplog):
    permit_calls = new_process()
    told = []
    for seconds in ALONE:
        await fail(permit_calls)
        told.append("is away" in caplog.text)
        caplog.clear()
        clocks.pass_(seconds)
    assert told == [seconds >= 300 for seconds in ALONE]


async def test_a_call_is_recorded_although_nobody_could_be_told_of_its_failure(
    new_process, clocks, monkeypatch
):
    permit_calls, other = new_process(), new_process()
    permit = await permit_calls(1, waited=False)

    async def lost(*args):
        raise TransientError("lost")

    with monkeypatch.context() as broken:
        broken.setattr(ProviderStates, "save", lost)
        await permit_calls.note(permit, full(30))
    assert (await permit_calls(1, waited=False)).calls == 0
    assert (await other(1, waited=False)).calls == 1


@pytest.mark.parametrize("limits", [(), (HUNDRED_A_MINUTE,)])
@pytest.mark.parametrize(("failures", "seconds"), [(1, 2), (2, 2), (3, 60)])
async def test_work_of_other_processes_is_back_soon_after_the_probe_that_follows_a_failure_or_two(
    new_process, clocks, limits, failures, seconds
):
    one, other = new_process(*limits), new_process(*limits)
    for _ in range(failures):
        await fail(one)
    clocks.pass_(1)
    assert (await one(1, waited=True)).probe == failures
    now = clocks.business.now()
    assert (await other(1, waited=True)).again_at == now + timedelta(seconds=seconds)
    assert other.return_at(now) == now + timedelta(seconds=seconds)


async def test_a_pause_that_the_provider_asked_for_is_not_cut_short(new_process, clocks):
    one, other = new_process(), new_process()
    await fail(one, full(30))
    assert (await other(1, waited=True)).again_at == clocks.business.now() + timedelta(seconds=30)
