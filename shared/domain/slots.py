"""How calls to a provider are paced: a limit is a row of slots, and whoever wants to call takes some.

Slots of a limit are one `interval` apart and every call takes one. A call may start up to `burst` - 1 slots
early, so that several messages can go in one call, and up to `grace` after it was permitted. The interval is
so long that, whatever use calls make of both, no window of any position sees more of them than the limit. The
price is a rate below the limit, by about a tenth for long windows and a third for a second.

What finds no slot is told when to come again: in the order of asking, each at a time of its own. But slots
are given to who is there, not kept for who is expected, so a copy that is late or lost costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

_LONGEST_GRACE = timedelta(seconds=5)
_LATENESS = timedelta(seconds=0.3)  # of scheduled messages, one to the other
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any span of `window`, half open; `name` is unique among a provider's limits."""

    name: str
    calls: int
    window: timedelta

    @property
    def grace(self) -> timedelta:
        """How long after its permission a call may start."""
        return min(self.window / 4, _LONGEST_GRACE)

    @property
    def burst(self) -> int:
        """How many calls may start at once; enough for those that come late to catch up."""
        return max(1, self.calls // 10, int(self.calls * (_LATENESS / self.window)))

    @property
    def interval(self) -> timedelta:
        """How far slots are apart.

        The calls of one window have slots within window + grace + (burst - 1) intervals, and that is at most
        `calls` intervals.
        """
        return -(-(self.window + self.grace) // (self.calls - self.burst + 1))  # rounded up


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a limit stands: its next free slot, and when the next one that has to wait shall come again."""

    free_at: datetime = _EPOCH
    queue_end: datetime = _EPOCH


@dataclass(frozen=True, slots=True)
class Slots:
    """Where a provider stands: until when it asked not to be called, and a cursor per limit by name.

    `clock_ahead` is by how much the clock that tells these instants was ahead of real time.
    """

    paused_until: datetime = _EPOCH
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    clock_ahead: timedelta = timedelta(0)

    def paused(self, until: datetime) -> "Slots":
        """Return the slots with a pause that lasts at least until then; one that is longer stays."""
        return self if until <= self.paused_until else replace(self, paused_until=until)

    def is_paused(self, now: datetime) -> bool:
        """Whether calls have to wait."""
        return now < self.paused_until


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody wants to make `calls` calls; `waited` if it was told to come again now."""

    calls: int
    waited: bool


@dataclass(frozen=True, slots=True)
class Permit:
    """How many `calls` may be made, all started before `start_before`; the others at `again_at`, if any."""

    calls: int
    start_before: datetime | None = None
    again_at: datetime | None = None


def take(slots: Slots, limits: Sequence[Limit], ask: Ask, now: datetime) -> tuple[Slots, Permit]:
    """Take as many slots as are there for what is asked, and a place in the queue for the rest."""
    if not limits:
        again_at = slots.paused_until if slots.is_paused(now) else None
        return slots, Permit(0 if again_at else ask.calls, again_at=again_at)
    cursors = [slots.cursors.get(limit.name, Cursor()) for limit in limits]
    pairs = list(zip(limits, cursors, strict=True))
    is_behind_others = not ask.waited and any(cursor.queue_end > now for cursor in cursors)
    if is_behind_others or slots.is_paused(now):
        calls = 0
    else:
        calls = min(ask.calls, *(_available(limit, cursor, now) for limit, cursor in pairs))
    if calls:
        cursors = [
            replace(cursor, free_at=max(cursor.free_at, now) + calls * limit.interval)
            for limit, cursor in pairs
        ]
    again_at = None
    if calls < ask.calls:
        resumed_at = slots.paused_until if slots.is_paused(now) else now
        again_at = max(resumed_at, *(max(cursor.free_at, cursor.queue_end) for cursor in cursors))
        next_time = min(ask.calls - calls, *(limit.burst for limit in limits))
        cursors = [
            replace(cursor, queue_end=again_at + next_time * limit.interval)
            for limit, cursor in zip(limits, cursors, strict=True)
        ]
    kept = {limit.name: cursor for limit, cursor in zip(limits, cursors, strict=True)}
    start_before = now + min(limit.grace for limit in limits)
    return replace(slots, cursors=kept), Permit(calls, start_before, again_at)


def _available(limit: Limit, cursor: Cursor, now: datetime) -> int:
    early = now + (limit.burst - 1) * limit.interval
    return max(0, (early - max(cursor.free_at, now)) // limit.interval + 1)
