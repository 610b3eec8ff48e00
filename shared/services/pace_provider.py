"""Keeps the calls to one provider within its limits and pauses, whichever process makes them.

Slots are agreed on through one row per provider. Where no limit is set nothing is written until a provider
asks for a pause, and the row is read every ten seconds at most, because pauses are rare, reads would cost
every order that comes alone a table call, and a process that does not know of a pause is told by the provider
itself: a call it refuses is not sent. While pauses are about, the row is read every second. Time is that of
business rules, because what is put off returns as a scheduled message and those follow it; in Azure it is
real time.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.slots import Ask, Limit, Permit, Slots, take
from shared.errors import ConflictError, TransientError
from shared.messaging.group_commit import GroupCommit
from shared.storage.provider_slots import ProviderSlots, StoredSlots

DEFAULT_PAUSE_SECONDS = 10.0  # for a provider that is full and does not say for how long
LONGEST_PAUSE_SECONDS = 3600.0  # a provider that wants a longer one has to say so again
_FRESH = timedelta(seconds=1)
_FRESH_IN_CALM = timedelta(seconds=10)
_CALM_AFTER = timedelta(minutes=1)  # since the end of the last pause
_ROUNDING = timedelta(milliseconds=1)
_TAKE_SECONDS = 10.0
_ASKS_PER_WRITE = 100
_ROUNDS = 10
_RENEWALS = 3
_FIRST_PAUSE_SECONDS = 0.002
_log = logging.getLogger(__name__)


class PaceProvider:
    """Permits calls to one provider, and learns of its pauses."""

    def __init__(
        self, *, slots: ProviderSlots, limits: Sequence[Limit], clock: Clock, real_time: Clock
    ) -> None:
        self._slots = slots
        self._limits = limits
        self._clock = clock
        self._real_time = real_time
        self._row = StoredSlots(Slots(), None)  # as last seen
        self._read_at: datetime | None = None
        self._heard = Slots()  # of pauses: what the row and our own calls said
        self._asks: GroupCommit[Ask, Permit] = GroupCommit(self._take, max_items=_ASKS_PER_WRITE)

    async def __call__(self, calls: int, *, waited: bool) -> Permit:
        """Ask for calls; `waited` when told to come back now. TransientError: the limits cannot be read."""
        ask = Ask(calls, waited)
        if self._limits:
            return await self._asks.commit(ask, _TAKE_SECONDS)
        await self._refresh()
        return take(self._valid(self._heard), (), ask, self._clock.now())[1]

    async def hold(self, permit: Permit, calls: int = 1) -> timedelta | None:
        """Return how long permitted calls have to wait after all; None: start them at this instant.

        Slots are taken anew when the permission has become too old.
        """
        for _ in range(_RENEWALS):
            now, heard = self._clock.now(), self._valid(self._heard)
            if heard.is_paused(now):
                return heard.paused_until - now
            if permit.start_before is None or now < permit.start_before:
                return None
            permit = await self(calls, waited=True)
            if permit.calls < calls:
                return max(timedelta(0), (permit.again_at or now) - now)
        return timedelta(0)  # storage is too slow at the moment to know when a call starts

    async def pause(self, seconds: float | None) -> None:
        """Note that the provider wants a pause: at once here, and as soon as possible everywhere."""
        now = self._clock.now()
        asked = DEFAULT_PAUSE_SECONDS if seconds is None else seconds
        until = now + timedelta(seconds=min(asked, LONGEST_PAUSE_SECONDS))
        heard = self._valid(self._heard)
        if until <= heard.paused_until + _FRESH:
            return  # another of the calls side by side was told the same
        self._heard = heard.paused(until)
        _log.warning("a provider asks for a pause", extra={"until": until.isoformat()})
        try:
            await self._change(lambda slots: (slots.paused(until), None))
        except TransientError as error:
            _log.warning("other processes could not be told of a pause: %s", error)

    def return_at(self, at: datetime) -> datetime:
        """Return when work that waits until `at` comes back: with the end of a pause that is about then.

        Copies of the same work that wait for the same pause then are one message.
        """
        heard = self._valid(self._heard)
        is_paused = heard.is_paused(self._clock.now())
        return heard.paused_until if is_paused and at <= heard.paused_until + _FRESH else at

    async def _take(self, asks: Sequence[Ask]) -> list[Permit]:
        return await self._change(lambda slots: self._granted(slots, asks))

    def _granted(self, slots: Slots, asks: Sequence[Ask]) -> tuple[Slots, list[Permit]]:
        now = self._clock.now()
        slots = slots.paused(self._valid(self._heard).paused_until)
        permits = []
        for ask in asks:
            slots, permit = take(slots, self._limits, ask, now)
            permits.append(permit)
        return slots, permits

    async def _change[ResultT](self, change: Callable[[Slots], tuple[Slots, ResultT]]) -> ResultT:
        """Change the row by one conditional write, usually without reading it first."""
        row = self._row
        for attempt in range(_ROUNDS):
            slots, result = change(self._valid(row.slots))
            try:
                self._see(await self._slots.save(row, slots))
            except ConflictError:
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * random.uniform(0, 2**attempt))  # noqa: S311  jitter
                row = await self._slots.load()
                self._see(row)
            else:
                return result
        raise TransientError("the slots of a provider stayed contended")

    async def _refresh(self) -> None:
        now = self._clock.now()
        is_calm = now >= self._valid(self._heard).paused_until + _CALM_AFTER
        fresh = _FRESH_IN_CALM if is_calm else _FRESH
        if self._read_at is not None and abs(now - self._read_at) < fresh:
            return
        self._read_at = now  # who comes meanwhile goes by what is known
        try:
            self._see(await self._slots.load())
        except TransientError as error:
            _log.info("a provider is called without knowing of pauses: %s", error)

    def _see(self, row: StoredSlots) -> None:
        self._row = row
        self._heard = self._valid(self._heard).paused(self._valid(row.slots).paused_until)

    def _valid(self, slots: Slots) -> Slots:
        """Return the slots by the clock as it is; if that was set back since, what they say means nothing."""
        before, now, after = self._real_time.now(), self._clock.now(), self._real_time.now()
        was_set_back = slots.clock_ahead > now - before + _ROUNDING
        return replace(Slots() if was_set_back else slots, clock_ahead=now - after)
