"""Sends one SMS or e-mail while its caller waits: stored first, sent once, never late.

The order row is inserted together with the claim to call the provider, so a repeat of the request finds it
whatever happens next. A message that was definitely not sent is withdrawn: the request fails, and may be
repeated under the same id. A message that may have been sent counts as accepted and is never sent again.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.orders import instant_order as instant
from shared.domain.orders.decision import FIRST_VISITS
from shared.domain.orders.ids import IdMaker, ItemId
from shared.domain.orders.instant_order import InstantStage
from shared.domain.orders.lifetime import closes_at
from shared.domain.orders.notification import Outcome
from shared.domain.orders.order import ChainRequest, Channel, OrderRequest
from shared.domain.orders.shipment import Claim
from shared.domain.sending.provider_limits import Permit
from shared.ports.sending import SendStatus
from shared.records.agenda_entry import AgendaEntry
from shared.records.shipment_rows import NewShipment, StoredShipment
from shared.runtime.errors import ConflictError, TransientError, UnavailableError
from shared.services.hops import Hops, follow
from shared.services.measures import ACCEPTED, count_sent
from shared.services.placing.place_order import GIVE_UP, Receipt, receipt_of, repeated_receipt
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.sending.answers import settled
from shared.services.sending.send_messages import Calls
from shared.services.times import Times
from shared.storage.agenda import Agenda
from shared.storage.orders import OrderTable, StoredReceipt
from shared.storage.senders_references import SendersReferences

START_WITHIN = timedelta(seconds=10)  # if storage takes longer, too little of the claim is left
RECORD_TIME = timedelta(seconds=10)  # for recording the outcome of the call
DUPLICATE_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.75, 1.0, 1.25, 1.25)  # seconds, 5 in all
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendInstant:
    """The use case behind the instant endpoints; `withdraw_pauses` are seconds."""

    orders: OrderTable
    agenda: Agenda
    senders_references: SendersReferences
    calls: Mapping[Channel, Calls]
    record: RecordOutcomes
    ids: IdMaker
    times: Times
    hops: Hops
    withdraw_pauses: Sequence[float] = (0.05, 0.2, 0.8)

    async def __call__(self, creator: str, request: ChainRequest) -> Receipt:
        """Send the message, or find the one sent before under the same idempotency id.

        UnavailableError: not sent, because the provider takes no more now, or because an earlier request with
        this id is still being sent. The request may be repeated.
        """
        assert request.idempotency_id is not None  # instant requests always have one
        chain, digest = self.ids.chain(request.main.type, creator, request.idempotency_id)
        follow(chain.of_shipment(1))
        new, entry = self._plan(creator, chain.of_shipment(1), request.main, digest)
        new = replace(new, content=self.ids.content(request.content))
        permits = self.calls[instant.channel_of(request.main)].permits
        permit, *_ = await asyncio.gather(
            permits(1, waited=True),  # whoever waits for the answer goes before those who wait in the queue
            self.agenda.add([entry]),
        )
        try:
            return await self._place(chain, new, entry, permit)
        finally:
            await permits.give_back(permit)

    async def _place(self, chain: ItemId, new: NewShipment, entry: AgendaEntry, permit: Permit) -> Receipt:
        waited = self.times.real_now().timestamp() - entry.written_at
        if waited > GIVE_UP.total_seconds():
            raise UnavailableError("storage is too slow, the message was not sent")
        try:
            (etag,) = await self.orders.insert([new], self.senders_references.inserts([new]))
        except ConflictError:
            claimed = await self._claim_withdrawn(chain, new)
            if isinstance(claimed, StoredReceipt):
                await self.agenda.remove([entry.key])
                return repeated_receipt(chain, claimed, new.content)
            etag = claimed
        stored = new.stored(etag)
        outcome = await self._send(stored, permit)
        if outcome is None:
            if await self._withdraw(stored, new):
                await self.agenda.remove([entry.key])
            raise UnavailableError("the provider did not take an instant message")
        ACCEPTED.put()
        self.hops.passed("accepted and sent")
        await self._keep(stored, outcome)
        return receipt_of(chain, new.references, created=True)

    def _plan(
        self, creator: str, item: ItemId, order: OrderRequest, digest: str
    ) -> tuple[NewShipment, AgendaEntry]:
        now, real_now = self.times.now(), self.times.real_now()
        call = self.calls[instant.channel_of(order)].call_time
        claim = Claim(secrets.token_hex(8), 1, real_now + START_WITHIN + call + RECORD_TIME, real_now)
        key = self.agenda.key_for(order, item, now + FIRST_VISITS[0], under_way=True)
        state = instant.claimed(order, key, claim, now)
        references = (order.senders_reference,)
        new = NewShipment(item, creator, now, order, state, references=references, digest=digest)
        deadline = closes_at(order, self.times.window)
        entry = AgendaEntry(key, item, 1, deadline, real_now.timestamp(), creator)
        return new, entry

    async def _claim_withdrawn(self, chain: ItemId, new: NewShipment) -> str | StoredReceipt:
        """Return the row's new ETag when an earlier try was withdrawn, else the receipt that was accepted.

        UnavailableError: the earlier request is still sending after five seconds, or just failed to.
        """
        waited = False
        for pause in DUPLICATE_PAUSES:
            found = await self.orders.load_receipt(chain)
            if found is None or not found.answers(new.creator, new.digest):
                raise UnavailableError("the order could be neither stored nor found")
            stored = found.main
            try:
                match instant.stage_of(stored.order, stored.state, self.times.real_now()):
                    case InstantStage.ACCEPTED:
                        return _noted(found, new)
                    case InstantStage.ABANDONED:
                        doubtful = instant.in_doubt(stored.order, stored.state, self.times.now())
                        await self.orders.save(stored, doubtful)
                        return _noted(found, new)
                    case InstantStage.WITHDRAWN if waited:
                        raise UnavailableError("the provider did not take an instant message")
                    case InstantStage.WITHDRAWN:
                        return await self.orders.rewrite(stored, new, self.senders_references.inserts([new]))
                    case InstantStage.RUNNING:
                        waited = True
            except ConflictError:
                pass  # another request with this id was faster: look again
            await asyncio.sleep(pause)
        raise UnavailableError("an earlier request with this id is still being sent")

    async def _send(self, stored: StoredShipment, permit: Permit) -> Outcome | None:
        """Call the provider once; return None when the message was definitely not sent."""
        channel = instant.channel_of(stored.order)
        if not permit.calls:
            _log.info("no instant %s is sent now, its provider takes no more", channel.value)
            return None
        if self.times.real_now() > stored.state.claims[channel].first_sent_at + START_WITHIN:
            return None
        (answer,) = await self.calls[channel](stored, stored.state.notifications, permit)
        now = self.times.now()
        count_sent(channel, stored, [answer], now, self.times.window)
        if answer.status is SendStatus.IN_DOUBT:
            return instant.doubt(channel, now)
        return settled(channel, answer, now)

    async def _keep(self, stored: StoredShipment, outcome: Outcome) -> None:
        """Record the outcome; a failure is only logged, since the message was sent."""
        channel = instant.channel_of(stored.order)
        outcomes = {instant.SLOT: outcome}
        try:
            outcomes |= await self.calls[channel].meet(stored, outcomes)
            await self.record(stored, outcomes, end_claim=channel)
        except TransientError as error:
            _log.error("the outcome of %s could not be recorded: %s", stored.item, error)

    async def _withdraw(self, stored: StoredShipment, new: NewShipment) -> bool:
        """Empty the row of an order that was not sent; return whether that worked.

        If it did not, the order ends as one in doubt, and needs its agenda row for that.
        """
        now = self.times.now()
        state, order = instant.withdrawn(stored.state, now), instant.emptied(stored.order)
        empty = replace(new, order=order, state=state, references=(None,))
        for pause in self.withdraw_pauses:
            try:
                await self.senders_references.note_withdrawn(stored, now)
                await self.orders.rewrite(stored, empty)
            except ConflictError:
                _log.warning("the claim on %s had run out before it was given back", stored.item)
                return False
            except TransientError as error:
                _log.warning("%s is not withdrawn yet: %s", stored.item, error)
                await asyncio.sleep(pause)
            else:
                return True
        return False


def _noted(found: StoredReceipt, new: NewShipment) -> StoredReceipt:
    """Log a repeat on another channel: it is answered like any repeat, but is probably a mistake."""
    if found.main.order.channel_schema is not new.order.channel_schema:
        _log.warning(
            "the id of an instant %s was used again for another channel, nothing is sent: %s",
            found.main.order.channel_schema.value,
            found.main.item,
        )
    return found
