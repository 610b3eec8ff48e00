"""What the use cases need from the outside, as protocols; adapters elsewhere implement them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from shared.domain.orders.condition import ConditionAnswer
from shared.domain.orders.notification import EmailResult, Result
from shared.domain.orders.order import Attachment, EmailContentType
from shared.domain.recipients.contact_points import ContactPoints, UserContact


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
    BUSY = "busy"  # too much is being sent at the moment: nothing was tried
    LINK_INVALID = "link-invalid"  # the link is expired, revoked or leads to nothing
    TOO_LARGE = "too-large"  # more than the provider takes


class AttachmentSource(Protocol):
    """Fetches the files of e-mails, within limits of time and memory."""

    def fetched(
        self, attachments: Sequence[Attachment], *, max_bytes: int
    ) -> AbstractAsyncContextManager[tuple[EmailAttachment, ...] | AttachmentProblem]:
        """Fetch all files for as long as the context lasts, in which their memory is accounted for.

        Yields them in order, or the problem with any of them. Never raises for what storage or network do.
        """
        ...


class SendStatus(StrEnum):
    """What one call to a provider came to for one message."""

    ACCEPTED = "accepted"  # the provider has it
    REFUSED = "refused"  # the provider will never take it
    NOT_SENT = "not-sent"  # the provider does not have it: try again freely
    IN_DOUBT = "in-doubt"  # the answer was lost or unreadable: the provider may or may not have it


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """The fate of one message after one call.

    `reference` is what reports call an accepted message. `result` says why one was refused, or how far an
    accepted one is known to have got. `retry_after` are the seconds that a provider wants to be left alone.
    `wrong_settings` names settings of ours that the provider does not accept, in words for an operator.
    """

    status: SendStatus
    reference: str | None = None
    result: Result | None = None
    retry_after: float | None = None
    wrong_settings: str | None = None

    @property
    def is_answer(self) -> bool:
        """Whether the provider did its work: it took the message, or refused it for what it is."""
        return self.status in (SendStatus.ACCEPTED, SendStatus.REFUSED)


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
        ...

    async def operation(self, operation_id: str) -> EmailOperation:
        """Ask what became of an earlier send. Never raises for what the provider or the network does."""
        ...


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One SMS. `to` is E.164 with a leading plus, `ttl_minutes` whole minutes until it is worthless."""

    to: str
    sender: str
    text: str
    ttl_minutes: int


class SmsGateway(Protocol):
    """Sends SMS messages, up to 100 in one request. Never raises for what the gateway or the network does."""

    async def submit(self, messages: Sequence[OutgoingSms]) -> list[SendOutcome]:
        """Submit in one request; outcomes in the order given."""
        ...

    async def answers(self) -> SendOutcome:
        """Log on without any message: ACCEPTED when the gateway is there and lets us in."""
        ...


class QueueSender(Protocol):
    """Puts messages on queues; transport only, nothing relies on a message arriving once or at all."""

    async def send(self, message: "QueuedMessage", *, deadline: float) -> None:
        """Send one message; TransientError when not known to be accepted within `deadline` seconds."""
        ...

    async def send_all(self, messages: Sequence["QueuedMessage"], *, deadline: float) -> None:
        """Send messages of one queue in as few transfers as possible; raise TransientError as `send` does."""
        ...


class QueueProbe(Protocol):
    """Tells whether queues can be sent to."""

    async def check(self, queue: str, *, deadline: float) -> None:
        """Make sure that there is a connection for a queue; TransientError when there is none in time."""
        ...


class QueueWatch(Protocol):
    """Looks into queues without touching what is in them."""

    async def oldest(self, queue: str) -> datetime | None:
        """Return since when the oldest message has been there to be handled; None when there is none.

        Messages that are scheduled for later do not count. TransientError: cannot be told now.
        PermanentError: nobody may look into this queue, or there is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message for a queue: JSON body, id for duplicate detection, optional earliest delivery.

    `scheduled_at` follows `shared.runtime.clock`.
    """

    queue: str
    message_id: str
    body: bytes
    scheduled_at: datetime | None = None


type Properties = dict[str, str | int | float | bool | bytes | datetime]


@dataclass(frozen=True, slots=True)
class Row:
    """One table row as read; integers are 64 bit, `bytes` are binary properties."""

    partition_key: str
    row_key: str
    etag: str
    properties: Properties


@dataclass(frozen=True, slots=True)
class Insert:
    """Insert a row that must not exist yet."""

    row_key: str
    properties: Properties


@dataclass(frozen=True, slots=True)
class Merge:
    """Set the given properties of an existing row whose ETag is still `etag`; others stay."""

    row_key: str
    properties: Properties
    etag: str


ANY_ETAG = "*"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a row whose ETag is still `etag`, or whatever it is."""

    row_key: str
    etag: str = ANY_ETAG


type Operation = Insert | Merge | Delete


class RowOperationError(Exception):
    """One operation of a transaction was refused, so none was applied.

    `index` is the position of the operation, `status` the HTTP status: 404 absent, 409 exists, 412 old ETag.
    """

    def __init__(self, index: int, status: int) -> None:
        super().__init__(f"operation {index} of the transaction was refused with {status}")
        self.index = index
        self.status = status


class TableStore(Protocol):
    """Conditional writes on Table Storage.

    Every write may have been applied although it is reported as failed (TransientError, or a conflict that a
    retry of our own write caused): callers recognise their own writes by the random token they stored.
    Connection problems, timeouts and 5xx raise TransientError, 429 and 503 with Retry-After ThrottledError.
    """

    async def insert(self, table: str, partition_key: str, row_key: str, properties: Properties) -> str:
        """Insert one row and return its ETag; ConflictError when it exists."""
        ...

    async def merge(self, table: str, partition_key: str, operation: Merge) -> str:
        """Merge into one row, return its new ETag; ConflictError when the ETag is old or the row gone."""
        ...

    async def delete(self, table: str, partition_key: str, row_key: str) -> None:
        """Delete one row; a row already gone is fine."""
        ...

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        """Read one row, or only the selected properties of it; None when there is none."""
        ...

    async def query(
        self,
        table: str,
        partition_key: str,
        *,
        above: str,
        below: str,
        limit: int,
        select: Sequence[str] | None = None,
    ) -> list[Row]:
        """Read up to `limit` rows of a partition with above < RowKey < below, in RowKey order."""
        ...

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        """Apply up to 100 operations on different rows of one partition, all or none.

        Returns the new ETags (empty string for deletes). RowOperationError names the refused operation.
        """
        ...


@dataclass(frozen=True, slots=True)
class EndUser:
    """A person who logged in: national identity number, user id of the platform, or both."""

    national_identity_number: str | None
    user_id: str | None


class DialogAccess(Protocol):
    """Decides whether a person may see what concerns a dialog."""

    async def may_read(self, user: EndUser, dialog_id: UUID) -> bool:
        """Return whether the person may; TransientError when that cannot be decided now."""
        ...


class ConditionEndpoint(Protocol):
    """Asks a sender whether a message should still go out."""

    async def ask(self, url: str) -> ConditionAnswer:
        """Ask once. Never raises for what the endpoint or the network does."""
        ...


class ContactRegister(Protocol):
    """Knows how people and organisations can be reached.

    Every lookup answers for as many as are asked for, leaves out who is not known, gives addresses as they
    are stored, and raises TransientError when the register cannot be asked now.
    """

    async def persons(self, numbers: Collection[str], *, use_stale: bool) -> Mapping[str, ContactPoints]:
        """Return contact points by national identity number, with `use_stale` also outdated ones."""
        ...

    async def external_identities(self, urns: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return contact points by URN as asked for."""
        ...

    async def organizations(self, numbers: Collection[str]) -> Mapping[str, ContactPoints]:
        """Return official addresses by organisation number."""
        ...

    async def organization_users(
        self, numbers: Collection[str], resource: str
    ) -> Mapping[str, "OrganizationUsers"]:
        """Return who registered an address of their own for an organisation and a resource, by number."""
        ...


@dataclass(frozen=True, slots=True)
class OrganizationUsers:
    """The people who registered an address for an organisation, known to Authorization as `party_id`."""

    party_id: int
    users: tuple[UserContact, ...]


class AccessDecisions(Protocol):
    """Knows who may act for an organisation."""

    async def permitted(
        self, organizations: Collection[OrganizationUsers], resource: str, action: str
    ) -> Collection[tuple[int, int]]:
        """Return the (party, user) pairs with an explicit permit; TransientError when it cannot be asked."""
        ...


class ResourceRegistry(Protocol):
    """Knows which resources there are."""

    async def knows(self, name: str) -> bool:
        """Return whether a bare name is that of a resource; TransientError when it cannot be asked."""
        ...


class NameRegister(Protocol):
    """Knows what people and organisations are called."""

    async def names(self, organizations: Collection[str], persons: Collection[str]) -> Mapping[str, str]:
        """Return names by organisation or identity number; TransientError when it cannot be asked."""
        ...


class EmailReport(Protocol):
    """A provider's word on an e-mail."""

    @property
    def operation_id(self) -> str:
        """The operation it was sent under."""
        ...

    @property
    def result(self) -> EmailResult:
        """What became of it."""
        ...


class EmailReportReader(Protocol):
    """Reads the event messages in which a provider reports."""

    def __call__(self, body: bytes) -> tuple[Sequence[EmailReport], str | None]:
        """Return the reports in a message, none for other events, and what is wrong with the rest, if any."""
        ...
