"""What the answers of Azure Communication Services mean for one e-mail, read without any transport.

A refusal may be about the recipient, about the sender that the order names, or about our own settings. In the
last case nothing was sent, and everything can be sent once the settings are right.
"""

from dataclasses import dataclass

from shared.domain.orders.notification import EmailResult
from shared.ports.sending import SendOutcome, SendStatus

_SUPPRESSED = "EmailDroppedAllRecipientsSuppressed"
_BAD_ADDRESS = "Invalid format for email address"
_THROTTLED = "TooManyRequests"
_DOMAIN_NOT_LINKED = "DomainNotLinked"
_UNKNOWN_SENDER = "InvalidSenderUserName"
_SENDER_SETTING = "DEFAULT_EMAIL_FROM_ADDRESS"
_ENDPOINT_SETTING = "ACS_EMAIL_ENDPOINT"
_CREDENTIAL_REFUSED = (401, 402, 403)  # the last also for a resource or subscription that is suspended
_NOT_AN_ENDPOINT = (404, 405, 410)
_REPEATED = (408, 409, 412)  # these are about the repeat and not about the first try


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that did not accept; `code` and `message` are the provider's, empty if there are none."""

    status: int
    code: str
    message: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class AcsAnswers:
    """Reads refusals, given what our settings say: the default sender, and the names of the credentials."""

    default_sender: str
    credential_settings: str

    def fate(self, refusal: Refusal, sender: str) -> SendOutcome:
        """Return what a refusal means for an e-mail from this sender."""
        if refusal.code in (_DOMAIN_NOT_LINKED, _UNKNOWN_SENDER):
            return self._fate_of_sender(refusal.code, sender)
        settings = self.wrong_settings(refusal.status)
        if settings is not None:
            return SendOutcome(SendStatus.NOT_SENT, wrong_settings=settings)
        if refusal.status == 429 or refusal.code == _THROTTLED:
            return SendOutcome(SendStatus.NOT_SENT, retry_after=refusal.retry_after)
        if 400 <= refusal.status < 500 and refusal.status not in _REPEATED:
            return SendOutcome(SendStatus.REFUSED, result=failure(refusal))
        return SendOutcome(SendStatus.IN_DOUBT)

    def wrong_settings(self, status: int) -> str | None:
        """Return which settings an answer with this status says are wrong; None if it says no such thing."""
        if status in _CREDENTIAL_REFUSED:
            return self.credential_settings
        if status in _NOT_AN_ENDPOINT or 300 <= status < 400:
            return _ENDPOINT_SETTING
        return None

    def _fate_of_sender(self, code: str, sender: str) -> SendOutcome:
        ours, theirs = self.default_sender.lower(), sender.lower()
        if code == _DOMAIN_NOT_LINKED:
            ours, theirs = ours.rpartition("@")[2], theirs.rpartition("@")[2]
        if ours == theirs:
            settings = f"{_SENDER_SETTING} (or {_ENDPOINT_SETTING})"
            return SendOutcome(SendStatus.NOT_SENT, wrong_settings=settings)
        return SendOutcome(SendStatus.REFUSED, result=EmailResult.FAILED_UNKNOWN_SENDER)


def failure(refusal: Refusal) -> EmailResult:
    """Return the result of an e-mail that was refused for what it is, or that failed later."""
    if refusal.code == _SUPPRESSED:
        return EmailResult.FAILED_SUPPRESSED_RECIPIENT
    if _BAD_ADDRESS in refusal.message:
        return EmailResult.FAILED_INVALID_EMAIL_FORMAT
    if refusal.status == 413:
        return EmailResult.FAILED_PAYLOAD_TOO_LARGE
    return EmailResult.FAILED
