"""How processes leave a provider alone while it fails, and find out when it is back."""

import asyncio
import logging

import pytest

from shared.domain.sending.provider_limits import Permit
from shared.runtime.errors import TransientError
from shared.storage.provider_states import ProviderStates
from tests.support.pipeline.provider_calls import (
    ACCEPTED,
    DOUBT,
    FAILED,
    HUNDRED_A_MINUTE,
    REFUSED,
    WRONG,
    fail,
    full,
)

# how long the provider is left alone after each failure in a row
ALONE = [0, 0, 1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 900, 900]


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
