"""The providers of e-mail and SMS in the test world; each call may meet a fault."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import orjson

from shared.domain.orders.notification import EmailResult
from shared.domain.orders.order import Attachment, Channel, SendingTimePolicy
from shared.ports.email import (
    AttachmentProblem,
    EmailAttachment,
    EmailOperation,
    EmailOperationStatus,
    EmailReport,
    FetchedFiles,
    FilesPutOff,
    OutgoingEmail,
)
from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms
from shared.runtime.errors import TransientError
from tests.support.pipeline.surroundings import Reach
from tests.support.pipeline.world import REPEAT_WINDOW, Fault, Outage


class Email:
    """A provider that recognises a repeat by operation id and first-sent time for five minutes."""

    def __init__(self, process: Reach) -> None:
        self._process = process

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        world = self._process.world
        try:
            fault = await self._process.reach()
        except TransientError:
            return SendOutcome(SendStatus.NOT_SENT)
        world.requests[Channel.EMAIL] += 1
        if (outage := world.outages.get(Channel.EMAIL)) is not None:
            return broken(outage)
        if fault is Fault.CONFLICT_AFTER:
            return SendOutcome(SendStatus.NOT_SENT, retry_after=30)
        if {*"${"}.intersection(email.subject + email.body):
            world.broken_rules.append("an e-mail left with a placeholder in it")
        known = world.email_operations.get(email.operation_id)
        repeat = known is not None and known[0] == email.first_sent_at
        if repeat and world.real_time.now() - known[1] > REPEAT_WINDOW:  # type: ignore[index]
            return SendOutcome(SendStatus.IN_DOUBT)
        if known is None:
            world.email_operations[email.operation_id] = (email.first_sent_at, world.real_time.now())
            world.emails[email.operation_id] += 1
        elif not repeat:  # the worst case: a new first-sent time is a new e-mail
            world.emails[email.operation_id] += 1
        try:
            await self._process.come_back(fault)
        except TransientError:
            return SendOutcome(SendStatus.IN_DOUBT)
        return SendOutcome(SendStatus.ACCEPTED, reference=email.operation_id)

    async def operation(self, operation_id: str) -> EmailOperation:
        try:
            await self._process.reach()
        except TransientError:
            return EmailOperation(EmailOperationStatus.UNKNOWN)
        if Channel.EMAIL in self._process.world.outages:
            return EmailOperation(EmailOperationStatus.UNKNOWN)
        known = operation_id in self._process.world.email_operations
        return EmailOperation(EmailOperationStatus.SUCCEEDED if known else EmailOperationStatus.NOT_FOUND)


class Attachments:
    """Storage of a sender, which fails like everything else; its links may die."""

    def __init__(self, process: Reach) -> None:
        self._process = process

    @asynccontextmanager
    async def fetched(
        self, attachments: Sequence[Attachment], *, owner: str, max_bytes: int
    ) -> AsyncIterator[FetchedFiles]:
        if not attachments:
            yield ()
            return
        try:
            fault = await self._process.reach()
            await self._process.come_back(fault)
        except TransientError:
            yield AttachmentProblem.UNAVAILABLE
            return
        if fault is Fault.CONFLICT_AFTER:
            yield FilesPutOff(10)
        elif not self._process.world.links_hold:
            yield AttachmentProblem.LINK_INVALID
        else:
            yield tuple(EmailAttachment(file.filename, file.mime_type, b"file") for file in attachments)


class Gateway:
    """A gateway that recognises nothing: every call is a message."""

    def __init__(self, process: Reach) -> None:
        self._process = process
        self._numbers = itertools.count()

    async def submit(self, messages: Sequence[OutgoingSms]) -> list[SendOutcome]:
        world = self._process.world
        try:
            fault = await self._process.reach()
        except TransientError:
            return [SendOutcome(SendStatus.NOT_SENT) for _ in messages]
        world.requests[Channel.SMS] += 1
        if (outage := world.outages.get(Channel.SMS)) is not None:
            outcome = broken(outage)
            if outcome.status is SendStatus.IN_DOUBT:
                world.sms_lost_answers.update(message.to for message in messages)
            return [outcome for _ in messages]
        outcomes = []
        for message in messages:
            world.sms_calls[message.to] += 1
            self._process.calls.append(message.to)
            if fault in (Fault.AFTER, Fault.CONFLICT_AFTER):
                world.sms_lost_answers[message.to] += 1
            if message.sender == SendingTimePolicy.DAYTIME and not world.window.is_open(world.clock.now()):
                world.broken_rules.append("an SMS left outside the window")
            if {*"${"}.intersection(message.text):
                world.broken_rules.append("an SMS left with a placeholder in it")
            reference = f"ref-{len(world.references)}"
            world.references[reference] = message.to
            outcomes.append(SendOutcome(SendStatus.ACCEPTED, reference))
        try:
            await self._process.come_back(Fault.AFTER if fault is Fault.CONFLICT_AFTER else fault)
        except TransientError:
            return [SendOutcome(SendStatus.IN_DOUBT) for _ in messages]
        return outcomes

    async def answers(self) -> SendOutcome:
        try:
            await self._process.reach()
        except TransientError:
            return SendOutcome(SendStatus.NOT_SENT)
        outage = self._process.world.outages.get(Channel.SMS)
        return SendOutcome(SendStatus.ACCEPTED) if outage is None else broken(outage)


def broken(outage: Outage) -> SendOutcome:
    """Return the outcome of a call to a provider that is out of order."""
    match outage:
        case Outage.REFUSED:
            return SendOutcome(SendStatus.NOT_SENT)
        case Outage.SERVER_ERROR | Outage.TIMEOUT:
            return SendOutcome(SendStatus.IN_DOUBT)
        case Outage.FULL:
            return SendOutcome(SendStatus.NOT_SENT, retry_after=20)
        case Outage.SETTINGS:
            return SendOutcome(SendStatus.NOT_SENT, wrong_settings="A_SETTING")


def read_reports(body: bytes) -> tuple[list[EmailReport], None]:
    event = orjson.loads(body)
    return [EmailReport(event["operation"], EmailResult(event["result"]))], None
