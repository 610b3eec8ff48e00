import pytest

from shared.runtime.bounded_cache import BoundedCache


@pytest.fixture
def cache():
    return BoundedCache(100, len)


def test_values_used_last_stay_within_the_bytes(cache):
    for key in range(10):
        cache.put(key, "x" * 20)
        cache.get(0)
    assert len(cache) == 5
    assert cache.bytes == 100
    assert [key for key in range(10) if cache.get(key)] == [0, 6, 7, 8, 9]


def test_value_in_place_of_another_counts_once(cache):
    for size in (20, 5, 20):
        cache.put("a", "x" * size)
    assert (len(cache), cache.bytes, cache.get("a")) == (1, 20, "x" * 20)


def test_value_that_is_too_large_is_not_kept_and_its_old_one_is_gone(cache):
    cache.put("a", "x" * 99)
    cache.put("a", "x" * 101)
    assert (cache.get("a"), cache.bytes) == (None, 0)


def test_value_that_is_taken_out_is_gone(cache):
    cache.put("a", "x")
    assert (cache.pop("a"), cache.pop("a"), cache.bytes) == ("x", None, 0)
