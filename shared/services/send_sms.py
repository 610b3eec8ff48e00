"""Sends the SMS of a shipment: the right to call the gateway is a claim on the row, written before the call.

The gateway recognises no repeats, so the claim is what prevents them. It counts for every message the calls
that nobody knows the answer of. Whoever takes over an expired claim sends such a message once more, because a
lost message is worse than a double one; after two calls it is closed as failed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared.clock import Clock
from shared.domain.keywords import sms_text
from shared.domain.notification import Notification, Outcome, SmsResult
from shared.domain.order import Channel, OrderStatus
from shared.domain.send_window import SendWindow
from shared.domain.shipment import Claim, ShipmentState, expires_at, obeys_window
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
        unsent = claimed.state.unsent(Channel.SMS)
        batch = unsent[: permit.calls]
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
        for _ in range(4):
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
            if current is not None and (given_up := _called_too_often(state, current)):
                closed = await self._give_up(stored, given_up)
                if closed is None:
                    return None  # it is queued as news, and the agenda looks again
                stored = closed
                continue
            unsent = state.unsent(Channel.SMS)
            if permit is None:  # last, because it takes slots
                wanted = min(len(unsent), MESSAGES_PER_CALL)
                permit = await self._pace(wanted, waited=work.waited)
            if permit.again_at is not None and not permit.calls:
                await self._later(replace(work, waited=True), permit.again_at - now)
                return None
            try:
                claim = self._next_claim(current, unsent[: permit.calls])
                saved = await self._orders.save(stored, state.with_claim(Channel.SMS, claim))
                return saved.stored, permit
            except ConflictError:
                reloaded = await self._orders.load(work.item)
                if reloaded is None:
                    return None
                stored = reloaded
        return None  # contended: whoever wrote last carries on, and the agenda looks again

    async def _give_up(self, stored: StoredOrder, given_up: Sequence[Notification]) -> StoredOrder | None:
        """Return the row with these messages closed as failed; None when that could not be stored now."""
        failed = Outcome(SmsResult.FAILED, self._clock.now())
        closed = await self._record(stored, dict.fromkeys((n.slot for n in given_up), failed))
        return None if closed is stored else closed

    def _next_claim(self, current: Claim | None, batch: Sequence[Notification]) -> Claim:
        now = self._real_time.now()
        attempt, calls = (1, {}) if current is None else (current.attempt + 1, dict(current.calls))
        for notification in batch:
            calls[notification.slot] = calls.get(notification.slot, 0) + 1
        return Claim(secrets.token_hex(8), attempt, now + self._call_timeout + RECORD_TIME, now, calls)

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
        claim = stored.state.claims[Channel.SMS]
        calls = dict(claim.calls)
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
                    calls[notification.slot] -= 1
                case SmsSubmitStatus.IN_DOUBT:
                    in_doubt = True
        # with unknown calls a claim stays, until its time if the last one is of them: who takes it over knows
        # which messages may have gone out
        unknown = {slot: count for slot, count in calls.items() if count and slot not in outcomes}
        until = claim.until if in_doubt else self._real_time.now()
        saved = await self._record(
            stored,
            outcomes,
            release=Channel.SMS,
            leaving=replace(claim, until=until, calls=unknown) if unknown else None,
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


def _called_too_often(state: ShipmentState, claim: Claim) -> list[Notification]:
    """Return the unsent messages that must not be sent again: both calls may have been carried out."""
    return [n for n in state.unsent(Channel.SMS) if claim.calls.get(n.slot, 0) >= _MAX_CALLS_IN_DOUBT]
