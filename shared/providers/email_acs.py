"""E-mail through Azure Communication Services.

One call is one attempt: the SDK's own retries are off, because only the caller knows whether a message may
be sent again. The notification id is the operation id; with the time of the first try it makes the provider's
key for recognising a repeat (it remembers one for five minutes).
"""

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID, uuid5

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

from shared.domain.orders.order import EmailContentType
from shared.domain.recipients.email_address import as_sent
from shared.ports.email import EmailOperation, EmailOperationStatus, OutgoingEmail
from shared.ports.sending import SendOutcome, SendStatus
from shared.providers.acs_answers import AcsAnswers, Refusal, failure
from shared.runtime.retry_after import retry_after_seconds

if TYPE_CHECKING:
    from azure.communication.email.aio import EmailClient
    from azure.core.polling import AsyncLROPoller

_API_VERSION = "2025-09-01"
KEY_SETTINGS = "ACS_EMAIL_ACCESS_KEY (or ACS_EMAIL_ENDPOINT)"
IDENTITY_SETTINGS = (
    "ACS_EMAIL_CLIENT_ID (AZURE_CLIENT_ID, if it is empty),"
    " or the role of that identity on the resource of ACS_EMAIL_ENDPOINT"
)
_OPERATION_STATUS = {
    "NotStarted": EmailOperationStatus.RUNNING,
    "Running": EmailOperationStatus.RUNNING,
    "Succeeded": EmailOperationStatus.SUCCEEDED,
    "Failed": EmailOperationStatus.FAILED,
    "Canceled": EmailOperationStatus.FAILED,
}
_log = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class AcsEmailProvider:
    """`EmailProvider` over the Communication Services SDK; needs no closing, the transport is its owner's.

    An unknown sender is a wrong setting of ours if it is the `default_sender`, else the order's mistake. No
    call takes longer than `deadline_seconds`, whatever happens.
    """

    endpoint: str
    credential: AzureKeyCredential | AsyncTokenCredential
    transport: AsyncHttpTransport[HttpRequest, AsyncHttpResponse]
    _: KW_ONLY
    default_sender: str
    deadline_seconds: float = 20.0

    def __post_init__(self) -> None:
        uses_key = isinstance(self.credential, AzureKeyCredential)
        self._answers = AcsAnswers(self.default_sender, KEY_SETTINGS if uses_key else IDENTITY_SETTINGS)

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Hand one e-mail to the provider; raises nothing for what provider or network do."""
        first_sent = format_datetime(email.first_sent_at.astimezone(UTC), usegmt=True)
        try:
            async with asyncio.timeout(self.deadline_seconds):
                poller = await self._client.begin_send(
                    _message(email),
                    operation_id=email.operation_id,
                    headers={
                        "Repeatability-Request-Id": _request_id(email.operation_id, first_sent),
                        "Repeatability-First-Sent": first_sent,
                    },
                    polling=False,
                )
                return SendOutcome(SendStatus.ACCEPTED, await _id_of(poller) or email.operation_id)
        except HttpResponseError as error:
            return self._refused(error, email.sender)
        except ServiceRequestError as error:
            return _unanswered(SendStatus.NOT_SENT, error)
        except (AzureError, TimeoutError, ValueError) as error:
            return _unanswered(SendStatus.IN_DOUBT, error)

    async def operation(self, operation_id: str) -> EmailOperation:
        """Ask what became of an earlier send; raises nothing for what provider or network do."""
        request = HttpRequest(
            "GET", f"/emails/operations/{quote(operation_id, safe='')}", params={"api-version": _API_VERSION}
        )
        try:
            async with asyncio.timeout(self.deadline_seconds):
                response = await self._client.send_request(request)
            return self._operation(response)
        except ClientAuthenticationError:
            return EmailOperation(
                EmailOperationStatus.UNKNOWN, wrong_settings=self._answers.credential_settings
            )
        except (AzureError, TimeoutError, ValueError) as error:
            _log.warning("E-mail operation could not be read", extra={"error": type(error).__name__})
            return EmailOperation(EmailOperationStatus.UNKNOWN)

    def _refused(self, error: HttpResponseError, sender: str) -> SendOutcome:
        response: Any = error.response
        if response is None:  # an identity that could not be had says so without any answer
            if not isinstance(error, ClientAuthenticationError):
                return _unanswered(SendStatus.IN_DOUBT, error)
            return SendOutcome(SendStatus.NOT_SENT, wrong_settings=self._answers.credential_settings)
        refusal = _refusal(response)
        outcome = replace(self._answers.fate(refusal, sender), http_status=refusal.status)
        _log.warning(
            "E-mail not accepted",
            extra={"status": refusal.status, "code": refusal.code, "outcome": outcome.status.value},
        )
        return outcome

    def _operation(self, response: AsyncHttpResponse) -> EmailOperation:
        refusal = _refusal(response)
        wait = refusal.retry_after
        match refusal.status:
            case 200:
                pass
            case 404:
                return EmailOperation(EmailOperationStatus.NOT_FOUND)
            case 429:
                return EmailOperation(EmailOperationStatus.THROTTLED, retry_after=wait)
            case status:
                settings = self._answers.wrong_settings(status)
                return EmailOperation(EmailOperationStatus.UNKNOWN, wrong_settings=settings)
        document = response.json()
        named = str(document.get("status")) if isinstance(document, Mapping) else ""
        found = _OPERATION_STATUS.get(named, EmailOperationStatus.UNKNOWN)
        if found is EmailOperationStatus.FAILED:
            return EmailOperation(found, result=failure(refusal))
        return EmailOperation(found, retry_after=wait)

    @cached_property
    def _client(self) -> "EmailClient":
        # imported on first use: most processes start without sending an e-mail
        from azure.communication.email.aio import EmailClient  # noqa: PLC0415
        from azure.core.pipeline.policies import AsyncRetryPolicy  # noqa: PLC0415

        return EmailClient(
            self.endpoint,
            self.credential,
            api_version=_API_VERSION,
            transport=self.transport,
            retry_policy=AsyncRetryPolicy.no_retries(),
            permit_redirects=False,
        )


def _request_id(operation_id: str, first_sent: str) -> str:
    """Return the id by which a repeat is recognised: another one for each first-sent time.

    Without that, a new try after a refusal would be refused because the two requests do not match.
    """
    return str(uuid5(UUID(operation_id), first_sent))


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


def _unanswered(status: SendStatus, error: Exception) -> SendOutcome:
    _log.warning(
        "E-mail provider did not answer", extra={"outcome": status.value, "error": type(error).__name__}
    )
    return SendOutcome(status)


def _refusal(response: Any) -> Refusal:
    """Read what the provider says beside its status; the message may hold an address: it is not logged."""
    wait = retry_after_seconds(response.headers.get("Retry-After"))
    try:
        error = response.json()["error"]
        code, message = str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        code = message = ""
    return Refusal(response.status_code, code, message, wait)
