"""The window at any instant, summer time and its beginnings and ends included."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.order import SendingTimePolicy
from shared.domain.sending.send_window import SendWindow

OSLO = ZoneInfo("Europe/Oslo")
ANYWHEN = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
AROUND_CHANGES = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]),
    st.integers(-2 * 24 * 60, 2 * 24 * 60),
)
INSTANTS = st.one_of(ANYWHEN, AROUND_CHANGES)
# Hours that exist exactly once on every day of the year.
WINDOWS = st.builds(
    lambda start, length: SendWindow(start, min(start + length, 24)), st.integers(3, 23), st.integers(1, 21)
)
PLACES = st.floats(0, 1, exclude_max=True)


def closing_after(window, at):
    """Return the first closing later than an instant: there another window could open."""
    return SendWindow(window.end_hour % 24, 24).next_opening(at)


@given(WINDOWS, INSTANTS)
def test_it_is_open_exactly_between_an_opening_and_its_closing(window, at):
    opening, closing = window.next_opening(at), closing_after(window, at)
    assert at < opening
    assert at < closing
    assert window.is_open(at) is (closing < opening)


@given(WINDOWS, INSTANTS)
def test_boundaries_are_whole_hours_in_oslo_and_at_most_a_day_away(window, at):
    opening, closing = window.next_opening(at), closing_after(window, at)
    assert opening.astimezone(OSLO).hour == window.start_hour
    assert closing.astimezone(OSLO).hour == window.end_hour % 24
    assert max(opening, closing) - at <= timedelta(hours=25)
    assert window.is_open(opening)
    assert not window.is_open(opening - timedelta(microseconds=1))
    assert window.is_open(closing - timedelta(microseconds=1))


@given(WINDOWS, INSTANTS)
def test_a_message_outlives_two_whole_days_and_the_wait_before_them(window, at):
    expires = window.expires_at(at, SendingTimePolicy.DAYTIME)
    leaves = at if window.is_open(at) else window.next_opening(at)
    assert abs(expires - leaves - timedelta(hours=48)) <= timedelta(hours=1)
    if not window.is_open(at):
        assert expires.astimezone(OSLO).hour == window.start_hour


@given(WINDOWS, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=3)), PLACES, st.integers(0, 3600))
def test_a_held_message_has_one_release_until_it_is_over(window, asked_at, later, place, seconds):
    window = replace(window, spread=timedelta(seconds=seconds))
    leaves_at = window.may_leave_at(asked_at, asked_at, place)
    if window.is_open(asked_at):
        assert leaves_at == asked_at
    else:
        assert timedelta(0) <= leaves_at - window.next_opening(asked_at) <= window.spread
    now = min(asked_at + later, leaves_at)
    assert window.may_leave_at(asked_at, now, place) == leaves_at, "it does not move while one waits"


@given(WINDOWS, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=3)), PLACES, st.integers(0, 3600))
def test_nothing_leaves_while_the_window_is_closed_or_before_its_place(
    window, asked_at, later, place, seconds
):
    window = replace(window, spread=timedelta(seconds=seconds))
    now = asked_at + later
    leaves_at = window.may_leave_at(asked_at, now, place)
    if leaves_at <= now:
        assert window.is_open(now)
    else:
        assert window.is_open(leaves_at)
        assert leaves_at <= window.next_opening(now) + window.spread
