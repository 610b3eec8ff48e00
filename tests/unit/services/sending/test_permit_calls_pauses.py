"""Pauses of a provider that fails or asks for one, as every process learns of them."""

from datetime import timedelta

import pytest

from shared.domain.sending.provider_limits import LONGEST_PAUSE_SECONDS, Permit
from tests.support.pipeline.provider_calls import (
    HUNDRED_A_MINUTE,
    TEN_A_MINUTE,
    fail,
    full,
)


async def test_while_a_provider_fails_a_process_asks_every_second(new_process, store, clocks):
    permit_calls = new_process()
    await fail(permit_calls, full(5))
    clocks.pass_(1)
    store.calls.clear()
    for _ in range(40):
        await permit_calls(1, waited=False)
        clocks.pass_(0.1)
    assert store.calls == {"get": 4}


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
