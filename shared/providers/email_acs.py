"""E-mail through Azure Communication Services.

One call is one attempt: the SDK's own retries are off, because only the caller knows whether a message may
be sent again. The notification id is the operation id and, with the time of the first try, the provider's key
for recognising a repeat (it remembers one for five minutes).
"""

import asyncio
import base64
import logging
from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.domain.email_address import as_sent
from shared.domain.notification import EmailResult
from shared.domain.order import EmailContentType
from shared.ports import (
    EmailOperation,
    EmailOperationStatus,
    EmailSendOutcome,
    EmailSendStatus,
    OutgoingEmail,
)
from shared.providers.retry_after import retry_after_seconds

if TYPE_CHECKING:
    from azure.communication.email.aio import EmailClient
    from azure.core.polling import AsyncLROPoller

_API_VERSION = "2025-09-01"
_SUPPRESSED = "EmailDroppedAllRecipientsSuppressed"
_BAD_ADDRESS = "Invalid format for email address"
_OPERATION_STATUS = {
    "NotStarted": EmailOperationStatus.RUNNING,
    "Running": EmailOperationStatus.RUNNING,
    "Succeeded": EmailOperationStatus.SUCCEEDED,
    "Failed": EmailOperationStatus.FAILED,
    "Canceled": EmailOperationStatus.FAILED,
}
_log = logging.getLogger(__name__)


class AcsEmailProvider:
    """`EmailProvider` over the Communication Services SDK; needs no closing, the transport is its owner's."""

    def __init__(
        self,
        endpoint: str,
        credential: AzureKeyCredential | AsyncTokenCredential,
        transport: AsyncHttpTransport[HttpRequest, AsyncHttpResponse],
        *,
        deadline_seconds: float = 20.0,
    ) -> None:
        self.deadline_seconds = deadline_seconds  # no call takes longer, whatever happens
        self._endpoint = endpoint
        self._credential = credential
        self._transport = transport

    async def send(self, email: OutgoingEmail) -> EmailSendOutcome:
        """Hand one e-mail to the provider; raises nothing for what provider or network do."""
        try:
            async with asyncio.timeout(self.deadline_seconds):
                poller = await self._client.begin_send(
                    _message(email),
                    operation_id=email.operation_id,
                    headers={
                        "Repeatability-Request-Id": email.operation_id,
                        "Repeatability-First-Sent": format_datetime(
                            email.first_sent_at.astimezone(UTC), usegmt=True
                        ),
                    },
                    polling=False,
                )
                accepted = EmailSendOutcome(
                    EmailSendStatus.ACCEPTED, await _id_of(poller) or email.operation_id
                )
        except HttpResponseError as error:
            outcome = _refusal(error)
        except ServiceRequestError as error:
            outcome = _outcome(EmailSendStatus.NOT_SENT, error)
        except (AzureError, TimeoutError, ValueError) as error:
            outcome = _outcome(EmailSendStatus.IN_DOUBT, error)
        else:
            return accepted
        return outcome

    async def operation(self, operation_id: str) -> EmailOperation:
        """Ask what became of an earlier send; raises nothing for what provider or network do."""
        request = HttpRequest(
            "GET", f"/emails/operations/{quote(operation_id, safe='')}", params={"api-version": _API_VERSION}
        )
        try:
            async with asyncio.timeout(self.deadline_seconds):
                response = await self._client.send_request(request)
            return _operation(response)
        except (AzureError, TimeoutError, ValueError) as error:
            _log.warning("E-mail operation could not be read", extra={"error": type(error).__name__})
            return EmailOperation(EmailOperationStatus.UNKNOWN)

    @cached_property
    def _client(self) -> "EmailClient":
        # imported on first use: most processes start without sending an e-mail
        from azure.communication.email.aio import EmailClient  # noqa: PLC0415
        from azure.core.pipeline.policies import AsyncRetryPolicy  # noqa: PLC0415

        return EmailClient(
            self._endpoint,
            self._credential,
            api_version=_API_VERSION,
            transport=self._transport,
            retry_policy=AsyncRetryPolicy.no_retries(),
            permit_redirects=False,
        )


def _message(email: OutgoingEmail) -> dict[str, Any]:
    body = "html" if email.content_type is EmailContentType.HTML else "plainText"
    message: dict[str, Any] = {
        "senderAddress": as_sent(email.sender),
        "recipients": {"to": [{"address": as_sent(email.to)}]},
        "content": {"subject": email.subject, body: email.body},
        "userEngagementTrackingDisabled": True,
    }
    if email.attachments:
        message["attachments"] = [
            {
                "name": attachment.filename,
                "contentType": attachment.mime_type,
                "contentInBase64": base64.b64encode(attachment.content).decode("ascii"),
            }
            for attachment in email.attachments
        ]
    return message


async def _id_of(poller: "AsyncLROPoller[Any]") -> str | None:
    """Return the id in the answer to an accepted send, None when it cannot be read; asks nothing more."""
    try:
        answer = await poller.result()
    except ValueError:
        return None
    identifier = answer.get("id") if isinstance(answer, Mapping) else None
    return identifier if isinstance(identifier, str) and identifier else None


def _refusal(error: HttpResponseError) -> EmailSendOutcome:
    response: Any = error.response
    if response is None:  # an identity that could not be had says so without any answer
        not_sent = isinstance(error, ClientAuthenticationError)
        return _outcome(EmailSendStatus.NOT_SENT if not_sent else EmailSendStatus.IN_DOUBT, error)
    match response.status_code:
        case 429:
            wait = retry_after_seconds(response.headers.get("Retry-After"))
            return EmailSendOutcome(EmailSendStatus.THROTTLED, retry_after=wait)
        case 401 | 403:  # our own credentials, not this e-mail: it can go once they are right
            return _outcome(EmailSendStatus.NOT_SENT, error)
        case 408 | 409 | 412:
            return _outcome(EmailSendStatus.IN_DOUBT, error)
        case status if 400 <= status < 500:
            code, message = _error_of(response)
            result = _failure(status, code, message)
            _log.warning("E-mail refused", extra={"status": status, "code": code, "result": result.value})
            return EmailSendOutcome(EmailSendStatus.REFUSED, result=result)
        case _:
            return _outcome(EmailSendStatus.IN_DOUBT, error)


def _outcome(status: EmailSendStatus, error: Exception) -> EmailSendOutcome:
    answered = error.status_code if isinstance(error, HttpResponseError) else None
    _log.warning(
        "E-mail not known to be sent",
        extra={"outcome": status.value, "error": type(error).__name__, "status": answered},
    )
    return EmailSendOutcome(status)


def _operation(response: AsyncHttpResponse) -> EmailOperation:
    if response.status_code == 404:
        return EmailOperation(EmailOperationStatus.NOT_FOUND)
    if response.status_code == 429:
        wait = retry_after_seconds(response.headers.get("Retry-After"))
        return EmailOperation(EmailOperationStatus.THROTTLED, retry_after=wait)
    if response.status_code != 200:
        return EmailOperation(EmailOperationStatus.UNKNOWN)
    document = response.json()
    named = str(document.get("status")) if isinstance(document, Mapping) else ""
    status = _OPERATION_STATUS.get(named, EmailOperationStatus.UNKNOWN)
    if status is EmailOperationStatus.FAILED:
        code, message = _error_of(response)
        return EmailOperation(status, result=_failure(response.status_code, code, message))
    wait = retry_after_seconds(response.headers.get("Retry-After"))
    return EmailOperation(status, retry_after=wait)


def _failure(status: int, code: str, message: str) -> EmailResult:
    if code == _SUPPRESSED:
        return EmailResult.FAILED_SUPPRESSED_RECIPIENT
    if _BAD_ADDRESS in message:
        return EmailResult.FAILED_INVALID_EMAIL_FORMAT
    if status == 413:
        return EmailResult.FAILED_PAYLOAD_TOO_LARGE
    return EmailResult.FAILED


def _error_of(response: Any) -> tuple[str, str]:
    """Return code and message of the provider's error; the message may hold an address: it is not logged."""
    try:
        error = response.json()["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
