import asyncio

import pytest

from shared.runtime.errors import UnavailableError
from shared.services.turns import AT_ONCE, Turns
from tests.support.virtual_time import run_virtually


class Waiting:
    """Work that holds its turn until it is let go, and whose it is."""

    def __init__(self):
        self.turns, self.go_on, self.holders = Turns(), asyncio.Event(), []

    def ask(self, owner):
        async def hold():
            async with self.turns.of(owner) as turn:
                await turn.take()
                await turn.take()  # a second time it is there already
                self.holders.append(owner)
                await self.go_on.wait()

        return asyncio.create_task(hold())


async def pass_by():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_owner_has_one_turn_at_a_time_and_delays_no_other_owner():
    waiting = Waiting()
    asked = [waiting.ask(owner) for owner in "aaaabb"]
    await pass_by()
    assert waiting.holders == ["a", "b"]
    waiting.go_on.set()
    await asyncio.gather(*asked)
    assert sorted(waiting.holders) == list("aaaabb")


async def test_so_many_owners_have_a_turn_at_once():
    waiting = Waiting()
    asked = [waiting.ask(owner) for owner in "abcd"]
    await pass_by()
    assert len(waiting.holders) == AT_ONCE
    async with waiting.turns.of("a"):  # is not taken, so it is not waited for
        waiting.go_on.set()
    await asyncio.gather(*asked)


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
