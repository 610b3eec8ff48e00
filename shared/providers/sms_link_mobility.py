"""SMS through LINK Mobility's XML gateway, up to a hundred messages in one request.

After a failure it matters whether the gateway can have seen the messages. Without a connection it cannot.
Once a request was sent, only a readable answer says what became of the messages.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

from azure.core.exceptions import AzureError, ServiceRequestError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms
from shared.providers.link_submit import (
    CONTENT_TYPE,
    CREDENTIAL_SETTINGS,
    ENDPOINT_SETTING,
    compose_submission,
    is_answer,
    parse_answer,
    parse_logon,
)
from shared.runtime.logs import redact
from shared.runtime.retry_after import retry_after_seconds

MAX_MESSAGES = 100
_CONNECT_SECONDS = 2.0
_MARGIN_SECONDS = 1.0
_LOGON_SECONDS = 5.0
_CREDENTIALS_REFUSED = (401, 403, 407)
_NOT_AN_ENDPOINT = (404, 405, 410)
_NOT_PASSED_ON = (502, 503)  # by whatever is in front of the gateway, if the body is not the gateway's
_log = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class LinkMobilityGateway:
    """`SmsGateway` over HTTP, a few calls at a time; needs no closing, the transport is its owner's."""

    endpoint: str
    username: str
    password: str
    transport: AsyncHttpTransport[HttpRequest, AsyncHttpResponse]
    _: KW_ONLY
    default_sender: str
    read_timeout_seconds: float = 30.0
    calls_at_once: int = 16
    connect_seconds: float = _CONNECT_SECONDS

    def __post_init__(self) -> None:
        # no call takes longer, whatever happens
        self.deadline_seconds = _CONNECT_SECONDS + self.read_timeout_seconds + _MARGIN_SECONDS
        self._places = asyncio.Semaphore(self.calls_at_once)

    async def submit(self, messages: Sequence[OutgoingSms]) -> list[SendOutcome]:
        """Submit at most 100 messages in one request; outcomes in the order given.

        Raises nothing for what gateway or network do, ValueError for more messages than that.
        """
        if len(messages) > MAX_MESSAGES:
            raise ValueError(f"the gateway takes {MAX_MESSAGES} messages at a time, not {len(messages)}")
        if not messages:
            return []
        document = compose_submission(self.username, self.password, messages)
        reply = await self._call(document, self.deadline_seconds)
        if isinstance(reply, SendOutcome):
            return [reply] * len(messages)
        answer = parse_answer(reply, messages, self.default_sender)
        for refusal in answer.refusals:
            _log.warning("SMS refused by the gateway", extra={"info": redact(refusal)})
        return answer.outcomes

    async def answers(self) -> SendOutcome:
        """Log on without any message: ACCEPTED when the gateway is there and lets us in."""
        document = compose_submission(self.username, self.password, ())
        reply = await self._call(document, _LOGON_SECONDS)
        return reply if isinstance(reply, SendOutcome) else parse_logon(reply)

    async def _call(self, document: bytes, deadline_seconds: float) -> bytes | SendOutcome:
        """Return the gateway's document, or what is known of the messages without one."""
        if not self.endpoint.lower().startswith(("https://", "http://")):
            return SendOutcome(SendStatus.NOT_SENT, wrong_settings=ENDPOINT_SETTING)
        fate, loop = SendStatus.NOT_SENT, asyncio.get_running_loop()
        ends_at = loop.time() + deadline_seconds
        try:
            async with asyncio.timeout_at(ends_at), self._places:
                if loop.time() + self.connect_seconds > ends_at:
                    return _unanswered(fate, "no place in time")
                fate = SendStatus.IN_DOUBT
                response = await self._post(document)
        except ServiceRequestError as error:  # it was not sent
            return _unanswered(SendStatus.NOT_SENT, type(error).__name__)
        except (AzureError, TimeoutError) as error:
            return _unanswered(fate, type(error).__name__)
        if 200 <= response.status_code < 300:
            return response.content
        _log.warning("SMS gateway answered an error", extra={"status": response.status_code})
        return _fate(response)

    async def _post(self, document: bytes) -> AsyncHttpResponse:
        headers = {"Content-Type": CONTENT_TYPE}
        request = HttpRequest("POST", self.endpoint, headers=headers, content=document)
        return await self.transport.send(
            request,
            connection_timeout=_CONNECT_SECONDS,
            until_connected=self.connect_seconds,  # over before the deadline: until then nothing is sent
            read_timeout=self.read_timeout_seconds,
        )


def _unanswered(status: SendStatus, reason: str) -> SendOutcome:
    _log.warning("SMS gateway did not answer", extra={"outcome": status.value, "reason": reason})
    return SendOutcome(status)


def _fate(response: AsyncHttpResponse) -> SendOutcome:
    """Return what an answer that is no success says about all messages of a request."""
    status = response.status_code
    if status >= 500 and (status not in _NOT_PASSED_ON or is_answer(response.content)):
        return SendOutcome(SendStatus.IN_DOUBT, http_status=status)
    settings = None
    if status in _CREDENTIALS_REFUSED:
        settings = CREDENTIAL_SETTINGS
    elif status in _NOT_AN_ENDPOINT or status < 400:
        settings = ENDPOINT_SETTING
    wait = retry_after_seconds(response.headers.get("Retry-After"))
    return SendOutcome(SendStatus.NOT_SENT, retry_after=wait, wrong_settings=settings, http_status=status)
