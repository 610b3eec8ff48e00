"""Fair shares of places: what is refused, what is left for others, and when refused work comes again."""

import contextlib
from itertools import pairwise

import pytest

from shared.runtime.fair_shares import FairShares


class Clock:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def shares(clock):
    return FairShares(24, clock)


@pytest.fixture
def taken():
    with contextlib.ExitStack() as stack:
        yield stack


def take(shares, taken, owner, host, times=100):
    """Take as many places as there are for work of an owner at a host; return how many."""
    return sum(taken.enter_context(shares.held(owner, host)) for _ in range(times))


def test_one_owner_takes_a_share_of_the_slots_wherever_its_hosts_are(shares, taken):
    assert sum(take(shares, taken, "slow", f"host{number}", 1) for number in range(100)) == 9


@pytest.mark.parametrize("greedy", range(1, 11))
def test_with_several_greedy_owners_the_next_one_gets_a_slot(shares, taken, greedy):
    for number in range(greedy):
        assert take(shares, taken, f"slow{number}", f"host{number}") >= 1
    assert take(shares, taken, "honest", "its host", 1) == 1


def test_an_owner_keeps_no_other_from_its_own_host(shares, taken):
    take(shares, taken, "slow", "host")
    assert take(shares, taken, "honest", "host") >= 4


def test_a_host_that_everybody_uses_leaves_slots_for_other_hosts(shares, taken):
    assert sum(take(shares, taken, f"owner{number}", "host", 1) for number in range(100)) == 18
    assert take(shares, taken, "honest", "another", 1) == 1


def test_slots_come_back_whatever_becomes_of_the_work(shares):
    for _ in range(3):
        with contextlib.suppress(ValueError), contextlib.ExitStack() as stack:
            assert take(shares, stack, "owner", "host") == 9
            assert shares.count("owner", "host") == 9
            raise ValueError
        assert shares.count("owner", "host") == 0


def slow(shares, clock, seconds, times=40):
    for _ in range(times):
        with shares.held("owner", "host") as is_held:
            assert is_held
            clock.at += seconds


def test_work_comes_again_one_after_another_as_slots_become_free(shares, clock):
    slow(shares, clock, 9.0)
    pauses = [shares.pause("owner") for _ in range(500)]
    assert pauses[-1] == pytest.approx(500, rel=0.1)
    spaces = [later - earlier for earlier, later in pairwise(pauses[5:])]
    assert spaces == pytest.approx([1.0] * len(spaces), rel=0.1)
    assert shares.pause("honest") < 2, "the line of another owner is none of its business"


def test_fast_work_comes_again_soon(shares, clock):
    slow(shares, clock, 0.05)
    assert max(shares.pause("owner") for _ in range(200)) < 2


def test_no_pause_is_endless_and_pauses_beyond_the_longest_are_spread(shares, clock):
    slow(shares, clock, 9.0)
    pauses = [shares.pause("owner") for _ in range(10_000)]
    assert max(pauses) <= 900
    assert max(pauses.count(pause) for pause in set(pauses)) <= 40


def test_a_clock_that_goes_back_harms_nothing(shares, clock):
    with shares.held("owner", "host"):
        clock.at -= 1000
    clock.at += 5
    assert 1 <= shares.pause("owner") <= 901
