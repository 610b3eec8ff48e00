"""An order as its owner asked for it: immutable values, no processing state.

A *chain* is what one request places: a main order and its reminders. A *shipment* is one order of a chain on
its way, with an id and a state of its own (`shared.domain.orders.shipment`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LONG_TEXT = 64 * 1024  # characters; an e-mail with more is sent where it delays no others


class OrderType(StrEnum):
    """What kind of request created a shipment; the value is the wire name."""

    NOTIFICATION = "Notification"
    REMINDER = "Reminder"
    INSTANT = "Instant"
    COMPOSED = "Composed"


class OrderStatus(StrEnum):
    """Processing status of a shipment; the value is the wire name of the version 1 API."""

    REGISTERED = "Registered"
    PROCESSING = "Processing"
    PROCESSED = "Processed"
    COMPLETED = "Completed"
    SEND_CONDITION_NOT_MET = "SendConditionNotMet"
    CANCELLED = "Cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the shipment is closed; a closed shipment is never reopened."""
        return self is OrderStatus.COMPLETED or self.ended_unsent

    @property
    def ended_unsent(self) -> bool:
        """Whether the shipment ended before anything of it was sent."""
        return self in (OrderStatus.SEND_CONDITION_NOT_MET, OrderStatus.CANCELLED)


class ChannelSchema(StrEnum):
    """Which channels an order may use, and which it prefers."""

    EMAIL = "Email"
    SMS = "Sms"
    EMAIL_PREFERRED = "EmailPreferred"
    SMS_PREFERRED = "SmsPreferred"
    EMAIL_AND_SMS = "EmailAndSms"


class Channel(StrEnum):
    """The one channel a notification goes out on."""

    EMAIL = "email"
    SMS = "sms"


class SendingTimePolicy(StrEnum):
    """Whether an SMS may leave at any hour or only within the daytime window."""

    ANYTIME = "Anytime"
    DAYTIME = "Daytime"


class EmailContentType(StrEnum):
    """How the body of an e-mail is to be read."""

    PLAIN = "Plain"
    HTML = "Html"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient as addressed by the caller; every field is None when not given.

    `national_identity_number` is 11 digits, `organization_number` 9 digits, `external_identity` a URN.
    `fields` are the values of `{{name}}` in the texts, by name in lower case; they are never logged.
    """

    email_address: str | None = None
    mobile_number: str | None = None
    organization_number: str | None = None
    national_identity_number: str | None = None
    external_identity: str | None = None
    fields: Mapping[str, str] | None = field(default=None, repr=False, hash=False)

    @property
    def identity(self) -> str | None:
        """The number or URN that registers know the recipient by; None when it has addresses only."""
        return self.national_identity_number or self.organization_number or self.external_identity


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file fetched at send time. `sas_url` is a secret: never logged, never echoed."""

    filename: str
    mime_type: str
    sas_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """Text of the e-mails of an order; `from_address` is the service default when none was given."""

    from_address: str
    subject: str
    body: str
    content_type: EmailContentType = EmailContentType.PLAIN
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """Text of the SMS messages of an order; `sender` is the service default when none was given."""

    sender: str
    body: str


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order as asked for. All instants are aware UTC.

    `sending_time_policy` is None for version 1 orders, which wait for the window like Daytime.
    `time_to_live_seconds` is set for instant SMS only. `ignore_reservation` None means not stated.
    `dialog_id` and `transmission_id` are of the dialog that the whole chain belongs to.
    `condition_endpoint` is kept as it was written; it may hold a secret and is never logged.
    """

    type: OrderType
    requested_send_at: datetime
    channel_schema: ChannelSchema
    recipients: tuple[Recipient, ...]
    senders_reference: str | None = None
    condition_endpoint: str | None = field(default=None, repr=False)
    email: EmailTemplate | None = None
    sms: SmsTemplate | None = None
    sending_time_policy: SendingTimePolicy | None = None
    ignore_reservation: bool | None = None
    use_stale_contact_information: bool = False
    resource_id: str | None = None
    resource_action: str | None = None
    time_to_live_seconds: int | None = None
    dialog_id: str | None = None
    transmission_id: str | None = None

    @property
    def reference(self) -> str | None:
        """The sender's reference; None when it is blank."""
        given = self.senders_reference
        return given if given and given.strip() else None

    @property
    def has_fields(self) -> bool:
        """Whether the texts are filled in with fields of the recipients; all of them have some then."""
        return any(recipient.fields for recipient in self.recipients)


@dataclass(frozen=True, slots=True)
class ChainRequest:
    """One chain as placed: the main order, its reminders as submitted, and what marks a repeat.

    `idempotency_id` and `content`, a hash of what was asked for, are None only for version 1 orders, which
    have no repeats.
    """

    main: OrderRequest
    reminders: tuple[OrderRequest, ...] = ()
    idempotency_id: str | None = None
    dialog_id: str | None = None
    transmission_id: str | None = None
    content: str | None = None
