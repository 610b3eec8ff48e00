"""What sending does its own way for SMS.

The gateway recognises no repeats, so every call is made under a claim on the row, which counts for every
message the calls that nobody knows the answer of. Such a message is sent once more, minutes later, because a
lost message is worse than a double one, and only when the gateway is known to answer again. After two such
calls it waits for a report until its end.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from shared.domain.orders.lifetime import expires_at
from shared.domain.orders.notification import Notification, Outcome
from shared.domain.orders.order import Channel, SmsTemplate
from shared.domain.recipients.phone import e164
from shared.domain.sending.provider_limits import Permit
from shared.domain.sending.send_window import SendWindow
from shared.domain.texts.keywords import sms_text
from shared.domain.texts.sms_text import as_sent
from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms, SmsGateway
from shared.records.order_rows import StoredOrder
from shared.runtime.clock import Clock
from shared.services.reporting.meet_reports import meet_reports
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.gateway_references import GatewayReferences

RECORD_TIME = timedelta(seconds=20)  # beyond the call's own deadline, for writing down its result


class SmsCalls:
    """`Calls` to the SMS gateway, each for up to a hundred messages."""

    channel = Channel.SMS
    most = 100
    recognises_repeats = False

    def __init__(
        self,
        *,
        gateway: SmsGateway,
        permits: PermitCalls,
        gateway_references: GatewayReferences,
        record: RecordOutcomes,
        clock: Clock,
        real_time: Clock,
        window: SendWindow,
        call_time: timedelta,
    ) -> None:
        self.permits = permits
        self.call_time = call_time
        self._gateway = gateway
        self._gateway_references = gateway_references
        self._record = record
        self._clock = clock
        self._real_time = real_time
        self._window = window

    def claim_time(self, stored: StoredOrder) -> timedelta | None:
        """Return how long a claim lasts; every turn needs one."""
        return self.call_time + RECORD_TIME

    async def __call__(
        self, stored: StoredOrder, batch: Sequence[Notification], permit: Permit
    ) -> Sequence[SendOutcome]:
        """Submit these messages in one request, as far as the permission goes."""
        messages = [self._message(stored, notification) for notification in batch]
        claim = stored.state.claims[Channel.SMS]
        permit = await self.permits.renewed(permit, len(batch))
        answers: list[SendOutcome] = []
        if permit.calls and await self._may_call(permit, calls=claim.calls.get(batch[0].slot, 1)):
            if self._real_time.now() + self.call_time > claim.until:
                return [SendOutcome(SendStatus.NOT_SENT)] * len(batch)  # too late for this claim
            answers = await self._gateway.submit(messages[: permit.calls])
            await self.permits.note(permit, _telling(answers))
        return [*answers, *[self.permits.not_called(permit)] * (len(batch) - len(answers))]

    async def meet(self, stored: StoredOrder, outcomes: Mapping[int, Outcome]) -> Mapping[int, Outcome]:
        """Register references; return the outcomes that reports which came first change."""
        return await meet_reports(self._gateway_references, self._record, stored, outcomes)

    async def _may_call(self, permit: Permit, calls: int) -> bool:
        """Whether the gateway may be called, for a message that was called so often, this time included.

        A message in doubt is the probe only if the gateway lets us in without any.
        """
        if permit.probe is None or calls == 1:
            return True
        answer = await self._gateway.answers()
        if answer.status is SendStatus.ACCEPTED:
            return True
        await self.permits.note(permit, answer)
        return False

    def _message(self, stored: StoredOrder, notification: Notification) -> OutgoingSms:
        template = stored.order.sms
        assert template is not None  # placement refuses SMS without a text
        text = sms_text(stored.order, notification.recipient, stored.state.names)
        left = expires_at(stored.order, Channel.SMS, self._window) - self._clock.now()
        return compose_sms(replace(template, body=text), notification.address, left)


def compose_sms(template: SmsTemplate, number: str, left: timedelta) -> OutgoingSms:
    """Return the SMS to a number that is worth something for as long as is `left`."""
    seconds = math.ceil(left.total_seconds())  # the moment that has passed since the request does not count
    minutes = max(1, (seconds + 30) // 60)
    return OutgoingSms(e164(number), template.sender, as_sent(template.body), minutes)


def _telling(answers: Sequence[SendOutcome]) -> SendOutcome:
    """Return the outcome that tells most about the gateway: an answer, else the longest pause asked for."""
    return max(answers, key=lambda answer: (answer.is_answer, answer.retry_after or 0.0))
