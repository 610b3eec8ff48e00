"""SMS through LINK Mobility's XML gateway, up to a hundred messages in one request.

After a failure it matters whether the gateway can have seen the messages. As long as the
request body was not read, nothing of it was sent. After that, only a readable answer says what became of the
messages.
"""

import asyncio
import io
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

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
    """`SmsGateway` over HTTP with `requests` on a few threads of its own."""

    endpoint: str
    username: str
    password: str
    _: KW_ONLY
    default_sender: str
    read_timeout_seconds: float = 30.0
    threads: int = 16

    def __post_init__(self) -> None:
        # no call takes longer, whatever happens
        self.deadline_seconds = _CONNECT_SECONDS + self.read_timeout_seconds + _MARGIN_SECONDS
        self._threads = ThreadPoolExecutor(self.threads, thread_name_prefix="sms-gateway")
        self._session = _new_session(self.threads)

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

    async def close(self) -> None:
        """Close connections and threads; a call still running is not waited for."""
        self._session.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _call(self, document: bytes, deadline_seconds: float) -> bytes | SendOutcome:
        """Return the gateway's document, or what is known of the messages without one."""
        body = _WatchedBody(document)
        call = self._threads.submit(self._post, body)
        try:
            async with asyncio.timeout(deadline_seconds):
                return await asyncio.wrap_future(call)
        except TimeoutError:
            return _unanswered(body, "deadline")

    def _post(self, body: "_WatchedBody") -> bytes | SendOutcome:
        try:
            response = self._session.post(
                self.endpoint,
                data=body,
                headers={"Content-Type": CONTENT_TYPE},
                timeout=(_CONNECT_SECONDS, self.read_timeout_seconds),
                allow_redirects=False,
            )
        except (MissingSchema, InvalidSchema, InvalidURL):
            return SendOutcome(SendStatus.NOT_SENT, wrong_settings=ENDPOINT_SETTING)
        except requests.RequestException as error:
            return _unanswered(body, type(error).__name__)
        if 200 <= response.status_code < 300:
            return response.content
        _log.warning("SMS gateway answered an error", extra={"status": response.status_code})
        return _fate(response)


class _WatchedBody(io.BytesIO):
    """A request body that records whether its sending began, and can be withdrawn until then."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._deciding = threading.Lock()
        self._began = False
        self._withdrawn = False

    def read(self, size: int | None = -1, /) -> bytes:
        with self._deciding:
            if self._withdrawn:
                raise OSError("withdrawn before it was sent")
            self._began = True
        return super().read(size)

    def withdraw(self) -> bool:
        """Keep the body from being sent; False when sending has begun already."""
        with self._deciding:
            self._withdrawn = True
            return not self._began


def _unanswered(body: _WatchedBody, reason: str) -> SendOutcome:
    status = SendStatus.NOT_SENT if body.withdraw() else SendStatus.IN_DOUBT
    _log.warning("SMS gateway did not answer", extra={"outcome": status.value, "reason": reason})
    return SendOutcome(status)


def _fate(response: requests.Response) -> SendOutcome:
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


def _new_session(threads: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=threads, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
