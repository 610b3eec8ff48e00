"""Limits on the calls to a provider and its circuit breaker: who may call when.

A limit gives out turns that are one `interval` apart, and every call takes one. A call may start up to
`burst` - 1 turns early, so that several messages can go in one call, and up to `grace` after it was
permitted. The interval is so long that no window of any position sees more calls than the limit, whatever use
calls make of both. The price is a rate below the limit: by a tenth for an hour, a sixth for a minute and more
than two fifths for a second.

Work that finds no turn is put off, in the order of asking, each to a time of its own. Turns go to the work
that is there and are not kept for work that is expected, so a copy that is late or lost costs nothing.

A provider whose calls fail is left alone. After the first failures, and after each pause that follows further
ones, one call at a time is let through as a probe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

_LONGEST_GRACE = timedelta(seconds=5)
_LATENESS = timedelta(seconds=0.3)  # of scheduled messages, one to the other
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PROBE = timedelta(minutes=1)  # longer than any call: a probe without an outcome by then is given up
_SHORT_PROBE = timedelta(seconds=10)  # the same after failures that may be those of single messages
_USUAL_PROBE = timedelta(seconds=2)  # for which other work waits after such failures: most calls are shorter
_CLOCK_SKEW = timedelta(minutes=1)  # by how much clocks of processes may differ, generously
_USUAL_SKEW = timedelta(seconds=1)  # by how much they do differ
SINGLE_FAILURES = 2  # in a row, which may be those of single messages
LONGEST_PAUSE_SECONDS = 3600.0  # a provider that asks for a longer pause has to ask again


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
        """How far turns are apart.

        The calls of one window have turns within window + grace + (burst - 1) intervals, and that is at most
        `calls` intervals.
        """
        return -(-(self.window + self.grace) // (self.calls - self.burst + 1))  # rounded up


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a limit stands: its next free turn, and the time to which the next work is put off."""

    free_at: datetime = _EPOCH
    queue_end: datetime = _EPOCH


@dataclass(frozen=True, slots=True)
class ProviderState:
    """Where a provider stands: whether it answers, and a cursor per limit by name.

    `failures` counts the calls that failed in a row, those of one moment once; 0 means that it answers. Until
    `paused_until` it is not called, after that one call at a time is a probe until one succeeds. The latest
    failure or probe was at `changed_at`.
    """

    paused_until: datetime = _EPOCH
    failures: int = 0
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    changed_at: datetime = _EPOCH

    def is_paused(self, now: datetime) -> bool:
        """Whether no call may be made."""
        return bool(self.failures) and now < self.paused_until

    def is_half_open(self, now: datetime) -> bool:
        """Whether the next call is a probe."""
        return bool(self.failures) and now >= self.paused_until

    def returns_at(self, now: datetime) -> datetime:
        """Return when work comes back that finds the provider paused at `now`.

        After a failure or two that is soon: most often it was one message that failed, and the probe under
        way shows that.
        """
        is_short = self.failures <= SINGLE_FAILURES and self.paused_until - self.changed_at <= _SHORT_PROBE
        return min(self.paused_until, now + _USUAL_PROBE) if is_short else self.paused_until

    def counts(self, probe: int | None) -> bool:
        """Whether the failure of a call is news: the first one, or that of the latest probe."""
        return not self.failures or probe == self.failures

    def failed(
        self, probe: int | None, now: datetime, asked: timedelta, left_alone: timedelta
    ) -> "ProviderState":
        """Return the state after a call that failed; `probe` is from its permit.

        The provider is left alone for as long as it `asked`, and for `left_alone` if this is news.
        """
        pause = max(asked, left_alone) if self.counts(probe) else asked
        paused_until = now + pause if pause else _EPOCH
        if not self.counts(probe):
            return replace(self, paused_until=max(self.paused_until, paused_until))
        return replace(self, failures=self.failures + 1, paused_until=paused_until, changed_at=now)

    def answered(self) -> "ProviderState":
        """Return the state after a probe that succeeded."""
        return replace(self, failures=0, paused_until=_EPOCH)

    def given_back(self, probe: int) -> "ProviderState":
        """Return the state after a probe that was permitted and then not made: the next call may be it."""
        return replace(self, paused_until=_EPOCH) if self.failures == probe else self

    def without_impossible(self, limits: Sequence[Limit], now: datetime) -> "ProviderState":
        """Return the state without turns beyond those that are given, and without failures in the future.

        A clock that was wrong has written them, or one that was set back since.
        """
        latest = now + _CLOCK_SKEW
        kept = {
            limit.name: cursor
            for limit in limits
            if (cursor := self.cursors.get(limit.name)) is not None
            and cursor.free_at <= latest + limit.burst * limit.interval
        }
        if self.changed_at > now + _USUAL_SKEW:
            return ProviderState(cursors=kept)
        return replace(self, cursors=kept)


@dataclass(frozen=True, slots=True)
class Ask:
    """Work that needs `calls` calls; `waited` if it was put off before and returns at its time."""

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


def take(
    state: ProviderState, limits: Sequence[Limit], ask: Ask, now: datetime
) -> tuple[ProviderState, Permit]:
    """Take as many turns as there are for what is asked, and a place in the queue for the rest."""
    if state.is_paused(now):
        return _take_within(state, limits, ask, now, most=0, resumed_at=state.returns_at(now))
    if not state.failures:
        return _take_within(state, limits, ask, now, most=ask.calls, resumed_at=now)
    state, permit = _take_within(state, limits, ask, now, most=1, resumed_at=now)
    if not permit.calls:
        return state, permit
    lasts = _PROBE if state.failures > SINGLE_FAILURES else _SHORT_PROBE
    start_before = min(permit.start_before or now + lasts, now + lasts / 3)
    probe = replace(permit, start_before=start_before, probe=state.failures)
    return replace(state, paused_until=now + lasts, changed_at=now), probe


def take_ahead(
    state: ProviderState, limits: Sequence[Limit], most: int, now: datetime
) -> tuple[ProviderState, int]:
    """Take up to `most` turns for calls that are only expected, and return how many.

    At most half of the turns that there are, so that other processes find some, and no more than pass while a
    permit lasts: if none is used, no more than that time is lost. While the provider fails, none.
    """
    cursors = [(limit, state.cursors.get(limit.name, Cursor())) for limit in limits]
    calls = min(most, *(_available(limit, cursor, now) // 2 for limit, cursor in cursors))
    calls = min(calls, *(limit.grace // limit.interval for limit in limits))
    if state.failures or not calls:
        return state, 0
    return replace(
        state, cursors={limit.name: _moved(limit, cursor, calls, now) for limit, cursor in cursors}
    ), calls


def _take_within(
    state: ProviderState, limits: Sequence[Limit], ask: Ask, now: datetime, *, most: int, resumed_at: datetime
) -> tuple[ProviderState, Permit]:
    """Take turns for at most `most` calls; the rest is put off to `resumed_at` or later."""
    if not limits:
        calls = min(ask.calls, most)
        return state, Permit(calls, again_at=resumed_at if calls < ask.calls else None)
    cursors = [state.cursors.get(limit.name, Cursor()) for limit in limits]
    pairs = list(zip(limits, cursors, strict=True))
    is_behind_others = not ask.waited and any(cursor.queue_end > now for cursor in cursors)
    calls = 0 if is_behind_others else min(most, *(_available(limit, cursor, now) for limit, cursor in pairs))
    if calls:
        cursors = [_moved(limit, cursor, calls, now) for limit, cursor in pairs]
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
    return replace(state, cursors=kept), Permit(calls, start_before, again_at)


def _moved(limit: Limit, cursor: Cursor, calls: int, now: datetime) -> Cursor:
    return replace(cursor, free_at=max(cursor.free_at, now) + calls * limit.interval)


def _available(limit: Limit, cursor: Cursor, now: datetime) -> int:
    early = now + (limit.burst - 1) * limit.interval
    return max(0, (early - max(cursor.free_at, now)) // limit.interval + 1)
