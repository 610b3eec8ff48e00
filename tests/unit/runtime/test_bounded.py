"""What is remembered within a bound."""

from shared.runtime.bounded import Bounded


def test_the_entry_that_was_set_longest_ago_makes_room():
    known = Bounded(2)
    known["a"], known["b"] = 1, 2
    known["a"] = 3  # set again, so "b" is the oldest
    known["c"] = 4
    assert dict(known) == {"a": 3, "c": 4}


def test_reading_keeps_nothing_longer_and_what_is_taken_out_leaves_room():
    known = Bounded(2)
    known["a"], known["b"] = 1, 2
    assert known["a"] == 1
    known["c"] = 3
    assert dict(known) == {"b": 2, "c": 3}
    assert known.pop("b") == 2
    known["d"] = 4
    assert dict(known) == {"c": 3, "d": 4}
