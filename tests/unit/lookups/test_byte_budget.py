import asyncio
from contextlib import AsyncExitStack

import pytest

from shared.lookups.byte_budget import ByteBudget


async def test_what_fits_is_held_together():
    budget = ByteBudget(100)
    async with (
        budget.held(60, owner="o0", patience=0) as one,
        budget.held(40, owner="o1", patience=0) as other,
    ):
        assert (one, other) == (True, True)


async def test_no_room_is_told_and_costs_nothing():
    budget = ByteBudget(100)
    async with budget.held(60, owner="o2", patience=0.01):
        async with budget.held(41, owner="o3", patience=0.01) as granted:
            assert granted is False
        async with budget.held(40, owner="o4", patience=0.01) as granted:
            assert granted is True


async def test_room_given_back_in_time_is_taken():
    budget = ByteBudget(100)
    holding, release = asyncio.Event(), asyncio.Event()

    async def hold():
        async with budget.held(100, owner="o5", patience=1):
            holding.set()
            await release.wait()

    holder = asyncio.create_task(hold())
    await holding.wait()
    waiting = asyncio.create_task(budget.held(1, owner="o6", patience=5).__aenter__())
    await asyncio.sleep(0)
    release.set()
    assert await waiting is True
    await holder


async def test_more_than_there_is_counts_as_everything():
    budget = ByteBudget(100)
    async with budget.held(1000, owner="o7", patience=0.01) as granted:
        assert granted is True
        async with budget.held(1, owner="o8", patience=0.01) as other:
            assert other is False


async def test_room_is_given_back_when_its_holder_fails():
    budget = ByteBudget(100)
    with pytest.raises(ZeroDivisionError):
        async with budget.held(100, owner="o9", patience=1):
            raise ZeroDivisionError
    async with budget.held(100, owner="o10", patience=0.01) as granted:
        assert granted is True


async def test_an_owner_that_holds_some_leaves_a_third_to_others():
    budget = ByteBudget(120)
    async with AsyncExitStack() as held:
        granted = [
            await held.enter_async_context(budget.held(30, owner="greedy", patience=0.01)) for _ in range(4)
        ]
        assert granted == [True, True, False, False]
        for owner in ("one", "another"):
            assert await held.enter_async_context(budget.held(30, owner=owner, patience=0.01))
    async with budget.held(120, owner="greedy", patience=0.01) as granted:
        assert granted, "alone it may have all of it at once"
