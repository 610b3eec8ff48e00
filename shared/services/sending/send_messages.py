"""Sends what a message of a send queue asks for: load, guard, permit, claim, call, settle.

One skeleton for all channels; what a channel does its own way is in `send_email` and `send_sms`. Whatever
has to wait becomes a scheduled copy, and the row then knows until when: a copy that finds its row waiting
longer has nothing to do. No message is given up by counting: while it is worth sending it is tried again, and
what is left at its end is closed by the agenda.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from shared.domain.orders.decision import FIRST_VISITS
from shared.domain.orders.instant_order import doubt
from shared.domain.orders.lifetime import expires_at, obeys_window
from shared.domain.orders.notification import EmailResult, Notification, Outcome, Result, SmsResult
from shared.domain.orders.order import Channel, OrderStatus
from shared.domain.orders.shipment import Claim
from shared.domain.sending.provider_limits import LONGEST_PAUSE_SECONDS, Permit
from shared.domain.sending.send_window import SendWindow
from shared.ports.sending import SendOutcome, SendStatus
from shared.records.messages import SendWork
from shared.records.order_rows import StoredOrder
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError
from shared.services.advancing.hand_over import HandOver
from shared.services.advancing.release_delay import ReleaseDelay
from shared.services.handling.retry_schedule import retry_after_attempt
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.orders import OrderTable

_DOUBT_PAUSE = timedelta(minutes=2)
_MAX_CALLS_IN_DOUBT = 2
_EARLY = timedelta(seconds=5)  # by which a copy may come before its time: clocks differ
_ROUNDS = 4
_ACCEPTED: Mapping[Channel, Result] = {Channel.EMAIL: EmailResult.SENDING, Channel.SMS: SmsResult.ACCEPTED}
_REFUSED: Mapping[Channel, Result] = {Channel.EMAIL: EmailResult.FAILED, Channel.SMS: SmsResult.FAILED}


class Calls(Protocol):
    """How messages of one channel are handed to its provider.

    `most` messages make one turn, and no call takes longer than `call_time`. A provider that does not
    recognise repeats is called only under a claim, which counts the calls that nobody knows the answer of.
    """

    channel: Channel
    permits: PermitCalls
    most: int
    call_time: timedelta
    recognises_repeats: bool

    def claim_time(self, stored: StoredOrder) -> timedelta | None:
        """Return how long a claim on the row lasts; None when this turn needs none."""
        ...

    async def __call__(
        self, stored: StoredOrder, batch: Sequence[Notification], permit: Permit
    ) -> Sequence[SendOutcome]:
        """Hand over these messages as far as the permission goes; outcomes in their order."""
        ...

    async def meet(self, stored: StoredOrder, outcomes: Mapping[int, Outcome]) -> Mapping[int, Outcome]:
        """Return the outcomes that reports which came first change; called before they are recorded."""
        ...


@dataclass(frozen=True, slots=True)
class _Turn:
    """The messages whose turn it was, with what became of each, and when the others may come."""

    answers: Sequence[tuple[Notification, SendOutcome]]
    others_at: datetime | None


class SendMessages:
    """Carries out one message of the queue of one channel."""

    def __init__(
        self,
        *,
        calls: Calls,
        orders: OrderTable,
        record: RecordOutcomes,
        hand_over: HandOver,
        clock: Clock,
        real_time: Clock,
        window: SendWindow,
        release_delay: ReleaseDelay,
    ) -> None:
        self._calls = calls
        self._channel = calls.channel
        self._orders = orders
        self._record = record
        self._hand_over = hand_over
        self._clock = clock
        self._real_time = real_time
        self._window = window
        self._release_delay = release_delay

    async def __call__(self, work: SendWork) -> None:
        """Send what is unsent, record the outcomes, schedule a copy for what has to wait."""
        stored, permit = await self._look(work), None
        for _ in range(_ROUNDS):
            if stored is None or not (unsent := self._sendable(stored)) or await self._waits(stored, work):
                return
            if tried_enough := [n for n in unsent if self._doubts(stored, n) >= _MAX_CALLS_IN_DOUBT]:
                stored = await self._leave_to_reports(stored, tried_enough)
                continue
            if permit is None:
                wanted = min(len(unsent), self._calls.most)
                permit = await self._calls.permits(wanted, waited=work.waited)
            if not permit.calls:
                await self._again(stored, replace(work, waited=True), permit.again_at or self._clock.now())
                return
            batch = unsent[: permit.calls]
            try:
                claimed = await self._claim(stored, batch)
            except ConflictError:
                stored = await self._orders.load(work.item)
                continue
            answers = await self._calls(claimed, batch, permit)
            others_at = (permit.again_at or self._clock.now()) if len(unsent) > len(batch) else None
            await self._settle(claimed, work, _Turn(list(zip(batch, answers, strict=True)), others_at))
            return
        # contended: whoever wrote last carries on, and the agenda looks again

    async def _look(self, work: SendWork) -> StoredOrder | None:
        """Return the row, as the message has it if no visit of the agenda can have sent another since.

        A claim refuses work that was done already. A permit does not, so the row is read before one is taken.
        """
        stored = work.stored
        if stored is not None and self._calls.permits.counts_calls:
            is_young = self._clock.now() - stored.state.changed_at < FIRST_VISITS[0]
            stored = stored if is_young else None
        return stored or await self._orders.load(work.item)

    def _sendable(self, stored: StoredOrder) -> Sequence[Notification]:
        """Return what is to be sent now, what may have been sent before last."""
        state, now = stored.state, self._clock.now()
        waits_until = state.waits.get(self._channel)
        if (
            state.status is not OrderStatus.PROCESSED
            or now >= expires_at(stored.order, self._channel, self._window)  # the agenda closes it
            or (waits_until is not None and now < waits_until - _EARLY)  # another copy is scheduled
        ):
            return ()
        return sorted(state.unsent(self._channel), key=lambda n: self._doubts(stored, n))

    async def _waits(self, stored: StoredOrder, work: SendWork) -> bool:
        """Leave a copy for the opening of the window or the end of another's claim, if it is to wait."""
        now, real_now = self._clock.now(), self._real_time.now()
        if self._channel is Channel.SMS and obeys_window(stored.order) and not self._window.is_open(now):
            opening = self._window.next_opening(now) + self._release_delay(work.item)
            await self._again(stored, work, opening)
            return True
        claim = stored.state.claims.get(self._channel)
        if claim is not None and real_now < claim.until:
            at = now + (claim.until - real_now) + timedelta(seconds=1)
            await self._hand_over.send_copy(self._channel, replace(work, stored=None), at)
            return True
        return False

    def _doubts(self, stored: StoredOrder, notification: Notification) -> int:
        """Return how many calls for a message nobody knows the answer of."""
        claim = stored.state.claims.get(self._channel)
        return 0 if claim is None else claim.calls.get(notification.slot, 0)

    async def _leave_to_reports(
        self, stored: StoredOrder, tried_enough: Sequence[Notification]
    ) -> StoredOrder | None:
        """Return the row in which these are not sent again; None when that could not be stored now."""
        outcome = doubt(self._channel, self._clock.now())
        saved = await self._record(stored, dict.fromkeys((n.slot for n in tried_enough), outcome))
        return None if saved is stored else saved

    async def _claim(self, stored: StoredOrder, batch: Sequence[Notification]) -> StoredOrder:
        """Return the row with our claim, where one is needed; ConflictError when somebody was faster."""
        lasts, now = self._calls.claim_time(stored), self._real_time.now()
        if lasts is None:
            return stored
        current = stored.state.claims.get(self._channel)
        attempt, calls = (1, {}) if current is None else (current.attempt + 1, dict(current.calls))
        if not self._calls.recognises_repeats:
            calls |= {n.slot: calls.get(n.slot, 0) + 1 for n in batch}
        claim = Claim(secrets.token_hex(8), attempt, now + lasts, now, calls)
        return (await self._orders.save(stored, stored.state.with_claim(self._channel, claim))).stored

    async def _settle(self, stored: StoredOrder, work: SendWork, turn: _Turn) -> None:
        """Record what the answers settle, then schedule a copy for the rest."""
        now = self._clock.now()
        outcomes = {
            notification.slot: outcome
            for notification, answer in turn.answers
            if (outcome := settled(self._channel, answer, now)) is not None
        }
        claim = stored.state.claims.get(self._channel)
        saved = await self._record(
            stored,
            outcomes,
            release=None if claim is None else self._channel,
            leaving=None if claim is None else self._leaving(claim, turn),
            meet=partial(self._calls.meet, stored),
        )
        waits, failed = self._times(work, turn, now)
        if waits:
            at = self._calls.permits.return_at(max(waits), failed=failed)
            await self._again(
                saved, SendWork(work.item, work.attempt + int(failed), None, waited=not failed), at
            )

    def _leaving(self, claim: Claim, turn: _Turn) -> Claim | None:
        """Return the claim that stays while answers are missing: whoever takes it over knows of which calls.

        It stays until its time if this turn's answers are missing, else it is for anybody to take over.
        """
        if self._calls.recognises_repeats:
            return None
        calls, in_doubt = dict(claim.calls), False
        for notification, answer in turn.answers:
            match answer.status:
                case SendStatus.IN_DOUBT:
                    in_doubt = True
                case SendStatus.NOT_SENT:
                    calls[notification.slot] -= 1
                case _:
                    del calls[notification.slot]
        calls = {slot: count for slot, count in calls.items() if count}
        until = claim.until if in_doubt else self._real_time.now()
        return replace(claim, until=until, calls=calls) if calls else None

    def _times(self, work: SendWork, turn: _Turn, now: datetime) -> tuple[list[datetime], bool]:
        """Return when what is left may come again, and whether any of it failed by itself."""
        times = [] if turn.others_at is None else [turn.others_at]
        failed = False
        for _, answer in turn.answers:
            if answer.is_answer:
                continue
            pause = retry_after_attempt(work.attempt)
            if answer.status is SendStatus.IN_DOUBT and not self._calls.recognises_repeats:
                pause = max(pause, _DOUBT_PAUSE)
            if answer.retry_after is not None:
                pause = timedelta(seconds=min(answer.retry_after, LONGEST_PAUSE_SECONDS))
            else:
                failed = True
            times.append(now + pause)
        return times, failed

    async def _again(self, stored: StoredOrder, work: SendWork, at: datetime) -> None:
        """Schedule a copy and note in the row until when it waits; not beyond the end of its worth."""
        if at >= expires_at(stored.order, self._channel, self._window):
            return
        await self._hand_over.send_copy(self._channel, replace(work, stored=None), at)
        if at > self._clock.now():
            await self._record(stored, {}, wait=(self._channel, at))


def settled(channel: Channel, answer: SendOutcome, now: datetime) -> Outcome | None:
    """Return what an answer settles for a message of this channel; None when it settles nothing yet."""
    match answer.status:
        case SendStatus.ACCEPTED:
            return Outcome(answer.result or _ACCEPTED[channel], now, answer.reference)
        case SendStatus.REFUSED:
            return Outcome(answer.result or _REFUSED[channel], now)
        case SendStatus.NOT_SENT | SendStatus.IN_DOUBT:
            return None
