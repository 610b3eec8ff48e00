"""How calls to a provider are paced: a limit is a row of slots, and whoever wants to call takes some.

Slots of a limit are one `interval` apart and every call takes one. A call may start up to `burst` - 1 slots
early, so that several messages can go in one call, and up to `grace` after it was permitted. The interval is
so long that, whatever use calls make of both, no window of any position sees more of them than the limit. The
price is a rate below the limit, by about a tenth for long windows and a third for a second.

What finds no slot is told when to come again: in the order of asking, each at a time of its own. But slots
are given to who is there, not kept for who is expected, so a copy that is late or lost costs nothing.

A provider whose calls fail is left alone: the same slots are its circuit breaker. After the first failures,
and after each pause that follows further ones, one call at a time is let through as a probe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

_LONGEST_GRACE = timedelta(seconds=5)
_LATENESS = timedelta(seconds=0.3)  # of scheduled messages, one to the other
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PROBE = timedelta(minutes=1)  # longer than any call: a probe that was not told of by then is given up
_SHORT_PROBE = timedelta(seconds=10)  # the same after failures that may be those of single messages
SINGLE_FAILURES = 2  # in a row, which may be those of single messages


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
    """Where a provider stands: whether it answers, and a cursor per limit by name.

    `failures` counts the calls that failed in a row, those of one moment once; 0 means that it answers. Until
    `paused_until` nobody calls it, after that one call at a time is a probe until one succeeds. `clock_ahead`
    is by how much the clock that tells these instants was ahead of real time.
    """

    paused_until: datetime = _EPOCH
    failures: int = 0
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    clock_ahead: timedelta = timedelta(0)

    def is_paused(self, now: datetime) -> bool:
        """Whether nobody may call."""
        return bool(self.failures) and now < self.paused_until

    def is_half_open(self, now: datetime) -> bool:
        """Whether the next call is a probe."""
        return bool(self.failures) and now >= self.paused_until

    def counts(self, probe: int | None) -> bool:
        """Whether the failure of a call is news: the first one, or that of the latest probe."""
        return not self.failures or probe == self.failures

    def failed(self, probe: int | None, now: datetime, asked: timedelta, left_alone: timedelta) -> "Slots":
        """Return the slots after a call that failed; `probe` is from its permit.

        The provider is left alone for as long as it `asked`, and for `left_alone` if this is news.
        """
        if not self.counts(probe):
            return replace(self, paused_until=max(self.paused_until, now + asked))
        return replace(self, failures=self.failures + 1, paused_until=now + max(asked, left_alone))

    def answered(self) -> "Slots":
        """Return the slots after a probe that succeeded."""
        return replace(self, failures=0, paused_until=_EPOCH)


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody wants to make `calls` calls; `waited` if it was told to come again now."""

    calls: int
    waited: bool


@dataclass(frozen=True, slots=True)
class Permit:
    """How many `calls` may be made, all started before `start_before`; the others at `again_at`, if any.

    A permit with a `probe` is for the one call that shows whether the provider answers again.
    """

    calls: int
    start_before: datetime | None = None
    again_at: datetime | None = None
    probe: int | None = None


def take(slots: Slots, limits: Sequence[Limit], ask: Ask, now: datetime) -> tuple[Slots, Permit]:
    """Take as many slots as are there for what is asked, and a place in the queue for the rest."""
    if slots.is_paused(now):
        return _take_within(slots, limits, ask, now, most=0, resumed_at=slots.paused_until)
    if not slots.failures:
        return _take_within(slots, limits, ask, now, most=ask.calls, resumed_at=now)
    slots, permit = _take_within(slots, limits, ask, now, most=1, resumed_at=now)
    if not permit.calls:
        return slots, permit
    lasts = _PROBE if slots.failures > SINGLE_FAILURES else _SHORT_PROBE
    start_before = min(permit.start_before or now + lasts, now + lasts / 3)
    probe = replace(permit, start_before=start_before, probe=slots.failures)
    return replace(slots, paused_until=now + lasts), probe


def _take_within(
    slots: Slots, limits: Sequence[Limit], ask: Ask, now: datetime, *, most: int, resumed_at: datetime
) -> tuple[Slots, Permit]:
    """Take slots for at most `most` calls; those that wait come again from `resumed_at` on."""
    if not limits:
        calls = min(ask.calls, most)
        return slots, Permit(calls, again_at=resumed_at if calls < ask.calls else None)
    cursors = [slots.cursors.get(limit.name, Cursor()) for limit in limits]
    pairs = list(zip(limits, cursors, strict=True))
    is_behind_others = not ask.waited and any(cursor.queue_end > now for cursor in cursors)
    calls = 0 if is_behind_others else min(most, *(_available(limit, cursor, now) for limit, cursor in pairs))
    if calls:
        cursors = [
            replace(cursor, free_at=max(cursor.free_at, now) + calls * limit.interval)
            for limit, cursor in pairs
        ]
    again_at = None
    if calls < ask.calls:
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
