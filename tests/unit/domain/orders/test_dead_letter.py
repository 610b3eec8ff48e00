"""What support sees of a message that no handler could process."""

from dataclasses import fields
from datetime import UTC, datetime

from shared.domain.orders.dead_letter import Cause, DeadLetter


def test_causes_have_the_names_under_which_they_are_stored():
    assert [Cause(name) for name in ("unreadable", "passing", "unexpected")] == list(Cause)


def test_a_new_letter_was_never_replayed():
    letter = DeadLetter("orders", "1", Cause.PASSING, "busy", "", datetime(2031, 3, 3, tzinfo=UTC), 7)
    assert (letter.replays, letter.replayed_at, letter.replayed_by) == (0, None, "")


def test_no_letter_shows_the_body_which_holds_addresses():
    assert "body" not in {field.name for field in fields(DeadLetter)}
