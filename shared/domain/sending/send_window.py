"""When an SMS may leave, and until when it is worth sending.

Oslo time is computed from the zone database, never from the settings of the machine.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.orders.order import SendingTimePolicy

LIFETIME = timedelta(hours=48)
_OSLO = ZoneInfo("Europe/Oslo")
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class SendWindow:
    """The daily hours [start, end) in Oslo, every day of the year. Whole hours, 0 ≤ start < end ≤ 24.

    Messages that waited for the opening leave one after another, over the time `spread` after it. All
    instants are aware; those returned are UTC.
    """

    start_hour: int = 9
    end_hour: int = 17
    spread: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if not 0 <= self.start_hour < self.end_hour <= _HOURS_A_DAY:
            raise ValueError(f"not a window within one day: {self.start_hour} to {self.end_hour}")
        if not timedelta(0) <= self.spread <= timedelta(hours=self.end_hour - self.start_hour):
            raise ValueError(f"a spread of {self.spread} does not fit into the window")

    def is_open(self, at: datetime) -> bool:
        """Whether an SMS may leave at this instant."""
        return self.start_hour <= at.astimezone(_OSLO).hour < self.end_hour

    def next_opening(self, at: datetime) -> datetime:
        """The first opening later than `at`, also when the window is open at `at`."""
        return min(opening for opening in self._openings_around(at) if opening > at)

    def may_leave_at(self, asked_at: datetime, now: datetime, place: float) -> datetime:
        """When an SMS asked for at `asked_at` may leave, as far as is known now; the past if it may now.

        It waits for its `place` in the spread, from 0 at the opening to 1 at the end, if it could not leave
        before the window opened last.
        """
        if not self.is_open(now):
            return self.next_opening(now) + self.spread * place
        opened_at = max(opening for opening in self._openings_around(now) if opening <= now)
        return opened_at + self.spread * place if asked_at < opened_at else asked_at

    def expires_at(self, requested_at: datetime, policy: SendingTimePolicy | None) -> datetime:
        """Until when an SMS asked for at `requested_at` is worth sending.

        48 hours. A daytime message that has to wait counts them from the opening it waits for, on the clock
        on the wall, so that one hour more or less passes when summer time begins or ends. Orders without a
        policy wait for the window too, but their hours run from the requested time.
        """
        if policy is not SendingTimePolicy.DAYTIME or self.is_open(requested_at):
            return requested_at.astimezone(UTC) + LIFETIME
        opening = self.next_opening(requested_at).astimezone(_OSLO)
        return self._opening_on(opening.date() + LIFETIME)

    def _openings_around(self, at: datetime) -> list[datetime]:
        today = at.astimezone(_OSLO).date()
        # one day more than needed: a skipped or doubled hour may shift an opening
        return [self._opening_on(today + timedelta(days=days)) for days in (-1, 0, 1, 2)]

    def _opening_on(self, day: date) -> datetime:
        return datetime.combine(day, time(self.start_hour), tzinfo=_OSLO).astimezone(UTC)
