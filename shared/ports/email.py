"""The e-mail provider, and where the files of e-mails come from."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.domain.orders.notification import EmailResult
from shared.domain.orders.order import Attachment, EmailContentType
from shared.ports.sending import SendOutcome


@dataclass(frozen=True, slots=True)
class EmailAttachment:
    """A file as it is attached: raw bytes, not yet base64."""

    filename: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One e-mail to one address.

    `operation_id` is the notification id; `first_sent_at` is stamped once per claim and repeated unchanged on
    every retry of that claim, so that the provider recognises the repeat.
    """

    operation_id: str
    first_sent_at: datetime
    to: str
    sender: str
    subject: str
    body: str
    content_type: EmailContentType
    attachments: tuple[EmailAttachment, ...] = ()


class AttachmentProblem(StrEnum):
    """Why the files of an e-mail are not there."""

    UNAVAILABLE = "unavailable"  # could not be fetched now: try again later
    LINK_INVALID = "link-invalid"  # the link is expired, revoked or leads to nothing
    TOO_LARGE = "too-large"  # more than the provider takes


@dataclass(frozen=True, slots=True)
class FilesPutOff:
    """The owner has all that it may have under way; the files are to be fetched `seconds` later."""

    seconds: float


type FetchedFiles = tuple[EmailAttachment, ...] | AttachmentProblem | FilesPutOff


class AttachmentSource(Protocol):
    """Fetches the files of e-mails, within limits of time and memory."""

    def fetched(
        self, attachments: Sequence[Attachment], *, owner: str, max_bytes: int
    ) -> AbstractAsyncContextManager[FetchedFiles]:
        """Fetch all files for as long as the context lasts, in which their memory is accounted for.

        Yields them in order, or the problem with any of them, or when to try again. Never raises for what
        storage or network do.
        """


class EmailOperationStatus(StrEnum):
    """State of an e-mail operation at the provider."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"  # handed to the recipient's mail system, not yet confirmed
    FAILED = "failed"  # `result` of the answer says how
    NOT_FOUND = "not-found"  # the provider never saw it
    THROTTLED = "throttled"  # 429: ask again after `retry_after` seconds
    UNKNOWN = "unknown"  # could not be asked now


@dataclass(frozen=True, slots=True)
class EmailOperation:
    """Answer of `EmailProvider.operation`; `wrong_settings` as for a send."""

    status: EmailOperationStatus
    result: EmailResult | None = None
    retry_after: float | None = None
    wrong_settings: str | None = None


class EmailProvider(Protocol):
    """Sends e-mail; one call is one attempt, the adapter never retries by itself."""

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Hand one e-mail to the provider. Never raises for what the provider or the network does."""

    async def operation(self, operation_id: str) -> EmailOperation:
        """Ask what became of an earlier send. Never raises for what the provider or the network does."""


@dataclass(frozen=True, slots=True)
class EmailReport:
    """What became of one e-mail, by the id of the operation that it was accepted under."""

    operation_id: str
    result: EmailResult


# Reads a message of events: returns the reports in it and what is wrong with the rest, if anything.
type EmailReportReader = Callable[[bytes], tuple[Sequence[EmailReport], str | None]]
