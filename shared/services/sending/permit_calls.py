"""Permits calls to one provider: within its limits, and only probes while it fails, in every process.

Limits and circuit breaker are one row per provider (`shared.domain.sending.provider_limits`). With a limit,
each write of the row takes permits for many calls: for all who ask at a time, and a stock for those who come
next (`permit_stock`). Without one nothing is written until a call fails, and the row is read every ten
seconds at most: trouble is rare, a read would cost every order that comes alone a table call, and a process
that does not know of trouble soon meets it. While the provider is in trouble the row is read every second.
Time is that of business rules, because what is put off returns as a scheduled message, and those follow that
time; in Azure it is real time.
"""

import asyncio
import logging
import math
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from shared.domain.sending.permit_stock import Stock, granted
from shared.domain.sending.provider_limits import (
    LONGEST_PAUSE_SECONDS,
    SINGLE_FAILURES,
    Ask,
    Limit,
    Permit,
    ProviderState,
    take,
)
from shared.domain.sending.retry_schedule import left_alone_after
from shared.ports.sending import SendOutcome, SendStatus
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError, TransientError
from shared.runtime.group_commit import GroupCommit
from shared.services.measures import count_trouble
from shared.storage.provider_states import ProviderStates, StoredState

_PROBE_SECONDS = 1.0  # for which a call waits here for the probe after a failure or two
_AFTER_OTHERS = timedelta(seconds=5)
_AWAY = timedelta(minutes=5)  # a provider left alone for that long is away, not stumbling
_FRESH = timedelta(seconds=1)
_FRESH_IN_CALM = timedelta(seconds=10)
_CALM_AFTER = timedelta(minutes=1)  # since the end of the last trouble
_TAKE_SECONDS = 10.0
_PUBLISH_SECONDS = 5.0
_ASKS_PER_WRITE = 100
_APART_SECONDS = 0.2  # between writes when turns are short: those who ask meanwhile share the next one
_ROUNDS = 10
_RENEWALS = 5
_TURN_SECONDS = 3.0  # for which a call waits for its turn; claims last 20 seconds longer than the call
_LONGEST_WRITE = timedelta(seconds=2)  # for which permits are dated ahead
_FIRST_PAUSE_SECONDS = 0.002
_log = logging.getLogger(__name__)


class PermitCalls:
    """Permits calls to one provider, and learns from their outcomes."""

    def __init__(self, *, states: ProviderStates, limits: Sequence[Limit], clock: Clock) -> None:
        self._states = states
        self._limits = limits
        self._clock = clock
        self._row = StoredState(ProviderState(), None)  # as last seen
        self._read_at: datetime | None = None
        self._trouble_at: datetime | None = None  # when the provider was last known to be in trouble
        self._known = ProviderState()  # the row, and what outcomes of our own calls changed since
        self._asks: GroupCommit[Ask, Permit] = GroupCommit(self._take, max_items=_ASKS_PER_WRITE)
        self._stock = Stock()
        self._write_from = 0.0  # time of the event loop
        self._write_took = timedelta(0)
        self._others_write = False  # so the row as last seen is old
        self._probe_ended: asyncio.Event | None = None  # while a probe of ours follows a failure or two

    @property
    def counts_calls(self) -> bool:
        """Whether calls are limited, so that a permission which is not used is lost to others."""
        return bool(self._limits)

    async def __call__(self, calls: int, *, waited: bool) -> Permit:
        """Permit some of these calls; `waited` if they were put off before. TransientError: unknown now."""
        ask = Ask(calls, waited)
        until = asyncio.get_running_loop().time() + _PROBE_SECONDS
        while True:
            await self._wait_for_probe(until)
            permit = await self._permit(ask)
            if permit.probe is not None and permit.probe <= SINGLE_FAILURES:
                self._probe_ended = asyncio.Event()
                return permit
            if permit.calls or self._probe_ended is None:
                return permit

    async def _wait_for_probe(self, until: float) -> None:
        """Wait for the probe after a failure or two: most often those were failures of single messages.

        Without that, work would be put off for longer than the probe takes, at the price of a copy.
        """
        if (ended := self._probe_ended) is None:
            return
        try:
            async with asyncio.timeout_at(until):
                await ended.wait()
        except TimeoutError:
            self._end_probe()

    def _end_probe(self) -> None:
        if self._probe_ended is not None:
            self._probe_ended.set()
            self._probe_ended = None

    async def _permit(self, ask: Ask) -> Permit:
        if not self._limits:
            await self._refresh()
            known, now = self._valid(self._known), self._clock.now()
            if not known.is_half_open(now):
                return take(known, (), ask, now)[1]
        if (permit := self._from_stock(ask)) is not None:
            return permit
        await asyncio.sleep(self._write_from - asyncio.get_running_loop().time())
        return await self._asks.commit(ask, _TAKE_SECONDS)

    def _from_stock(self, ask: Ask) -> Permit | None:
        now = self._clock.now()
        permit = None if self._valid(self._known).failures else self._stock.permit(ask, now)
        if permit is not None:
            self._stock = self._stock.without(permit)
        return permit

    async def renewed(self, permit: Permit, calls: int) -> Permit:
        """Return the permission to start up to `calls` calls at this instant, with no calls if that is over.

        It is asked for anew when it has become too old, or when the provider failed in the meantime. A turn
        that comes soon is waited for: what was written for this call would otherwise be in vain.
        """
        for _ in range(_RENEWALS):
            now, known = self._clock.now(), self._valid(self._known)
            if permit.probe is None and known.is_paused(now):
                return Permit(0, again_at=known.returns_at(now))
            is_young = permit.start_before is None or now < permit.start_before
            if permit.calls and is_young and (permit.probe is not None or not known.failures):
                return permit
            try:
                permit = await self(calls, waited=True)
            except TransientError as error:
                _log.info("a call waits, it could not be permitted: %s", error)
                return Permit(0)
            if not permit.calls:
                wait = self._turn_comes_in(permit)
                if wait > _TURN_SECONDS:
                    return permit
                await asyncio.sleep(wait)
        return Permit(0)  # storage is too slow at the moment to know when a call starts

    def not_called(self, permit: Permit) -> SendOutcome:
        """Return what became of a message for which this permission had no call."""
        if permit.again_at is None:
            return SendOutcome(SendStatus.NOT_SENT)
        return SendOutcome(SendStatus.NOT_SENT, retry_after=self._turn_comes_in(permit))

    def _turn_comes_in(self, permit: Permit) -> float:
        """Return the seconds until the turn that a permit without calls names; endless if it names none."""
        if permit.again_at is None:
            return math.inf
        return max(0.0, (permit.again_at - self._clock.now()).total_seconds())

    async def note(self, permit: Permit, outcome: SendOutcome) -> None:
        """Learn from the outcome of a permitted call: at once here, and as soon as possible everywhere.

        Raises nothing: a call was made, and its outcome must be recorded whatever happens here.
        """
        count_trouble(self._states.provider, outcome)
        try:
            await self._note(permit, outcome)
        finally:
            if permit.probe is not None:
                self._end_probe()

    async def give_back(self, permit: Permit) -> None:
        """Let another call be the probe, if this permit was for one and no call was made."""
        probe = permit.probe
        if probe is None or self._valid(self._known).failures != probe:
            return  # no probe, or its outcome is known
        await self._publish(lambda state: state.given_back(probe))
        self._end_probe()

    async def _note(self, permit: Permit, outcome: SendOutcome) -> None:
        if outcome.is_answer:
            if permit.probe is not None:
                _log.info("the provider of %s answers again", self._states.provider)
                await self._publish(ProviderState.answered)
            return
        known, now = self._valid(self._known), self._clock.now()
        asked = timedelta(seconds=min(outcome.retry_after or 0.0, LONGEST_PAUSE_SECONDS))
        if known.counts(permit.probe):
            self._log_failure(known.failures + 1, outcome)
        elif now + asked <= max(now, known.paused_until):
            return  # one of the calls side by side had the same answer before

        def failed(state: ProviderState) -> ProviderState:
            return state.failed(permit.probe, now, asked, left_alone_after(state.failures))

        await self._publish(failed)
        if (alone := self._known.paused_until - now) >= _AWAY:
            _log.warning("the provider of %s is away, it is left alone for %s", self._states.provider, alone)

    def return_at(self, at: datetime, *, failed: bool = False) -> datetime:
        """Return when work that waits until `at` returns: not before the provider may be called again.

        Work whose call `failed` returns after other work, which shows whether only this call fails.
        """
        known = self._valid(self._known)
        if not known.failures:
            return at
        return max(at, known.returns_at(self._clock.now()) + (_AFTER_OTHERS if failed else timedelta(0)))

    def _log_failure(self, failures: int, outcome: SendOutcome) -> None:
        name, settings, said = self._states.provider, outcome.wrong_settings, outcome.status.value
        if settings is not None:
            _log.error("sending %s waits: its provider refuses our settings, correct %s", name, settings)
        else:
            _log.warning("the provider of %s failed, for the %d. time in a row: %s", name, failures, said)

    async def _publish(self, change: Callable[[ProviderState], ProviderState]) -> None:
        self._known = change(self._valid(self._known))
        try:
            async with asyncio.timeout(_PUBLISH_SECONDS):
                await self._change(lambda state: (change(state), None))
        except (TransientError, TimeoutError) as error:
            _log.warning(
                "the state of the provider of %s could not be published: %s", self._states.provider, error
            )

    async def _take(self, asks: Sequence[Ask]) -> list[Permit]:
        permits = [self._from_stock(ask) for ask in asks]  # it may have been filled since they asked
        others = [ask for ask, permit in zip(asks, permits, strict=True) if permit is None]
        new: list[Permit] = []
        if others:
            at, new, self._stock = await self._change(lambda state: self._granted(state, others))
            await asyncio.sleep(min((at - self._clock.now()).total_seconds(), _LONGEST_WRITE.total_seconds()))
            if self._stock.is_short:
                self._write_from = asyncio.get_running_loop().time() + _APART_SECONDS
        rest = iter(new)
        return [permit or next(rest) for permit in permits]

    def _granted(
        self, state: ProviderState, asks: Sequence[Ask]
    ) -> tuple[ProviderState, tuple[datetime, list[Permit], Stock]]:
        """Return the state with these turns taken, and from when on they may be used.

        That is when the row will have been written: where a write takes long, permits would be too old by
        the time they are known.
        """
        is_slow = any(self._write_took > limit.grace / 4 for limit in self._limits)
        now = self._clock.now() + (min(self._write_took, _LONGEST_WRITE) if is_slow else timedelta(0))
        state, permits, stock = granted(self._stock, state, self._limits, asks, now)
        return state, (now, permits, stock)

    async def _change[ResultT](
        self, change: Callable[[ProviderState], tuple[ProviderState, ResultT]]
    ) -> ResultT:
        """Change the row by one conditional write, without reading it first if nobody else writes it."""
        if self._others_write:
            before = self._row.etag
            self._see(await self._states.load())
            self._others_write = self._row.etag != before
        row, loop = self._row, asyncio.get_running_loop()
        for attempt in range(_ROUNDS):
            state, result = change(self._valid(row.state))
            began = loop.time()
            try:
                self._see(await self._states.save(row, state))
                self._write_took = timedelta(seconds=loop.time() - began)
            except ConflictError:
                self._others_write = True
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * random.uniform(0, 2**attempt))  # noqa: S311  jitter
                row = await self._states.load()
                self._see(row)
            else:
                return result
        raise TransientError("the state of a provider stayed contended")

    async def _refresh(self) -> None:
        now = self._clock.now()
        if self._valid(self._known).failures:
            self._trouble_at = now
        is_calm = self._trouble_at is None or abs(now - self._trouble_at) >= _CALM_AFTER
        fresh = _FRESH_IN_CALM if is_calm else _FRESH
        if self._read_at is not None and abs(now - self._read_at) < fresh:
            return
        self._read_at = now  # calls that come meanwhile go by what is known
        try:
            self._see(await self._states.load())
        except TransientError as error:
            _log.info("a provider is called although its state cannot be read: %s", error)

    def _see(self, row: StoredState) -> None:
        if row.etag != self._row.etag:
            self._known = row.state
        self._row = row

    def _valid(self, state: ProviderState) -> ProviderState:
        return state.without_impossible(self._limits, self._clock.now())
