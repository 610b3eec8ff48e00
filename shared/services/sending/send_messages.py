"""Sends what a message of a send queue asks for: load, guard, permit, claim, call, settle.

The steps are the same for all channels; `send_email` and `send_sms` hold the differences. Work that has to
wait becomes a scheduled copy, and the row then holds the time until which it waits: a copy that comes earlier
has nothing to do. No message is given up after a number of tries. It is tried again while it is worth
sending, and then the agenda closes its order.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from shared.domain.orders.decision import FIRST_VISITS
from shared.domain.orders.instant_order import doubt
from shared.domain.orders.lifetime import expires_at, may_leave_at, obeys_window
from shared.domain.orders.notification import Notification
from shared.domain.orders.order import Channel, OrderStatus
from shared.domain.orders.shipment import Claim
from shared.domain.sending.provider_limits import LONGEST_PAUSE_SECONDS
from shared.domain.sending.retry_schedule import retry_after_attempt
from shared.domain.trace.events import Event, EventKind
from shared.ports.sending import SendOutcome, SendStatus
from shared.records.messages import SendWork
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import ConflictError, TransientError
from shared.services.handling.work_queues import WorkQueues
from shared.services.measures import HELD, count_sent
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.sending.answers import call_begins, call_events, settled
from shared.services.sending.send_email import EmailCalls
from shared.services.sending.send_sms import SmsCalls
from shared.services.times import Times
from shared.storage.orders import OrderTable

_DOUBT_PAUSE = timedelta(minutes=2)
_MAX_CALLS_IN_DOUBT = 2
_CLAIMS_KEPT = 4  # of those that may be in the row although their write failed
_EARLY = timedelta(seconds=5)  # by which a copy may come before its time: clocks differ
_ROUNDS = 4
_log = logging.getLogger(__name__)


# How messages of one channel are given to its provider, with the same methods for both. A batch has at most
# `most` messages, and no call takes longer than `call_time`. A provider that does not recognise repeats is
# called only under a claim, which counts the calls whose answer was lost.
type Calls = EmailCalls | SmsCalls


@dataclass(frozen=True, slots=True)
class _Answered:
    """The messages of one batch with the answer to each, and when the others may follow."""

    answers: Sequence[tuple[Notification, SendOutcome]]
    others_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessages:
    """Handles one message of the send queue of one channel."""

    calls: Calls
    orders: OrderTable
    record: RecordOutcomes
    work_queues: WorkQueues
    times: Times

    async def __call__(self, work: SendWork) -> None:
        """Send what is unsent, record the outcomes, schedule a copy for what has to wait."""
        stored, permit = await self._look(work), None
        try:
            for _ in range(_ROUNDS):
                if (
                    stored is None
                    or not (unsent := self._sendable(stored, work))
                    or await self._waits(stored, work)
                ):
                    return
                in_doubt = self._in_doubt(stored, work)
                if tried_enough := [n for n in unsent if in_doubt.get(n.slot, 0) >= _MAX_CALLS_IN_DOUBT]:
                    stored = await self._leave_to_reports(stored, tried_enough)
                    continue
                if permit is None:
                    wanted = min(len(unsent), self.calls.most)
                    permit = await self.calls.permits(wanted, waited=work.waited)
                if not permit.calls:
                    at, waiting = permit.again_at or self.times.now(), replace(work, waited=True)
                    await self._again(stored, waiting, at, EventKind.THROTTLED)
                    return
                batch, token = unsent[: permit.calls], secrets.token_hex(8)
                try:
                    claimed = await self._claim(stored, work, batch, token)
                except ConflictError:
                    stored = await self.orders.load(work.item)
                    continue
                except TransientError as error:
                    await self._claim_again(work, token, batch, error)
                    return
                answers = await self.calls(claimed, batch, permit)
                others_at = (permit.again_at or self.times.now()) if len(unsent) > len(batch) else None
                pairs = list(zip(batch, answers, strict=True))
                await self._settle(claimed, work, _Answered(pairs, others_at))
                return
            # still contended: the process that wrote last goes on with it, and the agenda looks again
        finally:
            if permit is not None:
                await self.calls.permits.give_back(permit)

    async def _look(self, work: SendWork) -> StoredShipment | None:
        """Return the row: as the message holds it, or read, when a limit applies and the message is not new.

        A claim refuses work that was done already. A permit does not, so the row is read before one is taken.
        """
        stored = work.stored
        if stored is not None and self._may_be_noted(stored):
            stored = None
        if stored is not None and self.calls.permits.counts_calls:
            is_young = self.times.now() - stored.state.changed_at < FIRST_VISITS[0]
            stored = stored if is_young else None
        return stored or await self.orders.load(work.item)

    def _may_be_noted(self, stored: StoredShipment) -> bool:
        """Whether a message may have been accepted since its row was copied, with no change of the ETag."""
        if self.calls.recognises_repeats:
            return self.calls.claim_time(stored) is not None
        return self.calls.channel in stored.state.claims

    def _sendable(self, stored: StoredShipment, work: SendWork) -> Sequence[Notification]:
        """Return what is to be sent now; messages that may have been sent already come last."""
        state, now = stored.state, self.times.now()
        waits_until = state.waits.get(self.calls.channel)
        if (
            state.status is not OrderStatus.PROCESSED
            or now >= expires_at(stored.order, self.calls.channel, self.times.window)  # the agenda closes it
            or (waits_until is not None and now < waits_until - _EARLY)  # another copy is scheduled
        ):
            return ()
        in_doubt = self._in_doubt(stored, work)
        return sorted(state.unsent(self.calls.channel), key=lambda n: in_doubt.get(n.slot, 0))

    async def _waits(self, stored: StoredShipment, work: SendWork) -> bool:
        """Schedule a copy if the window is closed or another process has a claim; return whether it waits."""
        now, real_now = self.times.now(), self.times.real_now()
        obeys = self.calls.channel is Channel.SMS and obeys_window(stored.order)
        if obeys and not self.times.window.is_open(now):
            HELD.put()
            leaves_at = may_leave_at(stored.order, work.item, self.times.window, now)
            await self._again(stored, work, leaves_at, EventKind.HELD)
            return True
        claim = stored.state.claims.get(self.calls.channel)
        if claim is not None and real_now < claim.until:
            at = now + (claim.until - real_now) + timedelta(seconds=1)
            await self.work_queues.send_copy(self.calls.channel, replace(work, stored=None), at)
            return True
        return False

    def _in_doubt(self, stored: StoredShipment, work: SendWork) -> dict[int, int]:
        """Return by slot how many calls for a message had no answer."""
        claim = stored.state.claims.get(self.calls.channel)
        if claim is None:
            return {}
        not_made = work.not_made.get(claim.token, ())
        return {slot: left for slot, count in claim.calls.items() if (left := count - (slot in not_made))}

    async def _leave_to_reports(
        self, stored: StoredShipment, tried_enough: Sequence[Notification]
    ) -> StoredShipment | None:
        """Return the row after marking these as not to be sent again; None when that could not be stored."""
        outcome = doubt(self.calls.channel, self.times.now())
        saved = await self.record(stored, dict.fromkeys((n.slot for n in tried_enough), outcome))
        return None if saved is stored else saved

    async def _claim(
        self, stored: StoredShipment, work: SendWork, batch: Sequence[Notification], token: str
    ) -> StoredShipment:
        """Return the row with our claim, where one is needed.

        ConflictError: another process was faster. TransientError: the row may have the claim or not.
        """
        lasts, now = self.calls.claim_time(stored), self.times.real_now()
        if lasts is None:
            return stored
        current = stored.state.claims.get(self.calls.channel)
        attempt, calls = 1 if current is None else current.attempt + 1, self._in_doubt(stored, work)
        if not self.calls.recognises_repeats:
            calls |= {n.slot: calls.get(n.slot, 0) + 1 for n in batch}
        claim = Claim(token, attempt, now + lasts, now, calls)
        begins = call_begins(self.calls.channel, batch, self.times.now())
        state = stored.state.with_claim(self.calls.channel, claim).noting(begins)
        return (await self.orders.save(stored, state)).stored

    async def _claim_again(
        self, work: SendWork, token: str, batch: Sequence[Notification], error: TransientError
    ) -> None:
        """Schedule a copy that knows: if the row has this claim, no call was made under it."""
        _log.warning("nothing of %s was sent, it could not be claimed: %s", work.item, error)
        at = self.times.now() + retry_after_attempt(work.attempt)
        not_made = _not_made(work, token, batch)
        copy = replace(work, attempt=work.attempt + 1, stored=None, not_made=not_made)
        await self.work_queues.send_copy(self.calls.channel, copy, at)

    async def _settle(self, stored: StoredShipment, work: SendWork, answered: _Answered) -> None:
        """Record what the answers settle, then schedule a copy for the rest."""
        now = self.times.now()
        outcomes = {
            notification.slot: outcome
            for notification, answer in answered.answers
            if (outcome := settled(self.calls.channel, answer, now)) is not None
        }
        answers = [answer for _, answer in answered.answers]
        count_sent(self.calls.channel, stored, answers, now, self.times.window)
        claim = stored.state.claims.get(self.calls.channel)
        if answered.others_at is None and await self.orders.acceptances.note(
            stored, outcomes, self.times.real_now()
        ):
            return  # the report writes the row
        events = call_events(self.calls.channel, answered.answers, now, was_claimed=claim is not None)
        saved = await self.record(
            stored,
            outcomes,
            end_claim=None if claim is None else self.calls.channel,
            leaving=None if claim is None else self._leaving(claim, answered),
            meet=partial(self.calls.meet, stored),
            events=events,
        )
        waits, failed = self._times(work, answered, now)
        if waits:
            at = self.calls.permits.return_at(max(waits), failed=failed)
            attempt = work.attempt + int(failed)
            copy = replace(work, attempt=attempt, stored=None, waited=not failed, not_made={})
            if claim is not None and saved is stored:  # the row counts them still
                not_sent = [n for n, answer in answered.answers if answer.status is SendStatus.NOT_SENT]
                copy = replace(copy, not_made=_not_made(work, claim.token, not_sent))
            why = EventKind.PUT_OFF if failed else EventKind.THROTTLED
            await self._again(saved, copy, at, why, after=events if saved is stored else ())

    def _leaving(self, claim: Claim, answered: _Answered) -> Claim | None:
        """Return the claim that replaces ours: it keeps the count of calls whose answers are missing.

        It lasts as before if answers of this batch are missing; otherwise any process may take it over now.
        """
        if self.calls.recognises_repeats:
            return None
        calls, in_doubt = dict(claim.calls), False
        for notification, answer in answered.answers:
            match answer.status:
                case SendStatus.IN_DOUBT:
                    in_doubt = True
                case SendStatus.NOT_SENT:
                    calls[notification.slot] -= 1
                case _:
                    del calls[notification.slot]
        calls = {slot: count for slot, count in calls.items() if count}
        until = claim.until if in_doubt else self.times.real_now()
        return replace(claim, until=until, calls=calls) if calls else None

    def _times(self, work: SendWork, answered: _Answered, now: datetime) -> tuple[list[datetime], bool]:
        """Return when the messages that are left may be sent, and whether any of them failed by itself."""
        times = [] if answered.others_at is None else [answered.others_at]
        failed = False
        for _, answer in answered.answers:
            if answer.is_answer:
                continue
            pause = retry_after_attempt(work.attempt)
            if answer.status is SendStatus.IN_DOUBT and not self.calls.recognises_repeats:
                pause = max(pause, _DOUBT_PAUSE)
            if answer.retry_after is not None:
                pause = timedelta(seconds=min(answer.retry_after, LONGEST_PAUSE_SECONDS))
            else:
                failed = True
            times.append(now + pause)
        return times, failed

    async def _again(
        self,
        stored: StoredShipment,
        work: SendWork,
        at: datetime,
        why: EventKind,
        *,
        after: Sequence[Event] = (),
    ) -> None:
        """Schedule a copy and note in the row until when it waits; do nothing if it would come too late.

        `after` are events that no write has stored yet.
        """
        if at >= expires_at(stored.order, self.calls.channel, self.times.window):
            return
        await self.work_queues.send_copy(self.calls.channel, replace(work, stored=None), at)
        if at > (now := self.times.now()):
            events = [*after, Event(why, now, self.calls.channel, at)]
            await self.record(stored, {}, wait=(self.calls.channel, at), events=events)


def _not_made(work: SendWork, token: str, batch: Sequence[Notification]) -> Mapping[str, Sequence[int]]:
    """Return what work knows of calls that were not made, with these under a claim of this token."""
    return dict([*work.not_made.items(), (token, [n.slot for n in batch])][-_CLAIMS_KEPT:])
