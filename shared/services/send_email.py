"""Sends the e-mails of a shipment: one reaches the recipient, because the provider recognises a repeat.

Operation id and first-sent time are the same on every copy of the work younger than four minutes, so such a
copy needs no claim. An older one claims the row, asks the provider what became of the earlier call, and sends
only what the provider never saw.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.email_size import room_for_files
from shared.domain.keywords import email_texts
from shared.domain.notification import EmailResult, Notification, Outcome
from shared.domain.order import Channel, OrderRequest, OrderStatus
from shared.domain.send_window import SendWindow
from shared.domain.shipment import Claim, expires_at
from shared.domain.slots import Permit
from shared.errors import ConflictError
from shared.messaging.envelope import SendWork
from shared.ports import (
    AttachmentProblem,
    AttachmentSource,
    EmailOperation,
    EmailOperationStatus,
    EmailProvider,
    EmailSendOutcome,
    EmailSendStatus,
    OutgoingEmail,
)
from shared.services.hand_over import HandOver
from shared.services.pace_provider import PaceProvider
from shared.services.record_outcomes import RecordOutcomes
from shared.services.retry_schedule import MAX_ATTEMPTS, retry_after_attempt
from shared.storage.order_rows import StoredOrder
from shared.storage.orders import OrderTable

YOUNG = timedelta(minutes=4)  # the provider recognises a repeat for five
CLAIM = timedelta(seconds=60)  # a call and the write of its result fit in with room to spare
CALL = timedelta(seconds=25)  # the provider's own deadline, and a little
FETCH = timedelta(seconds=40)  # what files add: waiting for their turn and fetching them
BUSY_SECONDS = 10.0
_PARALLEL = 32


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one message of the queue may do: calls permitted, all of them started by `last_start`."""

    permit: Permit
    first_sent_at: datetime
    last_start: datetime
    ask_first: bool  # whether the provider may have seen these e-mails already


class SendEmail:
    """Carries out one message of the e-mail queue."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        provider: EmailProvider,
        attachments: AttachmentSource,
        pace: PaceProvider,
        record: RecordOutcomes,
        hand_over: HandOver,
        clock: Clock,
        real_time: Clock,
        window: SendWindow,
    ) -> None:
        self._orders = orders
        self._provider = provider
        self._attachments = attachments
        self._pace = pace
        self._record = record
        self._hand_over = hand_over
        self._clock = clock
        self._real_time = real_time
        self._window = window
        self._calls = asyncio.Semaphore(_PARALLEL)

    async def __call__(self, work: SendWork) -> None:
        """Send what is unsent, record the outcomes, schedule a copy for what has to wait."""
        stored = work.stored or await self._orders.load(work.item)
        if stored is None or stored.state.status is not OrderStatus.PROCESSED:
            return
        if self._clock.now() >= expires_at(stored.order, Channel.EMAIL, self._window):
            return  # the agenda closes it
        wanted = len(stored.state.unsent(Channel.EMAIL))
        if not wanted:
            return
        permit = await self._pace(wanted, waited=work.waited)
        if permit.again_at is not None and not permit.calls:
            copy = SendWork(work.item, work.attempt, stored, waited=True)
            await self._hand_over.send_copy(Channel.EMAIL, copy, permit.again_at)
            return
        first_sent_at = stored.state.forwarded_at
        ask_first = False
        if (
            first_sent_at is None
            or self._real_time.now() - first_sent_at > YOUNG
            or Channel.EMAIL in stored.state.claims
        ):
            claimed = await self._claim(stored, work)
            if claimed is None:
                return
            stored = claimed
            first_sent_at = stored.state.claims[Channel.EMAIL].first_sent_at
            ask_first = True
        last_start = first_sent_at + (_claim_time(stored.order) - CALL if ask_first else YOUNG)
        unsent = stored.state.unsent(Channel.EMAIL)
        turn = _Turn(permit, first_sent_at, last_start, ask_first=ask_first)
        outcomes = await asyncio.gather(*(self._send(stored, n, turn) for n in unsent[: permit.calls]))
        answers = dict(zip(unsent, outcomes, strict=False))
        if permit.again_at is not None:
            wait = (permit.again_at - self._clock.now()).total_seconds()
            rest = EmailSendOutcome(EmailSendStatus.THROTTLED, retry_after=max(0.0, wait))
            answers |= dict.fromkeys(unsent[permit.calls :], rest)
        await self._settle(stored, work, answers)

    async def _claim(self, stored: StoredOrder, work: SendWork) -> StoredOrder | None:
        """Return the row with our claim; None when there is nothing to do, or a copy was left for later."""
        now = self._real_time.now()
        for _ in range(3):
            current = stored.state.claims.get(Channel.EMAIL)
            if stored.state.status is not OrderStatus.PROCESSED or not stored.state.unsent(Channel.EMAIL):
                return None
            if current is not None and now < current.until:
                await self._hand_over.send_copy(
                    Channel.EMAIL,
                    SendWork(work.item, work.attempt, None),
                    self._clock.now() + (current.until - now) + timedelta(seconds=1),
                )
                return None
            attempt = 1 if current is None else current.attempt + 1
            claim = Claim(secrets.token_hex(8), attempt, now + _claim_time(stored.order), now)
            try:
                return (await self._orders.save(stored, stored.state.with_claim(Channel.EMAIL, claim))).stored
            except ConflictError:
                reloaded = await self._orders.load(work.item)
                if reloaded is None:
                    return None
                stored = reloaded
        return None  # contended: whoever wrote last carries on, and the agenda looks again

    async def _send(
        self, stored: StoredOrder, notification: Notification, turn: "_Turn"
    ) -> EmailSendOutcome | EmailOperation:
        template = stored.order.email
        if template is None:
            return EmailSendOutcome(EmailSendStatus.REFUSED, result=EmailResult.FAILED.value)
        operation_id = str(stored.item.of_notification(notification.slot))
        if turn.ask_first:
            async with self._calls:
                operation = await self._provider.operation(operation_id)
            if operation.status is not EmailOperationStatus.NOT_FOUND:
                return operation
        subject, body = email_texts(stored.order, notification.recipient, stored.state.names)
        room = room_for_files(subject, body) if template.attachments else 0
        async with self._attachments.fetched(template.attachments, max_bytes=room) as files:
            if isinstance(files, AttachmentProblem):
                return _without_files(files)
            email = OutgoingEmail(
                operation_id=operation_id,
                first_sent_at=turn.first_sent_at,
                to=notification.address,
                sender=template.from_address,
                subject=subject,
                body=body,
                content_type=template.content_type,
                attachments=files,
            )
            async with self._calls:
                held = await self._pace.hold(turn.permit)
                if held is not None:
                    return EmailSendOutcome(EmailSendStatus.THROTTLED, retry_after=held.total_seconds())
                if self._real_time.now() > turn.last_start:
                    return EmailSendOutcome(EmailSendStatus.NOT_SENT)  # too late for this claim
                outcome = await self._provider.send(email)
        if outcome.status is EmailSendStatus.THROTTLED:
            await self._pace.pause(outcome.retry_after)
        if outcome.status is EmailSendStatus.IN_DOUBT:
            return await self._provider.operation(operation_id)
        if outcome.status is EmailSendStatus.REFUSED and turn.ask_first:
            # a provider may refuse a repeat for being one: what it knows of the operation decides
            operation = await self._provider.operation(operation_id)
            return outcome if operation.status is EmailOperationStatus.NOT_FOUND else operation
        return outcome

    async def _settle(
        self,
        stored: StoredOrder,
        work: SendWork,
        answers: dict[Notification, EmailSendOutcome | EmailOperation],
    ) -> None:
        now = self._clock.now()
        outcomes: dict[int, Outcome] = {}
        waits: list[float | None] = []
        last_try = work.attempt >= MAX_ATTEMPTS
        for notification, answer in answers.items():
            result = _result_of(answer)
            if result is None and last_try and not _is_throttled(answer):
                result = EmailResult.FAILED
            if result is None:
                waits.append(answer.retry_after)
            else:
                outcomes[notification.slot] = Outcome(result, now, _reference_of(answer))
        release = Channel.EMAIL if Channel.EMAIL in stored.state.claims else None
        saved = await self._record(stored, outcomes, release=release)
        if waits:
            throttled = all(
                _is_throttled(answer) for answer in answers.values() if _result_of(answer) is None
            )
            attempt = work.attempt if throttled else work.attempt + 1
            asked = [wait for wait in waits if wait is not None]
            delay = timedelta(seconds=max(asked)) if asked else retry_after_attempt(work.attempt)
            copy = SendWork(work.item, attempt, saved, waited=throttled)
            await self._hand_over.send_copy(Channel.EMAIL, copy, self._pace.return_at(now + delay))


def _claim_time(order: OrderRequest) -> timedelta:
    return CLAIM + FETCH if order.email is not None and order.email.attachments else CLAIM


def _without_files(problem: AttachmentProblem) -> EmailSendOutcome:
    """Return what becomes of an e-mail whose files are not there."""
    match problem:
        case AttachmentProblem.UNAVAILABLE:
            return EmailSendOutcome(EmailSendStatus.NOT_SENT)
        case AttachmentProblem.BUSY:
            return EmailSendOutcome(EmailSendStatus.THROTTLED, retry_after=BUSY_SECONDS)
        case AttachmentProblem.LINK_INVALID:
            return EmailSendOutcome(EmailSendStatus.REFUSED, result=EmailResult.FAILED_INVALID_SAS_URL)
        case AttachmentProblem.TOO_LARGE:
            return EmailSendOutcome(EmailSendStatus.REFUSED, result=EmailResult.FAILED_PAYLOAD_TOO_LARGE)


def _result_of(answer: EmailSendOutcome | EmailOperation) -> EmailResult | None:
    """Return the result an answer settles; None when it settles nothing yet."""
    match answer:
        case EmailSendOutcome(status=EmailSendStatus.ACCEPTED):
            return EmailResult.SENDING
        case EmailSendOutcome(status=EmailSendStatus.REFUSED):
            return EmailResult(answer.result or EmailResult.FAILED)
        case EmailOperation(status=EmailOperationStatus.RUNNING):
            return EmailResult.SENDING
        case EmailOperation(status=EmailOperationStatus.SUCCEEDED):
            return EmailResult.SUCCEEDED
        case EmailOperation(status=EmailOperationStatus.FAILED):
            return EmailResult(answer.result or EmailResult.FAILED)
        case _:
            return None


def _is_throttled(answer: EmailSendOutcome | EmailOperation) -> bool:
    return answer.status in (EmailSendStatus.THROTTLED, EmailOperationStatus.THROTTLED)


def _reference_of(answer: EmailSendOutcome | EmailOperation) -> str | None:
    return answer.operation_id if isinstance(answer, EmailSendOutcome) else None
