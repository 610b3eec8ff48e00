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

    All instants are aware; those returned are UTC.
    """

    start_hour: int = 9
    end_hour: int = 17

    def __post_init__(self) -> None:
        if not 0 <= self.start_hour < self.end_hour <= _HOURS_A_DAY:
            raise ValueError(f"not a window within one day: {self.start_hour} to {self.end_hour}")

    def is_open(self, at: datetime) -> bool:
        """Whether an SMS may leave at this instant."""
        return self.start_hour <= at.astimezone(_OSLO).hour < self.end_hour

    def next_opening(self, at: datetime) -> datetime:
        """The first opening later than `at`, also when the window is open at `at`."""
        today = at.astimezone(_OSLO).date()
        # one day more than needed: a skipped or doubled hour may shift an opening
        openings = (self._opening_on(today + timedelta(days=days)) for days in (0, 1, 2))
        return next(opening for opening in openings if opening > at)

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

    def _opening_on(self, day: date) -> datetime:
        return datetime.combine(day, time(self.start_hour), tzinfo=_OSLO).astimezone(UTC)
