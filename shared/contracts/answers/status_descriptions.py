"""A sentence about every status and result that version 1 shows; its wording may change."""

from shared.domain.orders.notification import EmailResult, Result, SmsResult
from shared.domain.orders.order import OrderStatus

ORDER: dict[OrderStatus, str] = {
    OrderStatus.REGISTERED: "The order is registered and waits for its requested send time.",
    OrderStatus.PROCESSING: "The notifications of the order are being generated.",
    OrderStatus.PROCESSED: "The notifications are generated; not all of them have a final result yet.",
    OrderStatus.COMPLETED: "All notifications of the order have a final result.",
    OrderStatus.SEND_CONDITION_NOT_MET: "Nothing was sent because the send condition was not met.",
    OrderStatus.CANCELLED: "The order was cancelled before it was processed.",
}

_RESERVED = "The recipient has reserved themselves against electronic communication."
_UNKNOWN_SENDER = "The provider does not know the sender that the order names."
_EXPIRED = "No final result was reported within the lifetime of the notification."

# Two tables: a member of one enumeration equals the member of the other with the same name.
_EMAIL: dict[EmailResult, str] = {
    EmailResult.NEW: "The e-mail is created but not yet picked up for sending.",
    EmailResult.SENDING: "The e-mail is being handed to the e-mail provider.",
    EmailResult.SUCCEEDED: "The e-mail was accepted by the provider; delivery is not confirmed yet.",
    EmailResult.DELIVERED: "The e-mail was delivered to the recipient's mail server.",
    EmailResult.FAILED: "The e-mail was not sent, for a reason that is not known.",
    EmailResult.FAILED_UNKNOWN_SENDER: _UNKNOWN_SENDER,
    EmailResult.FAILED_RECIPIENT_RESERVED: _RESERVED,
    EmailResult.FAILED_RECIPIENT_NOT_IDENTIFIED: "No e-mail address was found for the recipient.",
    EmailResult.FAILED_INVALID_EMAIL_FORMAT: "The e-mail address is not valid.",
    EmailResult.FAILED_SUPPRESSED_RECIPIENT: "The provider no longer sends to this e-mail address.",
    EmailResult.FAILED_TRANSIENT_ERROR: "A temporary error prevented the sending.",
    EmailResult.FAILED_BOUNCED: "The recipient's mail server refused the e-mail for good.",
    EmailResult.FAILED_FILTERED_SPAM: "The e-mail was refused as spam.",
    EmailResult.FAILED_QUARANTINED: "The e-mail was put into quarantine.",
    EmailResult.FAILED_TTL: _EXPIRED,
    EmailResult.FAILED_INVALID_SAS_URL: "An attachment could not be fetched through its link.",
    EmailResult.FAILED_PAYLOAD_TOO_LARGE: "The e-mail and its attachments are too large.",
}

_SMS: dict[SmsResult, str] = {
    SmsResult.NEW: "The SMS is created but not yet picked up for sending.",
    SmsResult.SENDING: "The SMS is being handed to the SMS gateway.",
    SmsResult.ACCEPTED: "The SMS was accepted by the gateway; delivery is not confirmed yet.",
    SmsResult.DELIVERED: "The SMS was delivered to the recipient's telephone.",
    SmsResult.FAILED: "The SMS was not sent, for a reason that is not known.",
    SmsResult.FAILED_UNKNOWN_SENDER: _UNKNOWN_SENDER,
    SmsResult.FAILED_INVALID_RECIPIENT: "The mobile number is not valid.",
    SmsResult.FAILED_RECIPIENT_RESERVED: _RESERVED,
    SmsResult.FAILED_BARRED_RECEIVER: "The mobile number is barred or not in use.",
    SmsResult.FAILED_DELETED: "The SMS was deleted on its way.",
    SmsResult.FAILED_EXPIRED: "The SMS expired at the operator before it could be delivered.",
    SmsResult.FAILED_UNDELIVERED: "The SMS could not be delivered: no route, or an invalid number.",
    SmsResult.FAILED_RECIPIENT_NOT_IDENTIFIED: "No mobile number was found for the recipient.",
    SmsResult.FAILED_REJECTED: "The SMS was rejected by the operator.",
    SmsResult.FAILED_TTL: _EXPIRED,
}


def of_result(result: Result) -> str:
    """Return the sentence about a result."""
    return _EMAIL[result] if isinstance(result, EmailResult) else _SMS[result]
