"""What is special about sending e-mail: the provider recognises a repeat.

It does so by operation id and first-sent time, which are the same on every copy of the work that is younger
than four minutes. So such a copy needs no claim. An older one claims the row, asks the provider what became
of the earlier call, and sends only what the provider never saw.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from shared.domain.orders.notification import EmailResult, Notification, Outcome
from shared.domain.orders.order import Channel, OrderType
from shared.domain.sending.provider_limits import Permit
from shared.domain.texts.email_size import room_for_files
from shared.domain.texts.keywords import email_texts, has_long_email
from shared.ports.email import (
    AttachmentProblem,
    AttachmentSource,
    EmailOperationStatus,
    EmailProvider,
    FilesPutOff,
    OutgoingEmail,
)
from shared.ports.sending import SendOutcome, SendStatus
from shared.records.shipment_rows import StoredShipment
from shared.runtime.clock import Clock
from shared.runtime.errors import TransientError
from shared.runtime.fair_shares import FairShares
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.recipient_index import EmailIndex

YOUNG = timedelta(minutes=4)  # the provider recognises a repeat for five
STARTING = timedelta(seconds=30)  # for all e-mails of a batch to be begun
FETCH = timedelta(seconds=40)  # what files add: the wait for a place, and fetching them
_PARALLEL = 32
# Places for rows with long texts: one owner has two at most, all owners three, and the others come again. An
# e-mail under way takes some 40 bytes for each character. Each of its steps takes milliseconds, in which all
# other work waits.
LONG_AT_ONCE = 4
_log = logging.getLogger(__name__)
_WITHOUT_FILES = {
    AttachmentProblem.UNAVAILABLE: SendOutcome(SendStatus.NOT_SENT),
    AttachmentProblem.LINK_INVALID: SendOutcome(
        SendStatus.REFUSED, result=EmailResult.FAILED_INVALID_SAS_URL
    ),
    AttachmentProblem.TOO_LARGE: SendOutcome(SendStatus.REFUSED, result=EmailResult.FAILED_PAYLOAD_TOO_LARGE),
}


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for the e-mails of one batch; every call starts by `last_start`."""

    permit: Permit
    first_sent_at: datetime
    last_start: datetime
    ask_first: bool  # whether the provider may have seen these e-mails already


@dataclass(slots=True, kw_only=True)
class EmailCalls:
    """`Calls` to the e-mail provider, one for each message."""

    channel = Channel.EMAIL
    most = 200  # as many as a row holds
    call_time = timedelta(seconds=45)  # one send and, when its answer is lost, one question after it
    recognises_repeats = True

    email_provider: EmailProvider
    attachments: AttachmentSource
    permits: PermitCalls
    real_time: Clock
    email_index: EmailIndex | None = None  # for support, if a setting turns that on
    _long: FairShares = field(init=False, default_factory=lambda: FairShares(LONG_AT_ONCE, monotonic))
    _calls: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(_PARALLEL))

    def claim_time(self, stored: StoredShipment) -> timedelta | None:
        """Return how long a claim lasts; None while every call is recognised as a repeat of the first."""
        sent_at, email = stored.state.forwarded_at, stored.order.email
        is_young = sent_at is not None and self.real_time.now() - sent_at <= YOUNG
        if is_young and Channel.EMAIL not in stored.state.claims:
            return None
        has_files = email is not None and bool(email.attachments)
        return STARTING + self.call_time + (FETCH if has_files else timedelta(0))

    async def __call__(
        self, stored: StoredShipment, batch: Sequence[Notification], permit: Permit
    ) -> Sequence[SendOutcome]:
        """Send these e-mails side by side, as far as the permission goes; long ones one after the other."""
        await self._note_addresses(stored, batch)
        terms = self._terms(stored, permit)
        if stored.order.type is OrderType.INSTANT or not has_long_email(stored.order):
            return await asyncio.gather(*(self._send(stored, notification, terms) for notification in batch))
        with self._long.held(stored.creator, "") as is_held:
            if is_held:
                return [await self._send(stored, notification, terms) for notification in batch]
        put_off = SendOutcome(SendStatus.NOT_SENT, retry_after=self._long.pause(stored.creator))
        return [put_off] * len(batch)

    async def meet(self, stored: StoredShipment, outcomes: Mapping[int, Outcome]) -> Mapping[int, Outcome]:
        """Return nothing: reports name the notification itself, so none has to wait for a reference."""
        return {}

    async def _note_addresses(self, stored: StoredShipment, batch: Sequence[Notification]) -> None:
        """Let support find these e-mails by their addresses; they are sent also if that fails."""
        if self.email_index is None:
            return
        try:
            await self.email_index.add(stored, [notification.address for notification in batch])
        except TransientError as error:
            _log.warning("support cannot find %s by e-mail address: %s", stored.item, error)

    def _terms(self, stored: StoredShipment, permit: Permit) -> _Terms:
        claim = stored.state.claims.get(Channel.EMAIL)
        if claim is not None:
            ask_first = stored.order.type is not OrderType.INSTANT  # only its own request sends that, once
            return _Terms(permit, claim.first_sent_at, claim.until - self.call_time, ask_first)
        first_sent_at = stored.state.forwarded_at or self.real_time.now()
        return _Terms(permit, first_sent_at, first_sent_at + YOUNG, ask_first=False)

    async def _send(self, stored: StoredShipment, notification: Notification, terms: _Terms) -> SendOutcome:
        template = stored.order.email
        if template is None:
            return SendOutcome(SendStatus.REFUSED, result=EmailResult.FAILED)
        operation_id = str(stored.item.of_notification(notification.slot))
        if terms.ask_first:
            async with self._calls:
                known = await self._known(operation_id)
            if known is not None:
                await self.permits.note(terms.permit, known)
                return known
        subject, body = email_texts(stored.order, notification.recipient, stored.state.names)
        room = room_for_files(subject, body) if template.attachments else 0
        async with self.attachments.fetched(
            template.attachments, owner=stored.creator, max_bytes=room
        ) as files:
            if isinstance(files, FilesPutOff):
                return SendOutcome(SendStatus.NOT_SENT, retry_after=files.seconds)
            if isinstance(files, AttachmentProblem):
                return _WITHOUT_FILES[files]
            email = OutgoingEmail(
                operation_id=operation_id,
                first_sent_at=terms.first_sent_at,
                to=notification.address,
                sender=template.from_address,
                subject=subject,
                body=body,
                content_type=template.content_type,
                attachments=files,
            )
            return await self._call(email, terms)

    async def _call(self, email: OutgoingEmail, terms: _Terms) -> SendOutcome:
        async with self._calls:
            permit = await self.permits.renewed(terms.permit, 1)
            if not permit.calls:
                return self.permits.not_called(permit)
            if self.real_time.now() > terms.last_start:
                await self.permits.give_back(permit)
                return SendOutcome(SendStatus.NOT_SENT)  # too late for this claim
            outcome = await self.email_provider.send(email)
            if outcome.status is SendStatus.IN_DOUBT or (
                # a provider may refuse a repeat as such: then what it knows of the operation decides
                outcome.status is SendStatus.REFUSED and terms.ask_first
            ):
                outcome = await self._known(email.operation_id) or outcome
        await self.permits.note(permit, outcome)
        return outcome

    async def _known(self, operation_id: str) -> SendOutcome | None:
        """Return the outcome of an operation, in doubt without a clear answer; None if it was never seen."""
        operation = await self.email_provider.operation(operation_id)
        match operation.status:
            case EmailOperationStatus.RUNNING:
                return SendOutcome(SendStatus.ACCEPTED, operation_id)
            case EmailOperationStatus.SUCCEEDED:
                return SendOutcome(SendStatus.ACCEPTED, operation_id, EmailResult.SUCCEEDED)
            case EmailOperationStatus.FAILED:
                return SendOutcome(SendStatus.REFUSED, result=operation.result)
            case EmailOperationStatus.NOT_FOUND:
                return None
            case EmailOperationStatus.THROTTLED | EmailOperationStatus.UNKNOWN:
                return SendOutcome(
                    SendStatus.IN_DOUBT,
                    retry_after=operation.retry_after,
                    wrong_settings=operation.wrong_settings,
                )
