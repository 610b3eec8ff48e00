"""NCRONTAB: the parser against the notation's rules, the search against counting second by second."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstack.host.triggers.ncrontab import NcrontabError, parse_ncrontab

LIMITS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


@st.composite
def field(draw, least, most):
    """A field and the set of values it allows."""
    texts, allowed = [], set()
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(least, most))
        last = draw(st.integers(first, most))
        step = draw(st.integers(1, most))
        text, values = draw(
            st.sampled_from(
                [
                    ("*", range(least, most + 1)),
                    (f"*/{step}", range(least, most + 1, step)),
                    (f"{first}", range(first, first + 1)),
                    (f"{first}/{step}", range(first, most + 1, step)),
                    (f"{first}-{last}", range(first, last + 1)),
                    (f"{first}-{last}/{step}", range(first, last + 1, step)),
                ]
            )
        )
        texts.append(text)
        allowed.update(values)
    return ",".join(texts), allowed


expressions = st.tuples(*(field(least, most) for least, most in LIMITS))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def allows(sets, instant):
    parts = (
        instant.second,
        instant.minute,
        instant.hour,
        instant.day,
        instant.month,
        instant.isoweekday() % 7,
    )
    return all(part in allowed for part, allowed in zip(parts, sets, strict=True))


@settings(max_examples=50)
@given(expressions)
def test_fields_allow_what_the_notation_says(drawn):
    schedule = parse_ncrontab(" ".join(text for text, _ in drawn))

    parsed = (
        schedule.seconds, schedule.minutes, schedule.hours, schedule.days, schedule.months, schedule.weekdays
    )  # fmt: skip
    assert [set(values) for values in parsed] == [allowed for _, allowed in drawn]


@settings(max_examples=50)
@given(expressions, instants)
def test_next_occurrence_satisfies_every_field_and_lies_ahead(drawn, instant):
    found = parse_ncrontab(" ".join(text for text, _ in drawn)).next_after(instant)

    if found is not None:
        assert found > instant
        assert found.tzinfo is UTC
        assert allows([allowed for _, allowed in drawn], found)


@settings(max_examples=50)
@given(st.tuples(*(field(least, most) for least, most in LIMITS[:2])), instants)
def test_no_occurrence_is_skipped(drawn, instant):
    (seconds_text, seconds), (minutes_text, minutes) = drawn
    found = parse_ncrontab(f"{seconds_text} {minutes_text} * * * *").next_after(instant)

    second = instant.replace(microsecond=0) + timedelta(seconds=1)
    while not (second.second in seconds and second.minute in minutes):
        second += timedelta(seconds=1)
    assert found == second


@settings(max_examples=50)
@given(expressions, instants)
def test_occurrences_do_not_depend_on_where_the_search_starts(drawn, instant):
    schedule = parse_ncrontab(" ".join(text for text, _ in drawn))
    found = schedule.next_after(instant)

    if found is not None:
        assert schedule.next_after(found - timedelta(seconds=1)) == found


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("*/10 * * * * *", "2026-03-01T12:00:00", "2026-03-01T12:00:10"),
        ("0 30 9 * * Mon-Fri", "2026-11-20T09:30:00", "2026-11-23T09:30:00"),
        ("0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 0 13 * fri", "2026-01-01T00:00:00", "2026-02-13T00:00:00"),
        ("59 59 23 31 dec *", "2026-12-31T23:59:59", "2027-12-31T23:59:59"),
        ("0 0 12 1 January,july *", "2026-01-01T12:00:00.5", "2026-07-01T12:00:00"),
    ],
)
def test_examples(expression, after, expected):
    found = parse_ncrontab(expression).next_after(datetime.fromisoformat(after).replace(tzinfo=UTC))

    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_that_never_comes():
    assert parse_ncrontab("0 0 0 30 2 *").next_after(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *", "* * * * * * *", "60 * * * * *", "* * 24 * * *", "* * * 0 * *", "* * * * 13 *",
        "* * * * * 7", "5-1 * * * * *", "*/0 * * * * *", "1,,2 * * * * *", "x * * * * *",
        "* * * * ma *", "* * * * mars *",
        "-1 * * * * *", "1/ * * * * *", "",
    ],
)  # fmt: skip
def test_invalid_expressions_are_refused(expression):
    with pytest.raises(NcrontabError):
        parse_ncrontab(expression)
