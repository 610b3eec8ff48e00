"""Who counts as busy: owners beyond their part of the common queue, and no others."""

from datetime import timedelta

import pytest

from shared.services.handling.busy_owners import AT_ONCE, BusyOwners
from tests.support.pipeline.world import VirtualClock, start_of_day


@pytest.fixture
def clock():
    return VirtualClock(start_of_day())


@pytest.fixture
def owners(clock):
    return BusyOwners(real_time=clock)


def test_an_owner_is_busy_beyond_its_part_and_others_are_not(owners):
    assert [owners.is_busy("greedy", "orders") for _ in range(1000)] == [False] * AT_ONCE + [True] * (
        1000 - AT_ONCE
    )
    assert [owners.is_busy("honest", "orders") for _ in range(AT_ONCE)] == [False] * AT_ONCE


def test_what_was_too_much_is_not_held_against_an_owner(owners, clock):
    for _ in range(1000):
        owners.is_busy("greedy", "orders")
    clock.at += timedelta(seconds=4)
    assert [owners.is_busy("greedy", "orders") for _ in range(AT_ONCE + 1)] == [False] * AT_ONCE + [True]


def test_a_steady_flow_of_single_orders_is_never_busy(owners, clock):
    for _ in range(200):
        assert not owners.is_busy("honest", "orders")
        clock.at += timedelta(seconds=0.25)


def test_any_number_of_owners_is_told_apart(owners):
    for number in range(1500):
        assert not owners.is_busy(f"owner{number}", "orders")


def test_what_an_owner_has_on_one_queue_does_not_count_on_another(owners):
    for queue in ("orders", "sms-send"):
        assert [owners.is_busy("greedy", queue) for _ in range(AT_ONCE + 1)] == [False] * AT_ONCE + [True]
