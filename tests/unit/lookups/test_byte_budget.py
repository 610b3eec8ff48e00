import asyncio

import pytest

from shared.lookups.byte_budget import ByteBudget


async def test_what_fits_is_held_together():
    budget = ByteBudget(100)
    async with budget.held(60, patience=0) as one, budget.held(40, patience=0) as other:
        assert (one, other) == (True, True)


async def test_no_room_is_told_and_costs_nothing():
    budget = ByteBudget(100)
    async with budget.held(60, patience=0.01):
        async with budget.held(41, patience=0.01) as granted:
            assert granted is False
        async with budget.held(40, patience=0.01) as granted:
            assert granted is True


async def test_room_given_back_in_time_is_taken():
    budget = ByteBudget(100)
    holding, release = asyncio.Event(), asyncio.Event()

    async def hold():
        async with budget.held(100, patience=1):
            holding.set()
            await release.wait()

    holder = asyncio.create_task(hold())
    await holding.wait()
    waiting = asyncio.create_task(budget.held(1, patience=5).__aenter__())
    await asyncio.sleep(0)
    release.set()
    assert await waiting is True
    await holder


async def test_more_than_there_is_counts_as_everything():
    budget = ByteBudget(100)
    async with budget.held(1000, patience=0.01) as granted:
        assert granted is True
        async with budget.held(1, patience=0.01) as other:
            assert other is False


async def test_room_is_given_back_when_its_holder_fails():
    budget = ByteBudget(100)
    with pytest.raises(ZeroDivisionError):
        async with budget.held(100, patience=1):
            raise ZeroDivisionError
    async with budget.held(100, patience=0.01) as granted:
        assert granted is True
