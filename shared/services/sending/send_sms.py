"""What is special about sending SMS.

The gateway recognises no repeats, so every call is made under a claim on the row. The claim counts, for each
message, the calls whose answer was lost. Such a message is sent once more, minutes later and only when the
gateway is known to answer again: a lost message is worse than a double one. After two such calls it waits for
a report until its end.
"""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.orders.lifetime import expires_at
from shared.domain.orders.notification import Notification, Outcome
from shared.domain.orders.order import Channel, SmsTemplate
from shared.domain.recipients.phone import e164
from shared.domain.sending.provider_limits import Permit
from shared.domain.texts.keywords import sms_text
from shared.domain.texts.sms_text import as_sent
from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms, SmsGateway
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import TransientError
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.sending.permit_calls import PermitCalls
from shared.services.times import Times
from shared.storage.gateway_references import GatewayReferences

RECORD_TIME = timedelta(seconds=20)  # beyond the call's own deadline, for recording its result
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class SmsCalls:
    """`Calls` to the SMS gateway, each for up to a hundred messages."""

    channel = Channel.SMS
    most = 100
    recognises_repeats = False

    sms_gateway: SmsGateway
    permits: PermitCalls
    gateway_references: GatewayReferences
    record: RecordOutcomes
    times: Times
    call_time: timedelta

    def claim_time(self, stored: StoredShipment) -> timedelta | None:
        """Return how long a claim lasts; every batch needs one."""
        return self.call_time + RECORD_TIME

    async def __call__(
        self, stored: StoredShipment, batch: Sequence[Notification], permit: Permit
    ) -> Sequence[SendOutcome]:
        """Submit these messages in one request, as far as the permission goes."""
        messages = [self._message(stored, notification) for notification in batch]
        claim = stored.state.claims[Channel.SMS]
        permit = await self.permits.renewed(permit, len(batch))
        answers: list[SendOutcome] = []
        if permit.calls and await self._may_call(permit, calls=claim.calls.get(batch[0].slot, 1)):
            if self.times.real_now() + self.call_time > claim.until:
                await self.permits.give_back(permit)
                return [SendOutcome(SendStatus.NOT_SENT)] * len(batch)  # too late for this claim
            answers = await self.sms_gateway.submit(messages[: permit.calls])
            await self.permits.note(permit, _telling(answers))
        return [*answers, *[self.permits.not_called(permit)] * (len(batch) - len(answers))]

    async def meet(self, stored: StoredShipment, outcomes: Mapping[int, Outcome]) -> Mapping[int, Outcome]:
        """Register references; return the outcomes that reports which came first change.

        A reference that cannot be registered now is queued with its outcome, and registered when that is
        applied.
        """
        accepted = [(slot, o, o.reference) for slot, o in outcomes.items() if o.reference is not None]
        reports = await asyncio.gather(
            *(
                self.gateway_references.register(reference, stored.item.of_notification(slot))
                for slot, _, reference in accepted
            ),
            return_exceptions=True,
        )
        met: dict[int, Outcome] = {}
        notifications = {n.slot: n for n in stored.state.notifications}
        for (slot, outcome, _), came_first in zip(accepted, reports, strict=True):
            if isinstance(came_first, TransientError):
                await self._register_later(stored, slot, outcome)
            elif isinstance(came_first, BaseException):
                raise came_first
            elif came_first:
                combined = notifications[slot].combined_with(outcome)
                for report in came_first:
                    combined = combined.combined_with(report)
                met[slot] = Outcome(combined.result, combined.at, outcome.reference)
        return met

    async def _register_later(self, stored: StoredShipment, slot: int, outcome: Outcome) -> None:
        try:
            await self.record.keep(stored.item.of_notification(slot), Channel.SMS, outcome)
        except TransientError:
            _log.error("the gateway reference of %s could not be registered", stored.item)

    async def _may_call(self, permit: Permit, calls: int) -> bool:
        """Whether the gateway may be called; `calls` counts those for the first message, this one included.

        A message whose answer was lost is a probe only if the gateway lets us log on without a message first.
        """
        if permit.probe is None or calls == 1:
            return True
        answer = await self.sms_gateway.answers()
        if answer.status is SendStatus.ACCEPTED:
            return True
        await self.permits.note(permit, answer)
        return False

    def _message(self, stored: StoredShipment, notification: Notification) -> OutgoingSms:
        template = stored.order.sms
        assert template is not None  # placement refuses SMS without a text
        text = sms_text(stored.order, notification.recipient, stored.state.names)
        left = expires_at(stored.order, Channel.SMS, self.times.window) - self.times.now()
        return compose_sms(replace(template, body=text), notification.address, left)


def compose_sms(template: SmsTemplate, number: str, left: timedelta) -> OutgoingSms:
    """Return the SMS to a number; the gateway gives it up when the time `left` is over."""
    seconds = math.ceil(left.total_seconds())  # so the moment that passed since the request does not count
    minutes = max(1, (seconds + 30) // 60)
    return OutgoingSms(e164(number), template.sender, as_sent(template.body), minutes)


def _telling(answers: Sequence[SendOutcome]) -> SendOutcome:
    """Return the outcome that says most about the gateway: an answer, else the longest pause asked for."""
    return max(answers, key=lambda answer: (answer.is_answer, answer.retry_after or 0.0))
