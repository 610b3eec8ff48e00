"""Sends one SMS or e-mail while its caller waits: stored first, called once, never late.

The order row is inserted with the claim to call the provider, so a repeat of the request finds it whatever
happens next. What was definitely not sent is withdrawn: the caller is told so and may try again under the
same id. What may have been sent is accepted and never sent again.
"""

import asyncio
import logging
import secrets
from datetime import timedelta

from shared.clock import Clock
from shared.domain import instant
from shared.domain.instant import InstantStage
from shared.domain.notification import EmailResult, Outcome, SmsResult
from shared.domain.order import ChainRequest, Channel, OrderRequest
from shared.domain.send_window import SendWindow
from shared.domain.shipment import FIRST_VISITS, Claim, closes_at, expires_at
from shared.domain.slots import Permit
from shared.errors import ConflictError, TransientError, UnavailableError
from shared.ids import IdMaker, ItemId
from shared.ports import (
    EmailOperationStatus,
    EmailProvider,
    EmailSendStatus,
    OutgoingEmail,
    SmsGateway,
    SmsSubmitStatus,
)
from shared.services.compose_sms import compose_sms
from shared.services.meet_reports import meet_reports
from shared.services.pace_provider import PaceProvider
from shared.services.place_order import GIVE_UP, Receipt
from shared.services.record_outcomes import RecordOutcomes
from shared.storage.agenda import Agenda, AgendaEntry
from shared.storage.by_reference import ReferenceIndex
from shared.storage.order_rows import NewOrder, StoredOrder
from shared.storage.orders import OrderTable, StoredReceipt
from shared.storage.references import GatewayReferences

EMAIL_CALL = timedelta(seconds=45)  # one send and, when its answer is lost, one question after it
START_WITHIN = timedelta(seconds=10)  # storage that takes longer leaves too little of the claim
RECORD_TIME = timedelta(seconds=10)  # for writing down what the call came to
DUPLICATE_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.75, 1.0, 1.25, 1.25)  # seconds, 5 in all
_WITHDRAW_PAUSES = (0.05, 0.2, 0.8)
_log = logging.getLogger(__name__)


class SendInstant:
    """The use case behind the instant endpoints."""

    def __init__(
        self,
        *,
        orders: OrderTable,
        agenda: Agenda,
        index: ReferenceIndex,
        references: GatewayReferences,
        gateway: SmsGateway,
        provider: EmailProvider,
        sms_pace: PaceProvider,
        email_pace: PaceProvider,
        record: RecordOutcomes,
        ids: IdMaker,
        clock: Clock,
        real_time: Clock,
        window: SendWindow,
        sms_call: timedelta,
    ) -> None:
        self._orders = orders
        self._agenda = agenda
        self._index = index
        self._references = references
        self._gateway = gateway
        self._provider = provider
        self._paces = {Channel.SMS: sms_pace, Channel.EMAIL: email_pace}
        self._record = record
        self._ids = ids
        self._clock = clock
        self._real_time = real_time
        self._window = window
        self._sms_call = sms_call

    async def __call__(self, creator: str, request: ChainRequest) -> Receipt:
        """Send the message, or find the one sent before under the same idempotency id.

        UnavailableError: not sent, the provider cannot take more now, or an earlier request with the id is
        still sending; to be repeated.
        """
        assert request.idempotency_id is not None  # instant requests always have one
        chain, digest = self._ids.chain(request.main.type, creator, request.idempotency_id)
        new, entry = self._plan(creator, chain.of_shipment(1), request.main, digest)
        pace = self._paces[instant.channel_of(request.main)]
        permit, *_ = await asyncio.gather(
            pace(1, waited=True),  # whoever waits for the answer goes before those who wait in the queue
            self._agenda.add([entry]),
            self._index.add(creator, [new]),
        )
        waited = self._real_time.now().timestamp() - entry.written_at
        if waited > GIVE_UP.total_seconds():
            raise UnavailableError("storage is too slow, the message was not sent")
        try:
            (etag,) = await self._orders.insert([new])
        except ConflictError:
            claimed = await self._claim_withdrawn(chain, new)
            if isinstance(claimed, StoredReceipt):
                await self._forget(entry)
                return _receipt(chain, claimed.references, created=False)
            etag = claimed
        stored = StoredOrder(new.item, creator, new.created_at, new.order, new.state, etag)
        outcome = await self._send(stored, permit)
        if outcome is None:
            if await self._withdraw(stored, digest):
                await self._forget(entry)
            raise UnavailableError("the provider did not take an instant message")
        await self._keep(stored, outcome)
        return _receipt(chain, new.references, created=True)

    def _plan(
        self, creator: str, item: ItemId, order: OrderRequest, digest: str
    ) -> tuple[NewOrder, AgendaEntry]:
        now, real_now = self._clock.now(), self._real_time.now()
        call = self._sms_call if instant.channel_of(order) is Channel.SMS else EMAIL_CALL
        claim = Claim(secrets.token_hex(8), 1, real_now + START_WITHIN + call + RECORD_TIME, real_now)
        key = self._agenda.key_for(order, item, now + FIRST_VISITS[0], under_way=True)
        state = instant.claimed(order, key, claim, now)
        references = (order.senders_reference,)
        new = NewOrder(item, creator, now, order, state, references=references, digest=digest)
        entry = AgendaEntry(key, item, 1, closes_at(order, self._window), real_now.timestamp())
        return new, entry

    async def _claim_withdrawn(self, chain: ItemId, new: NewOrder) -> str | StoredReceipt:
        """Return the row's new ETag when an earlier try was withdrawn, else the receipt that was accepted.

        UnavailableError: the earlier request is still sending after five seconds, or just failed to.
        """
        waited = False
        for pause in DUPLICATE_PAUSES:
            found = await self._orders.load_receipt(chain)
            if found is None or not found.answers(new.creator, new.digest):
                raise UnavailableError("the order could be neither stored nor found")
            stored = found.main
            try:
                match instant.stage_of(stored.order, stored.state, self._real_time.now()):
                    case InstantStage.ACCEPTED:
                        return _noted(found, new)
                    case InstantStage.ABANDONED:
                        doubtful = instant.in_doubt(stored.order, stored.state, self._clock.now())
                        await self._orders.save(stored, doubtful)
                        return _noted(found, new)
                    case InstantStage.WITHDRAWN if waited:
                        raise UnavailableError("the provider did not take an instant message")
                    case InstantStage.WITHDRAWN:
                        return await self._orders.rewrite(stored, new)
                    case InstantStage.RUNNING:
                        waited = True
            except ConflictError:
                pass  # somebody else with the same id was faster: look again
            await asyncio.sleep(pause)
        raise UnavailableError("an earlier request with this id is still being sent")

    async def _send(self, stored: StoredOrder, permit: Permit) -> Outcome | None:
        """Call the provider once; None when it definitely has nothing, or wants to be left alone."""
        channel = instant.channel_of(stored.order)
        claim = stored.state.claims[channel]
        if not permit.calls or await self._paces[channel].hold(permit) is not None:
            _log.info("no instant %s now, its provider has enough to do", channel.value)
            return None
        if self._real_time.now() > claim.first_sent_at + START_WITHIN:
            return None
        return await (self._send_sms(stored) if channel is Channel.SMS else self._send_email(stored, claim))

    async def _send_sms(self, stored: StoredOrder) -> Outcome | None:
        template = stored.order.sms
        assert template is not None  # an instant SMS has a text
        left = expires_at(stored.order, Channel.SMS, self._window) - self._clock.now()
        message = compose_sms(template, stored.state.notifications[0].address, left)
        (answer,) = await self._gateway.submit([message])
        now = self._clock.now()
        if answer.retry_after is not None:
            await self._paces[Channel.SMS].pause(answer.retry_after)
        match answer.status:
            case SmsSubmitStatus.ACCEPTED:
                return Outcome(SmsResult.ACCEPTED, now, answer.reference)
            case SmsSubmitStatus.REFUSED:
                return Outcome(SmsResult(answer.result or SmsResult.FAILED), now)
            case SmsSubmitStatus.NOT_SENT:
                return None
            case SmsSubmitStatus.IN_DOUBT:
                return instant.doubt(Channel.SMS, now)

    async def _send_email(self, stored: StoredOrder, claim: Claim) -> Outcome | None:
        template = stored.order.email
        assert template is not None  # an instant e-mail has a text
        operation_id = str(stored.item.of_notification(instant.SLOT))
        email = OutgoingEmail(
            operation_id=operation_id,
            first_sent_at=claim.first_sent_at,
            to=stored.state.notifications[0].address,
            sender=template.from_address,
            subject=template.subject,
            body=template.body,
            content_type=template.content_type,
        )
        answer = await self._provider.send(email)
        match answer.status:
            case EmailSendStatus.ACCEPTED:
                return Outcome(EmailResult.SENDING, self._clock.now(), answer.operation_id)
            case EmailSendStatus.REFUSED:
                return Outcome(EmailResult(answer.result or EmailResult.FAILED), self._clock.now())
            case EmailSendStatus.THROTTLED:
                await self._paces[Channel.EMAIL].pause(answer.retry_after)
                return None
            case EmailSendStatus.NOT_SENT:
                return None
            case EmailSendStatus.IN_DOUBT:
                return await self._ask(operation_id)

    async def _ask(self, operation_id: str) -> Outcome:
        operation = await self._provider.operation(operation_id)
        now = self._clock.now()
        match operation.status:
            case EmailOperationStatus.SUCCEEDED:
                return Outcome(EmailResult.SUCCEEDED, now, operation_id)
            case EmailOperationStatus.FAILED:
                return Outcome(EmailResult(operation.result or EmailResult.FAILED), now)
            case EmailOperationStatus.RUNNING:
                return Outcome(EmailResult.SENDING, now, operation_id)
            case (
                EmailOperationStatus.NOT_FOUND | EmailOperationStatus.THROTTLED | EmailOperationStatus.UNKNOWN
            ):
                return instant.doubt(Channel.EMAIL, now)  # it may still be on its way there

    async def _keep(self, stored: StoredOrder, outcome: Outcome) -> None:
        """Record the outcome; a caller whose message left is told so even when that fails."""
        channel = instant.channel_of(stored.order)
        outcomes = {instant.SLOT: outcome}
        try:
            if channel is Channel.SMS:
                outcomes |= await meet_reports(self._references, self._record, stored, outcomes)
            await self._record(stored, outcomes, release=channel)
        except TransientError as error:
            _log.error("the outcome of %s is in doubt, it could not be recorded: %s", stored.item, error)

    async def _withdraw(self, stored: StoredOrder, digest: str) -> bool:
        """Empty the row of an order that was not sent and return whether that is done.

        If it is not, the order ends as one in doubt, and needs its agenda row for that.
        """
        now = self._clock.now()
        state = instant.withdrawn(stored.state, now)
        empty = NewOrder(
            stored.item,
            stored.creator,
            stored.created_at,
            instant.emptied(stored.order),
            state,
            references=(None,),
            digest=digest,
        )
        for pause in _WITHDRAW_PAUSES:
            try:
                await self._index.note_withdrawn(stored, now)
                await self._orders.rewrite(stored, empty)
            except ConflictError:
                _log.warning("the claim on %s had run out before it was given back", stored.item)
                return False
            except TransientError as error:
                _log.warning("%s is not withdrawn yet: %s", stored.item, error)
                await asyncio.sleep(pause)
            else:
                return True
        return False

    async def _forget(self, entry: AgendaEntry) -> None:
        try:
            await self._agenda.remove(entry.key)
        except TransientError as error:
            _log.info("an agenda row that is not needed stays for its visit: %s", error)


def _noted(found: StoredReceipt, new: NewOrder) -> StoredReceipt:
    """Note a repeat on another channel: it is answered like any repeat, but is probably a mistake."""
    if found.main.order.channel_schema is not new.order.channel_schema:
        _log.warning(
            "the id of an instant %s was used again for another channel, nothing is sent: %s",
            found.main.order.channel_schema.value,
            found.main.item,
        )
    return found


def _receipt(chain: ItemId, references: tuple[str | None, ...], *, created: bool) -> Receipt:
    return Receipt(str(chain), ((str(chain.of_shipment(1)), references[0]),), created)
