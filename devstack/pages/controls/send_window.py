"""The hours in which SMS of daytime orders are sent, and the days on which Oslo changes its clocks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from devstack.pages.formats import OSLO


@dataclass(frozen=True, slots=True)
class SendWindow:
    """Open every day from hour `opens` to hour `closes` in Oslo."""

    opens: int
    closes: int

    def is_open(self, now: datetime) -> bool:
        """Whether SMS of daytime orders leave at this instant."""
        return self.opens <= now.astimezone(OSLO).hour < self.closes

    def next_opening(self, now: datetime) -> datetime:
        """Return when the window opens next, later than now, as UTC."""
        today = now.astimezone(OSLO).date()
        openings = (self._at(today + timedelta(days=ahead), self.opens) for ahead in range(3))
        return next(at for at in openings if at > now)

    def next_closing(self, now: datetime) -> datetime:
        """Return when the window closes next, later than now, as UTC."""
        today = now.astimezone(OSLO).date()
        closings = (self._at(today + timedelta(days=ahead), self.closes) for ahead in range(3))
        return next(at for at in closings if at > now)

    @staticmethod
    def _at(day: date, hour: int) -> datetime:
        midnight = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), OSLO)
        return midnight.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The night in which Oslo moves its clocks; `hours` is how long that day is."""

    at: datetime
    hours: int

    @property
    def hour_before(self) -> datetime:
        """An hour before the change."""
        return self.at - timedelta(hours=1)


def next_clock_changes(now: datetime, count: int = 2) -> list[ClockChange]:
    """Return the next changes between winter and summer time; they are at 01:00 UTC."""
    changes: list[ClockChange] = []
    day = now.astimezone(UTC).replace(hour=1, minute=0, second=0, microsecond=0)
    while len(changes) < count:
        before, after = ((day + timedelta(minutes=m)).astimezone(OSLO).utcoffset() for m in (-1, 1))
        if day > now and before is not None and after is not None and before != after:
            changes.append(ClockChange(day, 23 if after > before else 25))
        day += timedelta(days=1)
    return changes
