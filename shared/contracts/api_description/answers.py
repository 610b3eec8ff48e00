"""The shapes of the answers, for the OpenAPI document; `responses` and its siblings build them."""

from typing import Literal, NotRequired, TypedDict

OrderStatusName = Literal["Registered", "Processing", "Completed", "SendConditionNotMet", "Cancelled"]
ShipmentType = Literal["Notification", "Reminder", "Instant", "Composed"]


class ValidationProblem(TypedDict):
    """A request that breaks rules: every key names a part of it, with all that is wrong there."""

    type: NotRequired[str]
    title: str
    status: int
    errors: dict[str, list[str]]
    traceId: NotRequired[str]


class CodedProblem(TypedDict):
    """A problem with a code of the platform."""

    type: str
    title: str
    status: int
    code: str
    errorCode: str
    statusDescription: NotRequired[str]
    traceId: NotRequired[str]


class BareProblem(TypedDict):
    """A problem that says no more than its status."""

    type: NotRequired[str]
    title: str
    status: int
    traceId: NotRequired[str]


class ApiKeyProblem(TypedDict):
    """Why an API key was refused."""

    error: str


class ShipmentReceiptAnswer(TypedDict):
    """The id under which one shipment is followed."""

    shipmentId: str
    sendersReference: NotRequired[str]


class MainReceiptAnswer(ShipmentReceiptAnswer):
    """The main shipment and its reminders."""

    reminders: NotRequired[list[ShipmentReceiptAnswer]]


class ChainReceiptAnswer(TypedDict):
    """What a placement is answered with, and every repeat of it."""

    notificationOrderId: str
    notification: MainReceiptAnswer


class ShipmentRecipientAnswer(TypedDict):
    """What became of one address; empty where none was found or allowed."""

    type: Literal["SMS", "Email"]
    destination: str
    status: str
    lastUpdate: str


class ShipmentAnswer(TypedDict):
    """Where a shipment stands."""

    shipmentId: str
    sendersReference: NotRequired[str]
    type: ShipmentType
    status: str
    lastUpdate: str
    recipients: list[ShipmentRecipientAnswer]


class CancelledShipmentAnswer(TypedDict):
    """A shipment of a chain that was to be cancelled, and whether it is."""

    shipmentId: str
    sendersReference: NotRequired[str]
    type: ShipmentType
    status: str
    cancelled: bool


class ChainCancellationAnswer(TypedDict):
    """The shipments of a chain after it was cancelled as far as possible, the main one first."""

    notificationOrderId: str
    shipments: list[CancelledShipmentAnswer]


class FeedRecipientAnswer(TypedDict):
    """What became of one address; the prefix of the status tells the channel."""

    destination: str
    status: str
    lastUpdate: str


class FeedEntryAnswer(TypedDict):
    """One ended shipment; `sequenceNumber` is the cursor."""

    sequenceNumber: int
    shipmentId: str
    sendersReference: NotRequired[str]
    shipmentType: NotRequired[ShipmentType]
    status: str
    lastUpdate: str
    recipients: list[FeedRecipientAnswer]


class LookupAnswer(TypedDict):
    """What the registers said about recipients without an address of their own."""

    status: Literal["Success", "PartialSuccess", "Failed"]
    isReserved: list[str]
    missingContact: list[str]


class OrderCreatedAnswer(TypedDict):
    """The id of an accepted version 1 order."""

    orderId: str
    recipientLookup: NotRequired[LookupAnswer]


class RecipientAnswer(TypedDict):
    """A recipient as submitted."""

    emailAddress: NotRequired[str]
    mobileNumber: NotRequired[str]
    organizationNumber: NotRequired[str]
    nationalIdentityNumber: NotRequired[str]


class EmailTemplateAnswer(TypedDict):
    """The e-mail text of an order."""

    fromAddress: str
    subject: str
    body: str
    contentType: Literal["Plain", "Html"]


class SmsTemplateAnswer(TypedDict):
    """The SMS text of an order."""

    senderNumber: str
    body: str


class OrderLinksAnswer(TypedDict):
    """Where the order and its status are read."""

    self: str
    status: str


class OrderHeadingAnswer(TypedDict):
    """What is told about an order wherever it appears."""

    id: str
    sendersReference: NotRequired[str]
    requestedSendTime: str
    creator: str
    created: str
    notificationChannel: str
    ignoreReservation: NotRequired[bool]
    resourceId: NotRequired[str]
    resourceAction: NotRequired[str]
    conditionEndpoint: NotRequired[str]


class OrderAnswer(OrderHeadingAnswer):
    """An order as it was accepted."""

    recipients: list[RecipientAnswer]
    emailTemplate: NotRequired[EmailTemplateAnswer]
    smsTemplate: NotRequired[SmsTemplateAnswer]
    links: OrderLinksAnswer


class OrderListAnswer(TypedDict):
    """The orders with a sender's reference, oldest first."""

    count: int
    orders: list[OrderAnswer]


class ProcessingStatusAnswer(TypedDict):
    """The status of an order, in a word and in a sentence."""

    status: OrderStatusName
    description: str
    lastUpdate: str


class SelfLinkAnswer(TypedDict):
    """Where the notifications of a channel are listed."""

    self: str


class ChannelSummaryAnswer(TypedDict):
    """How many notifications of a channel there are, and how many succeeded."""

    links: SelfLinkAnswer
    generated: int
    succeeded: int


class StatusSummaryAnswer(TypedDict):
    """The notifications of an order by channel."""

    email: NotRequired[ChannelSummaryAnswer]
    sms: NotRequired[ChannelSummaryAnswer]


class ConditionRecordAnswer(TypedDict):
    """What asking the order's condition endpoint came to.

    `Pending` is asked again; what stays unclear ends as `InconclusiveSent` or `InconclusiveStopped`. `reason`
    is `answered`, or says why the latest answer was unclear, such as `status 503`, `deadline` or `address
    refused`. `attempts` counts the questions up to it; they begin anew before a message that was held leaves.
    """

    outcome: Literal["Pending", "Met", "NotMet", "InconclusiveSent", "InconclusiveStopped"]
    reason: str
    attempts: int
    lastAsked: str


class OrderStatusAnswer(OrderHeadingAnswer):
    """Where an order stands; `sendCondition` once its condition endpoint was asked."""

    processingStatus: ProcessingStatusAnswer
    notificationsStatusSummary: NotRequired[StatusSummaryAnswer]
    sendCondition: NotRequired[ConditionRecordAnswer]


class SendStatusAnswer(TypedDict):
    """The result of one notification, in a word and in a sentence."""

    status: str
    description: str
    lastUpdate: str


class NotificationAnswer(TypedDict):
    """One e-mail or SMS of an order."""

    id: str
    succeeded: bool
    recipient: RecipientAnswer
    sendStatus: SendStatusAnswer


class NotificationListAnswer(TypedDict):
    """The notifications of an order on one channel."""

    orderId: str
    sendersReference: NotRequired[str]
    generated: int
    succeeded: int
    notifications: list[NotificationAnswer]


class DeliveryAttemptAnswer(TypedDict):
    """One notification to the person or organisation that was searched for."""

    nationalIdentityNumber: NotRequired[str]
    organizationNumber: NotRequired[str]
    channel: Literal["email", "sms"]
    emailAddress: NotRequired[str]
    mobileNumber: NotRequired[str]
    result: str
    resultTime: NotRequired[str]


class SupportShipmentAnswer(TypedDict):
    """One shipment that addressed the person or organisation that was searched for."""

    shipmentId: str
    creatorName: str
    resourceId: NotRequired[str]
    sendersReference: NotRequired[str]
    requestedSendTime: str
    notificationChannel: NotRequired[str]
    notificationType: str
    sendCondition: NotRequired[ConditionRecordAnswer]
    deliveryAttempts: list[DeliveryAttemptAnswer]


class DeadLetterAnswer(TypedDict):
    """A message that no handler could process; its body is never shown."""

    queue: str
    id: str
    cause: Literal["unreadable", "passing", "unexpected"]
    reason: str
    shipmentId: NotRequired[str]
    recordedAt: str
    sizeBytes: int
    replays: int
    replayedAt: NotRequired[str]
    replayedBy: NotRequired[str]


class DeadLetterPageAnswer(TypedDict):
    """Messages, the newest first; `continuationToken` leads to those before them."""

    deadLetters: list[DeadLetterAnswer]
    continuationToken: NotRequired[str]


class LogEntryAnswer(TypedDict):
    """One notification in the log of a dialog."""

    notificationId: str
    dialogId: NotRequired[str]
    transmissionId: NotRequired[str]
    type: ShipmentType
    channel: Literal["Email", "Sms"]
    destination: str
    status: str
    requestedSendTime: str
    lastUpdateTime: str


class SendConditionAnswer(TypedDict):
    """What a condition endpoint answers."""

    sendNotification: bool


class ReadinessAnswer(TypedDict):
    """Whether what the app depends on can be used: `checks` names each."""

    status: Literal["Healthy", "Unhealthy"]
    checks: dict[str, Literal["Healthy", "Unhealthy"]]
