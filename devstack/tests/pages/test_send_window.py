"""When the window for SMS opens, also around the nights of clock changes."""

from datetime import UTC, datetime

from devstack.pages.controls.send_window import SendWindow, next_clock_changes

WINDOW = SendWindow(9, 17)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_window_follows_the_clocks_of_oslo():
    assert not WINDOW.is_open(at("2031-05-05T08:59:59+02:00"))
    assert WINDOW.is_open(at("2031-05-05T09:00:00+02:00"))
    assert WINDOW.is_open(at("2031-05-05T16:59:59+02:00"))
    assert not WINDOW.is_open(at("2031-05-05T17:00:00+02:00"))
    assert WINDOW.next_opening(at("2031-05-05T20:00:00+02:00")) == at("2031-05-06T09:00:00+02:00")
    assert WINDOW.next_opening(at("2031-05-05T09:00:00+02:00")) == at("2031-05-06T09:00:00+02:00")
    assert WINDOW.next_closing(at("2031-05-05T20:00:00+02:00")) == at("2031-05-06T17:00:00+02:00")
    assert WINDOW.next_opening(at("2031-03-29T20:00:00+01:00")) == at("2031-03-30T09:00:00+02:00")
    assert SendWindow(0, 24).next_closing(at("2031-05-05T20:00:00+02:00")) == at("2031-05-06T00:00:00+02:00")


def test_the_next_nights_of_clock_changes():
    spring, autumn = next_clock_changes(datetime(2031, 3, 1, tzinfo=UTC))
    assert (spring.at, spring.hours) == (at("2031-03-30T01:00:00+00:00"), 23)
    assert (autumn.at, autumn.hours) == (at("2031-10-26T01:00:00+00:00"), 25)
