"""How processes agree on the limits of a provider, and what that costs."""

from datetime import timedelta

import pytest

from shared.domain.sending.provider_limits import Permit
from shared.runtime.errors import TransientError
from shared.storage.provider_states import ProviderStates
from tests.support.pipeline.provider_calls import (
    ACCEPTED,
    HUNDRED_A_MINUTE,
    REFUSED,
    TEN_A_MINUTE,
    fail,
    full,
)


async def test_without_limits_a_process_asks_every_ten_seconds_and_writes_nothing(new_process, store, clocks):
    permit_calls = new_process()
    for _ in range(300):
        assert await permit_calls(100, waited=False) == Permit(100)
        clocks.pass_(0.1)
    assert store.calls == {"get": 3}


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
