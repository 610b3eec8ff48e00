"""Six-field NCRONTAB expressions: `second minute hour day month day-of-week`, evaluated in UTC.

Differs from Unix cron where Azure does: a leading seconds field, and a day must satisfy *both* the day and
the day-of-week field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
# A weekday on 29 February comes back within 40 years even across a century that is not a leap year.
_SEARCH_YEARS = 41


@dataclass(frozen=True, slots=True)
class _FieldRule:
    name: str
    least: int
    most: int
    names: Sequence[str] = ()


_RULES = (
    _FieldRule("second", 0, 59),
    _FieldRule("minute", 0, 59),
    _FieldRule("hour", 0, 23),
    _FieldRule("day", 1, 31),
    _FieldRule("month", 1, 12, _MONTHS),
    _FieldRule("day-of-week", 0, 6, _WEEKDAYS),
)


class NcrontabError(ValueError):
    """The expression is not a six-field NCRONTAB expression."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values each field allows, in ascending order; weekdays count from Sunday = 0."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first occurrence later than `instant` (in its time zone), or None if there is none."""
        start = instant.replace(microsecond=0) + timedelta(seconds=1)
        if self._allows(start.date()) and (found := self._time_from(start.time())):
            return datetime.combine(start.date(), found, start.tzinfo)
        day = self._day_after(start.date())
        if day is None:
            return None
        first = time(self.hours[0], self.minutes[0], self.seconds[0])
        return datetime.combine(day, first, start.tzinfo)

    def _allows(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays

    def _day_after(self, day: date) -> date | None:
        last = min(day.year + _SEARCH_YEARS, date.max.year)
        while day.year < last:
            day += timedelta(days=1)
            if self._allows(day):
                return day
        return None

    def _time_from(self, start: time) -> time | None:
        """Return the first allowed time of a day that is not before `start`."""
        for hour in self.hours:
            if hour < start.hour:
                continue
            for minute in self.minutes:
                if (hour, minute) < (start.hour, start.minute):
                    continue
                for second in self.seconds:
                    found = time(hour, minute, second)
                    if found >= start:
                        return found
        return None


def parse_ncrontab(expression: str) -> Schedule:
    """Parse six fields of lists, ranges, steps and names; raises NcrontabError naming the field at fault."""
    fields = expression.split()
    if len(fields) != len(_RULES):
        raise NcrontabError(
            f"{expression!r} has {len(fields)} fields, expected six: {{second}} … {{day-of-week}}"
        )
    seconds, minutes, hours, days, months, weekdays = (
        _parse_field(field, rule) for field, rule in zip(fields, _RULES, strict=True)
    )
    return Schedule(
        tuple(sorted(seconds)),
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(weekdays),
    )


def _parse_field(field: str, rule: _FieldRule) -> set[int]:
    allowed: set[int] = set()
    for item in field.split(","):
        span, slash, step_text = item.partition("/")
        step = _number(step_text, rule, field) if slash else 1
        if step < 1:
            raise NcrontabError(f"{rule.name} field {field!r}: a step must be at least 1")
        first, last = _span(span, rule, field, open_ended=bool(slash))
        allowed.update(range(first, last + 1, step))
    return allowed


def _span(span: str, rule: _FieldRule, field: str, *, open_ended: bool) -> tuple[int, int]:
    """Return the first and last value of `*`, `a-b`, `a`, or, before a step, `a` as `a` to the maximum."""
    if span == "*":
        return rule.least, rule.most
    start, dash, end = span.partition("-")
    first = _value(start, rule, field)
    without_end = rule.most if open_ended else first
    last = _value(end, rule, field) if dash else without_end
    if first > last:
        raise NcrontabError(f"{rule.name} field {field!r}: {span!r} runs backwards")
    return first, last


def _value(text: str, rule: _FieldRule, field: str) -> int:
    if text.isalpha() and text.isascii():
        for offset, name in enumerate(rule.names):
            if len(text) >= 3 and name.startswith(text.lower()):
                return rule.least + offset
        raise NcrontabError(f"{rule.name} field {field!r}: unknown name {text!r}")
    value = _number(text, rule, field)
    if not rule.least <= value <= rule.most:
        raise NcrontabError(
            f"{rule.name} field {field!r}: {value} is not between {rule.least} and {rule.most}"
        )
    return value


def _number(text: str, rule: _FieldRule, field: str) -> int:
    if not (text.isdigit() and text.isascii()):
        raise NcrontabError(f"{rule.name} field {field!r}: {text!r} is not a number")
    return int(text)
