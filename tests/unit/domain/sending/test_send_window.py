from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.order import SendingTimePolicy
from shared.domain.sending.send_window import SendWindow

WINDOW = SendWindow()
FROM_CLOSING = SendWindow(17, 24)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "is_open", "expires"),
    [
        ("2026-01-14 07:59:59", False, "2026-01-16 08:00:00"),
        ("2026-01-14 08:00:00", True, "2026-01-16 08:00:00"),
        ("2026-01-14 08:00:01", True, "2026-01-16 08:00:01"),
        ("2026-01-14 15:59:59", True, "2026-01-16 15:59:59"),
        ("2026-01-14 16:00:00", False, "2026-01-17 08:00:00"),
        ("2026-01-14 22:30:00", False, "2026-01-17 08:00:00"),
        ("2026-07-14 06:30:00", False, "2026-07-16 07:00:00"),
        ("2026-07-14 15:00:00", False, "2026-07-17 07:00:00"),
        ("2026-03-28 05:00:00", False, "2026-03-30 07:00:00"),
        ("2026-03-28 18:00:00", False, "2026-03-31 07:00:00"),
        ("2026-10-24 05:00:00", False, "2026-10-26 08:00:00"),
        ("2026-10-24 18:00:00", False, "2026-10-27 08:00:00"),
    ],
)
def test_a_daytime_message_counts_its_lifetime_from_when_it_may_leave(at, is_open, expires):
    assert WINDOW.is_open(utc(at)) is is_open
    assert WINDOW.expires_at(utc(at), SendingTimePolicy.DAYTIME) == utc(expires)


@pytest.mark.parametrize("policy", [SendingTimePolicy.ANYTIME, None])
def test_other_messages_count_it_from_the_requested_time(policy):
    assert WINDOW.expires_at(utc("2026-01-14 22:30:00"), policy) == utc("2026-01-16 22:30:00")


@pytest.mark.parametrize(
    ("at", "opening", "closing"),
    [
        ("2026-01-14 07:59:59", "2026-01-14 08:00:00", "2026-01-14 16:00:00"),
        ("2026-01-14 08:00:00", "2026-01-15 08:00:00", "2026-01-14 16:00:00"),
        ("2026-01-14 16:00:00", "2026-01-15 08:00:00", "2026-01-15 16:00:00"),
        ("2026-01-14 23:30:00", "2026-01-15 08:00:00", "2026-01-15 16:00:00"),
        ("2026-03-28 18:00:00", "2026-03-29 07:00:00", "2026-03-29 15:00:00"),
        ("2026-10-24 18:00:00", "2026-10-25 08:00:00", "2026-10-25 16:00:00"),
    ],
)
def test_boundaries_follow_the_clock_on_the_wall(at, opening, closing):
    assert WINDOW.next_opening(utc(at)) == utc(opening)
    assert FROM_CLOSING.next_opening(utc(at)) == utc(closing)


def test_a_window_may_end_at_midnight():
    window = SendWindow(0, 24)
    assert window.is_open(utc("2026-01-14 22:59:59"))
    assert window.next_opening(utc("2026-01-14 22:59:59")) == utc("2026-01-14 23:00:00")


def test_the_zone_of_the_argument_does_not_matter():
    at = datetime.fromisoformat("2026-01-14T09:00:00+01:00")
    assert WINDOW.is_open(at)
    assert WINDOW.next_opening(at - timedelta(seconds=1)).tzinfo is UTC


@pytest.mark.parametrize("hours", [(9, 9), (17, 9), (-1, 9), (9, 25)])
def test_impossible_windows_are_refused(hours):
    with pytest.raises(ValueError, match="not a window"):
        SendWindow(*hours)


@pytest.mark.parametrize("spread", [timedelta(seconds=-1), timedelta(hours=8, seconds=1)])
def test_a_spread_that_does_not_fit_into_the_window_is_refused(spread):
    with pytest.raises(ValueError, match="does not fit"):
        SendWindow(spread=spread)


@pytest.mark.parametrize(
    ("asked_at", "now", "leaves_at"),
    [
        ("2026-01-14 22:30:00", "2026-01-14 22:30:00", "2026-01-15 08:04:00"),
        ("2026-01-14 22:30:00", "2026-01-15 08:00:00", "2026-01-15 08:04:00"),
        ("2026-01-14 22:30:00", "2026-01-15 12:00:00", "2026-01-15 08:04:00"),
        ("2026-01-14 22:30:00", "2026-01-15 20:00:00", "2026-01-16 08:04:00"),
        ("2026-01-14 22:30:00", "2026-01-16 08:01:00", "2026-01-16 08:04:00"),
        ("2026-01-15 08:00:00", "2026-01-15 08:00:00", "2026-01-15 08:00:00"),
        ("2026-01-15 08:01:00", "2026-01-15 08:01:30", "2026-01-15 08:01:00"),
        ("2026-03-28 20:00:00", "2026-03-28 20:00:00", "2026-03-29 07:04:00"),
        ("2026-10-24 20:00:00", "2026-10-24 20:00:00", "2026-10-25 08:04:00"),
    ],
)
def test_a_message_that_waited_for_the_opening_leaves_at_its_place(asked_at, now, leaves_at):
    window = SendWindow(spread=timedelta(minutes=10))
    assert window.may_leave_at(utc(asked_at), utc(now), 0.4) == utc(leaves_at)


def test_a_window_that_never_closes_holds_nothing():
    window, noon = SendWindow(0, 24, timedelta(minutes=10)), utc("2026-01-14 12:00:00")
    assert window.may_leave_at(noon, noon, 0.4) == noon
