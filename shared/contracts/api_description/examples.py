"""Examples for the OpenAPI document; people and numbers in them are made up."""

from http import HTTPStatus
from typing import Any

from shared.contracts.answers.problems import ProblemCode

_TRACE = "00-7d1f0c9b2a6e4f3d8c5b1a0f9e8d7c6b-1a2b3c4d5e6f7081-00"
_CHAIN, _SHIPMENT = "d2b0b1d7-5a24-4a0e-9d1f-0a9b00000000", "d2b0b1d7-5a24-4a0e-9d1f-0a9b01000000"
_REMINDER, _EMAIL = "d2b0b1d7-5a24-4a0e-9d1f-0a9b02000000", "d2b0b1d7-5a24-4a0e-9d1f-0a9b01000001"
_LINK = f"https://platform.example.no/notifications/api/v1/orders/{_SHIPMENT}"
_AT = "2031-05-02T07:03:10.55Z"


def problem(code: str) -> dict[str, Any]:
    """Return a problem of the platform by its code."""
    kind = next(kind for kind in ProblemCode if kind.code == code)
    return {
        "type": f"urn:altinn:error:{code}",
        "title": kind.title,
        "status": kind.status,
        "code": code,
        "errorCode": code,
        "traceId": _TRACE,
    }


def bare(status: int) -> dict[str, Any]:
    """Return a problem that says no more than its status."""
    return {"title": HTTPStatus(status).phrase, "status": status, "traceId": _TRACE}


VALIDATION_PROBLEM = {
    "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
    "title": "One or more validation errors occurred.",
    "status": 400,
    "errors": {"RequestedSendTime": ["RequestedSendTime must be greater than or equal to now."]},
    "traceId": _TRACE,
}
CHAIN_RECEIPT = {
    "notificationOrderId": _CHAIN,
    "notification": {
        "shipmentId": _SHIPMENT,
        "sendersReference": "case-99",
        "reminders": [{"shipmentId": _REMINDER, "sendersReference": "case-99-reminder"}],
    },
}
CHAIN_CANCELLATION = {
    "notificationOrderId": _CHAIN,
    "shipments": [
        {
            "shipmentId": _SHIPMENT,
            "sendersReference": "case-99",
            "type": "Notification",
            "status": "Order_Completed",
            "cancelled": False,
        },
        {
            "shipmentId": _REMINDER,
            "sendersReference": "case-99-reminder",
            "type": "Reminder",
            "status": "Order_Cancelled",
            "cancelled": True,
        },
    ],
}
ORDER_CHAIN = {
    "idempotencyId": "case-99-notice-1",
    "sendersReference": "case-99",
    "requestedSendTime": "2031-05-02T07:00:00Z",
    "recipient": {
        "recipientPerson": {
            "nationalIdentityNumber": "07885799912",
            "channelSchema": "SmsPreferred",
            "resourceId": "urn:altinn:resource:example-service",
            "smsSettings": {"body": "You have a case to look at.", "sendingTimePolicy": "Daytime"},
            "emailSettings": {"subject": "A case to look at", "body": "Log in to read."},
        }
    },
    "reminders": [
        {
            "sendersReference": "case-99-reminder",
            "delayDays": 7,
            "conditionEndpoint": "https://service.example.no/unanswered/99",
            "recipient": {
                "recipientEmail": {
                    "emailAddress": "post@example.no",
                    "emailSettings": {"subject": "Reminder", "body": "The case is still open."},
                }
            },
        }
    ],
}
INSTANT_SMS = {
    "idempotencyId": "one-time-code-5512",
    "recipientSms": {
        "phoneNumber": "+4790000001",
        "timeToLiveInSeconds": 300,
        "smsSettings": {"sender": "Agency", "body": "Your code is 483920"},
    },
}
INSTANT_EMAIL = {
    "idempotencyId": "receipt-8801",
    "recipientEmail": {
        "emailAddress": "customer@example.no",
        "emailSettings": {"subject": "Receipt", "body": "Thank you."},
    },
}
DEPRECATED_INSTANT = {
    "idempotencyId": "old-client-1",
    "recipient": {
        "recipientSms": {
            "phoneNumber": "+4790000001",
            "timeToLiveInSeconds": 3600,
            "smsSettings": {"body": "Hello"},
        }
    },
}
COMPOSED = {
    "idempotencyId": "decision-31-email",
    "recipient": {
        "emailAddress": "party@example.no",
        "emailSettings": {
            "subject": "Decision",
            "body": "<p>See the attachment.</p>",
            "contentType": "Html",
            "attachments": [
                {
                    "filename": "decision.pdf",
                    "mimeType": "application/pdf",
                    "sasUrl": "https://account.blob.core.windows.net/out/decision.pdf"
                    "?sp=r&se=2031-06-01T12:00:00Z&sr=b&sig=placeholder",
                }
            ],
        },
    },
}
V1_ORDER = {
    "notificationChannel": "EmailPreferred",
    "sendersReference": "decision-2031/77",
    "recipients": [{"nationalIdentityNumber": "07885799912"}, {"organizationNumber": "310128435"}],
    "emailTemplate": {"subject": "A letter for $recipientName$", "body": "You have a new letter."},
    "smsTemplate": {"body": "You have a new letter."},
}
V1_EMAIL = {
    "subject": "Deadline",
    "body": "The deadline is in three days.",
    "recipients": [{"emailAddress": "post@example.no"}],
}
V1_SMS = {"body": "No water at noon.", "recipients": [{"mobileNumber": "+4740000001"}]}
ORDER_CREATED = {
    "orderId": _SHIPMENT,
    "recipientLookup": {"status": "PartialSuccess", "isReserved": [], "missingContact": ["310128435"]},
}
SHIPMENT = {
    "shipmentId": _SHIPMENT,
    "sendersReference": "case-99",
    "type": "Notification",
    "status": "Order_Processed",
    "lastUpdate": _AT,
    "recipients": [
        {"type": "SMS", "destination": "+4790000001", "status": "SMS_Accepted", "lastUpdate": _AT}
    ],
}
FEED = [
    {
        "sequenceNumber": 48213,
        "shipmentId": _SHIPMENT,
        "sendersReference": "case-99",
        "shipmentType": "Notification",
        "status": "Order_Completed",
        "lastUpdate": _AT,
        "recipients": [{"destination": "+4790000001", "status": "SMS_Delivered", "lastUpdate": _AT}],
    }
]
_HEADING = {
    "id": _SHIPMENT,
    "requestedSendTime": "2031-05-02T07:00:00Z",
    "creator": "ttd",
    "created": "2031-05-01T10:00:00.123456Z",
    "notificationChannel": "Email",
}
ORDER = _HEADING | {
    "recipients": [{"emailAddress": "post@example.no"}],
    "emailTemplate": {
        "fromAddress": "noreply@altinn.cloud",
        "subject": "Deadline",
        "body": "The deadline is in three days.",
        "contentType": "Plain",
    },
    "links": {"self": _LINK, "status": f"{_LINK}/status"},
}
ORDER_STATUS = _HEADING | {
    "conditionEndpoint": "https://service.example.no/unanswered/99",
    "processingStatus": {"status": "Completed", "description": "Finished.", "lastUpdate": _AT},
    "notificationsStatusSummary": {
        "email": {"links": {"self": f"{_LINK}/notifications/email"}, "generated": 1, "succeeded": 1}
    },
    "sendCondition": {"outcome": "Met", "reason": "answered", "attempts": 1, "lastAsked": _AT},
}
NOTIFICATIONS = {
    "orderId": _SHIPMENT,
    "generated": 1,
    "succeeded": 1,
    "notifications": [
        {
            "id": _EMAIL,
            "succeeded": True,
            "recipient": {"emailAddress": "post@example.no"},
            "sendStatus": {"status": "Delivered", "description": "Delivered.", "lastUpdate": _AT},
        }
    ],
}
SUPPORT = [
    {
        "shipmentId": _SHIPMENT,
        "creatorName": "ttd",
        "requestedSendTime": "2031-05-02T07:00:00Z",
        "notificationChannel": "SmsPreferred",
        "notificationType": "Notification",
        "deliveryAttempts": [
            {
                "nationalIdentityNumber": "07885799912",
                "channel": "sms",
                "mobileNumber": "+4790000001",
                "result": "Delivered",
                "resultTime": _AT,
            }
        ],
    }
]
DEAD_LETTER = {
    "queue": "sms-send",
    "id": "8064600799450000-2f1c9a0be34d5b6a7c8d9e0f",
    "cause": "unexpected",
    "reason": "MaxDeliveryCountExceeded",
    "shipmentId": _SHIPMENT,
    "recordedAt": _AT,
    "sizeBytes": 1432,
    "replays": 1,
    "replayedAt": "2031-05-02T09:30:00Z",
    "replayedBy": "digdir",
}
DEAD_LETTERS = {"deadLetters": [DEAD_LETTER], "continuationToken": DEAD_LETTER["id"]}
LOG = [
    {
        "notificationId": _EMAIL,
        "dialogId": "0196a1d2-7b4e-7c11-9d5e-3f0a4a9b7c55",
        "type": "Notification",
        "channel": "Email",
        "destination": "post@example.no",
        "status": "Delivered",
        "requestedSendTime": "2031-05-02T07:00:00Z",
        "lastUpdateTime": _AT,
    }
]
SMS_REPORT = (
    '<?xml version="1.0"?><MSGLST><MSG><ID>1</ID><REF>551200917</REF><RCV>4790000001</RCV>'
    "<STATE>DELIVRD</STATE></MSG></MSGLST>"
)
