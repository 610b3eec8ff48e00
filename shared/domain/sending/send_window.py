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
        return _first_after(at, self.start_hour)

    def closes_at(self, at: datetime) -> datetime:
        """The first closing later than `at`: of the open window, or of the next one when closed."""
        return _first_after(at, self.end_hour)

    def expires_at(self, requested_at: datetime, policy: SendingTimePolicy | None) -> datetime:
        """Until when an SMS asked for at `requested_at` is worth sending.

        48 hours. A daytime message that has to wait counts them from the opening it waits for, on the clock
        on the wall, so that one hour more or less passes when summer time begins or ends. Orders without a
        policy wait for the window too, but their hours run from the requested time.
        """
        if policy is not SendingTimePolicy.DAYTIME or self.is_open(requested_at):
            return requested_at.astimezone(UTC) + LIFETIME
        opening = self.next_opening(requested_at).astimezone(_OSLO)
        return _wall_clock(opening.date() + LIFETIME, self.start_hour)


def _first_after(at: datetime, hour: int) -> datetime:
    today = at.astimezone(_OSLO).date()
    # Yesterday's 24 o'clock is today's midnight, and a skipped or doubled hour may shift a boundary.
    candidates = (_wall_clock(today + timedelta(days=days), hour) for days in (-1, 0, 1, 2))
    return next(candidate for candidate in candidates if candidate > at)


def _wall_clock(day: date, hour: int) -> datetime:
    next_day, hour_of_day = divmod(hour, _HOURS_A_DAY)
    local = datetime.combine(day + timedelta(days=next_day), time(hour_of_day), tzinfo=_OSLO)
    return local.astimezone(UTC)
