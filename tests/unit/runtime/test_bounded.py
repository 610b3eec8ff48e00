"""What is remembered within a bound: a number of values, or what they weigh together."""

import pytest

from shared.runtime.bounded import Bounded


@pytest.fixture
def cache():
    return Bounded(100, len)


def test_the_value_that_was_set_longest_ago_makes_room():
    known = Bounded(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        known.put(key, value)  # "a" is set again, so "b" is the oldest
    assert [known.get(key) for key in "abc"] == [3, None, 4]


def test_what_is_read_is_kept_longer_and_what_is_taken_out_leaves_room():
    known = Bounded(2)
    known.put("a", 1)
    known.put("b", 2)
    assert known.get("a") == 1
    known.put("c", 3)
    assert [known.get(key) for key in "abc"] == [1, None, 3]
    assert known.pop("a") == 1
    known.put("d", 4)
    assert [known.get(key) for key in "acd"] == [None, 3, 4]


def test_a_value_is_made_once_while_it_is_kept():
    known, numbers = Bounded(2), iter(range(10))

    def made(key):
        return known.made(key, lambda: next(numbers))

    assert [made("a"), made("b"), made("a"), made("c"), made("a"), made("b")] == [0, 1, 0, 2, 0, 3]


def test_what_is_over_is_dropped_up_to_the_first_that_is_not(cache):
    for key in ("a", "b", "c", "d"):
        cache.put(key, key * 10)
    cache.get("a")  # used last, so it is dropped last
    cache.drop_oldest_while(lambda value: value[0] in "abc")
    assert (len(cache), cache.weight, cache.get("a"), cache.get("d")) == (2, 20, "a" * 10, "d" * 10)
    cache.drop_oldest_while(lambda value: True)
    assert (len(cache), cache.weight) == (0, 0)


def test_values_used_last_stay_within_the_bytes(cache):
    for key in range(10):
        cache.put(key, "x" * 20)
        cache.get(0)
    assert len(cache) == 5
    assert cache.weight == 100
    assert [key for key in range(10) if cache.get(key)] == [0, 6, 7, 8, 9]


def test_value_in_place_of_another_counts_once(cache):
    for size in (20, 5, 20):
        cache.put("a", "x" * size)
    assert (len(cache), cache.weight, cache.get("a")) == (1, 20, "x" * 20)


def test_value_that_is_too_large_is_not_kept_and_its_old_one_is_gone(cache):
    cache.put("a", "x" * 99)
    cache.put("a", "x" * 101)
    assert (cache.get("a"), cache.weight) == (None, 0)


def test_value_that_is_taken_out_is_gone(cache):
    cache.put("a", "x")
    assert (cache.pop("a"), cache.pop("a"), cache.weight) == ("x", None, 0)
