import asyncio
from contextlib import asynccontextmanager

import pytest

from shared.runtime.errors import UnavailableError
from shared.services.turns import AT_ONCE, Turns
from tests.support.pipeline.turns import Waiting
from tests.support.virtual_time import run_virtually


@pytest.fixture
def waiting():
    turns = Turns()

    @asynccontextmanager
    async def taken(owner):
        async with turns.of(owner) as turn:
            await turn.take()
            await turn.take()  # a second time it is there already
            yield

    return Waiting(taken)


async def test_an_owner_has_one_turn_at_a_time_and_delays_no_other_owner(waiting):
    for owner in "aaaabb":
        await waiting.ask(owner)
    assert waiting.holders == ["a", "b"]
    await waiting.let_go()
    assert sorted(waiting.holders) == list("aaaabb")


async def test_so_many_owners_have_a_turn_at_once(waiting):
    for owner in "abcd":
        await waiting.ask(owner)
    assert len(waiting.holders) == AT_ONCE
    await waiting.let_go()


async def test_a_turn_that_is_not_taken_is_not_waited_for():
    turns = Turns()
    async with turns.of("a") as turn:
        await turn.take()
        async with asyncio.timeout(1), turns.of("a"):
            pass


async def fail(turns):
    async with turns.of("a") as turn:
        await turn.take()
        raise KeyError


async def test_a_turn_is_given_back_when_the_work_fails():
    turns = Turns()
    for _ in range(AT_ONCE + 1):
        with pytest.raises(KeyError):
            await fail(turns)


def test_who_gets_no_turn_in_a_minute_is_told_to_come_again_and_holds_nothing():
    async def wait():
        turns = Turns()
        async with turns.of("a") as first, turns.of("b") as second:
            await first.take()
            await second.take()
            for owner in "abc":
                with pytest.raises(UnavailableError):
                    async with turns.of(owner) as late:
                        await late.take()
        for owner in "abc":
            async with turns.of(owner) as turn:
                await turn.take()

    run_virtually(wait())
