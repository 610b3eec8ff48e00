"""The window of duplicate detection, also when it is read back from a journal."""

from devstack.servicebus.queues.duplicates import DuplicateHistory


def test_a_journal_that_holds_an_id_twice_keeps_the_window_of_the_second_sighting() -> None:
    history = DuplicateHistory(600)
    history.record("a", 0)
    history.record("a", 700)
    assert history.entries(710) == [("a", 700)]
    assert history.seen("a", 1299)
    assert not history.seen("a", 1300)


def test_a_repeat_within_the_window_does_not_extend_it() -> None:
    history = DuplicateHistory(600)
    history.record("a", 0)
    history.record("a", 599)
    assert not history.seen("a", 600)


def test_sightings_may_be_read_back_in_any_order() -> None:
    history = DuplicateHistory(600)
    history.record("late", 500)
    history.record("early", 0)
    assert not history.seen("early", 600)
    assert history.seen("late", 1099)
