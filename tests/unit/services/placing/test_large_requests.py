from contextlib import AsyncExitStack

import pytest

from shared.runtime.errors import TooManyRequestsError, UnavailableError
from shared.services.placing.large_requests import ALL_BYTES, OWNER_BYTES, LargeRequests, is_large
from shared.services.turns import AT_ONCE
from tests.support.pipeline.turns import Waiting

LARGE = b'{"mobileNumber":"+4799999999"},' * 2000
LONG = b"x" * (OWNER_BYTES - 1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (LARGE, True),
        (b"x" * 5_000_000, True),
        (b"x" * 3_000_000, False),  # an e-mail
        (LARGE[: len(LARGE) // 3], False),
        (b"{" * 30_000, False),
    ],
    ids=["recipients", "texts", "one long text", "some recipients", "few bytes"],
)
def test_what_is_large(body, expected):
    assert is_large(body) is expected


async def test_so_many_have_a_turn_at_once_and_small_requests_need_none():
    waiting = Waiting(LargeRequests().turn)
    for owner in "aabcd":
        await waiting.ask(owner, LARGE)
    assert waiting.holders == ["a", "b"]
    await waiting.ask("a", b"{}")
    assert waiting.holders == ["a", "b", "a"]
    await waiting.let_go()
    assert sorted(waiting.holders) == list("aaabcd")


async def test_bodies_of_one_owner_that_wait_are_limited_and_forgotten_when_they_are_done():
    turns = LargeRequests()
    for _ in range(3):
        async with turns.turn("a", LONG):
            with pytest.raises(TooManyRequestsError):
                async with turns.turn("a", LARGE):
                    pass
            async with turns.turn("b", LARGE):
                pass


async def test_bodies_of_all_owners_that_wait_are_limited():
    turns = LargeRequests()
    waiting = Waiting(turns.turn)
    for owner in map(str, range(ALL_BYTES // OWNER_BYTES)):
        await waiting.ask(owner, LONG)
    with pytest.raises(UnavailableError):
        async with turns.turn("another", LARGE):
            pass
    await waiting.let_go()
    async with turns.turn("another", LARGE):
        pass


async def test_a_body_longer_than_all_that_may_wait_has_its_turn_when_nobody_waits():
    async with LargeRequests().turn("a", b"x" * (ALL_BYTES + 1)):
        pass


async def test_an_order_that_is_refused_gives_its_turn_back():
    turns = LargeRequests()
    for _ in range(AT_ONCE + 1):
        async with AsyncExitStack() as expected:
            expected.enter_context(pytest.raises(KeyError))
            async with turns.turn("a", LARGE):
                raise KeyError
