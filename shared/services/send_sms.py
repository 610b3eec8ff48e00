"""Sends the SMS of a shipment: the right to call the gateway is a claim on the row, written before the call.

The gateway recognises no repeats, so the claim is what prevents them. A call whose answer was lost is in
doubt: whoever takes over the expired claim sends once more, because a lost message is worse than a double
one, and a third attempt closes it as failed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from shared.clock import Clock
from shared.domain.keywords import sms_text
from shared.domain.notification import Notification, Outcome, SmsResult
from shared.domain.order import Channel, OrderStatus
from shared.domain.send_window import SendWindow
from shared.domain.shipment import Claim, expires_at, obeys_window
from shared.domain.slots import Permit
from shared.errors import ConflictError
from shared.messaging.envelope import SendWork
from shared.ports import OutgoingSms, SmsGateway, SmsSubmitOutcome, SmsSubmitStatus
from shared.services.compose_sms import compose_sms
from shared.services.hand_over import HandOver
from shared.services.meet_reports import meet_reports
from shared.services.pace_provider import PaceProvider
from shared.services.record_outcomes import RecordOutcomes
from shared.services.release_delay import ReleaseDelay
from shared.services.retry_schedule import MAX_ATTEMPTS, retry_after_attempt
from shared.storage.order_rows import StoredOrder
from shared.storage.orders import OrderTable
from shared.storage.references import GatewayReferences

RECORD_TIME = timedelta(seconds=20)  # beyond the call's own deadline, for writing down its result
MESSAGES_PER_CALL = 100  # what the gateway takes at a time
_MAX_CALLS_IN_DOUBT = 2


class SendSms:
    """Carries out one message of the SMS queue."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        references: GatewayReferences,
        gateway: SmsGateway,
        pace: PaceProvider,
        record: RecordOutcomes,
        hand_over: HandOver,
        clock: Clock,
        real_time: Clock,
        window: SendWindow,
        release_delay: ReleaseDelay,
        call_timeout: timedelta,
    ) -> None:
        self._orders = orders
        self._references = references
        self._gateway = gateway
        self._pace = pace
        self._record = record
        self._hand_over = hand_over
        self._clock = clock
        self._real_time = real_time
        self._window = window
        self._release_delay = release_delay
        self._call_timeout = call_timeout

    async def __call__(self, work: SendWork) -> None:
        """Send what is unsent, record the outcomes, schedule a copy for what has to wait."""
        stored = work.stored or await self._orders.load(work.item)
        if stored is None or stored.state.status is not OrderStatus.PROCESSED:
            return
        claim_and_permit = await self._claim(stored, work)
        if claim_and_permit is None:
            return
        claimed, permit = claim_and_permit
        claim = claimed.state.claims[Channel.SMS]
        unsent = claimed.state.unsent(Channel.SMS)
        batch = unsent[: permit.calls]
        left_behind = False
        if claim.in_doubt and claim.attempt > _MAX_CALLS_IN_DOUBT:
            failed = Outcome(SmsResult.FAILED, self._clock.now())
            await self._record(claimed, dict.fromkeys((n.slot for n in batch), failed), release=Channel.SMS)
        else:
            answers = await self._submit(claimed, batch, permit)
            left_behind = await self._settle(claimed, work, list(zip(batch, answers, strict=True)))
        if len(unsent) > len(batch) and not left_behind:
            now = self._clock.now()
            is_full = permit.again_at is not None
            await self._later(replace(work, waited=is_full), (permit.again_at or now) - now)

    async def _submit(
        self, stored: StoredOrder, batch: Sequence[Notification], permit: Permit
    ) -> Sequence[SmsSubmitOutcome]:
        held = await self._pace.hold(permit, len(batch))
        if held is not None:
            outcome = SmsSubmitOutcome(SmsSubmitStatus.NOT_SENT, retry_after=held.total_seconds())
            return [outcome] * len(batch)
        answers = await self._gateway.submit([self._message(stored, n) for n in batch])
        asked = [answer.retry_after for answer in answers if answer.retry_after is not None]
        if asked:
            await self._pace.pause(max(asked))
        return answers

    def _message(self, stored: StoredOrder, notification: Notification) -> OutgoingSms:
        template = stored.order.sms
        assert template is not None  # placement refuses SMS without a text
        text = sms_text(stored.order, notification.recipient, stored.state.names)
        left = expires_at(stored.order, Channel.SMS, self._window) - self._clock.now()
        return compose_sms(replace(template, body=text), notification.address, left)

    async def _claim(self, stored: StoredOrder, work: SendWork) -> tuple[StoredOrder, Permit] | None:
        """Return the row with our claim and how many may be sent; None when there is nothing to send now."""
        permit: Permit | None = None
        for _ in range(3):
            state = stored.state
            now, real_now = self._clock.now(), self._real_time.now()
            if state.status is not OrderStatus.PROCESSED or not state.unsent(Channel.SMS):
                return None
            if now >= expires_at(stored.order, Channel.SMS, self._window):
                return None  # the agenda closes it
            if obeys_window(stored.order) and not self._window.is_open(now):
                opening = self._window.next_opening(now) + self._release_delay(work.item)
                await self._later(work, opening - now)
                return None
            current = state.claims.get(Channel.SMS)
            if current is not None and real_now < current.until:
                await self._later(work, current.until - real_now + timedelta(seconds=1))
                return None
            if permit is None:  # last, because it takes slots
                wanted = min(len(state.unsent(Channel.SMS)), MESSAGES_PER_CALL)
                permit = await self._pace(wanted, waited=work.waited)
            if permit.again_at is not None and not permit.calls:
                await self._later(replace(work, waited=True), permit.again_at - now)
                return None
            try:
                claim = self._next_claim(current)
                saved = await self._orders.save(stored, state.with_claim(Channel.SMS, claim))
                return saved.stored, permit
            except ConflictError:
                reloaded = await self._orders.load(work.item)
                if reloaded is None:
                    return None
                stored = reloaded
        return None  # contended: whoever wrote last carries on, and the agenda looks again

    def _next_claim(self, current: Claim | None) -> Claim:
        now = self._real_time.now()
        until = now + self._call_timeout + RECORD_TIME
        if current is None:
            return Claim(secrets.token_hex(8), 1, until, now)
        # an expired claim was never given back: its call may have been carried out
        return Claim(secrets.token_hex(8), current.attempt + 1, until, now, in_doubt=True)

    async def _settle(
        self,
        stored: StoredOrder,
        work: SendWork,
        answers: Sequence[tuple[Notification, SmsSubmitOutcome]],
    ) -> bool:
        """Record what the answers settle; return whether a copy was left for the rest."""
        now = self._clock.now()
        outcomes: dict[int, Outcome] = {}
        not_sent: list[SmsSubmitOutcome] = []
        in_doubt = False
        for notification, answer in answers:
            match answer.status:
                case SmsSubmitStatus.ACCEPTED:
                    outcomes[notification.slot] = Outcome(SmsResult.ACCEPTED, now, answer.reference)
                case SmsSubmitStatus.REFUSED:
                    outcomes[notification.slot] = Outcome(SmsResult(answer.result or SmsResult.FAILED), now)
                case SmsSubmitStatus.NOT_SENT if work.attempt >= MAX_ATTEMPTS and answer.retry_after is None:
                    outcomes[notification.slot] = Outcome(SmsResult.FAILED, now)
                case SmsSubmitStatus.NOT_SENT:
                    not_sent.append(answer)
                case SmsSubmitStatus.IN_DOUBT:
                    in_doubt = True
        # a claim in doubt is kept: who takes it over after its time knows that a call was made. What has not
        # been sent since an earlier call in doubt is still in doubt
        claim = stored.state.claims[Channel.SMS]
        is_still_in_doubt = claim.in_doubt and bool(not_sent)
        leaving = _given_back(claim, self._real_time.now()) if is_still_in_doubt else None
        saved = await self._record(
            stored,
            outcomes,
            release=None if in_doubt else Channel.SMS,
            leaving=leaving,
            meet=partial(meet_reports, self._references, self._record, stored),
        )
        if in_doubt:
            await self._later(work, self._call_timeout + RECORD_TIME)
        elif not_sent:
            asked = [answer.retry_after for answer in not_sent if answer.retry_after is not None]
            delay = timedelta(seconds=max(asked)) if asked else retry_after_attempt(work.attempt)
            attempt = work.attempt if asked else work.attempt + 1
            copy = SendWork(work.item, attempt, saved, waited=bool(asked))
            await self._hand_over.send_copy(Channel.SMS, copy, self._pace.return_at(now + delay))
        return in_doubt or bool(not_sent)

    async def _later(self, work: SendWork, delay: timedelta) -> None:
        copy = replace(work, stored=None)
        await self._hand_over.send_copy(Channel.SMS, copy, self._clock.now() + delay)


def _given_back(claim: Claim, now: datetime) -> Claim:
    """Return what is left of a claim under which no call was made: the calls before it may have been."""
    return replace(claim, attempt=claim.attempt - 1, until=now)
