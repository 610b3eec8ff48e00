"""SMS through LINK Mobility's XML gateway, up to a hundred messages in one request.

What matters after a failure is whether the gateway can have seen the messages. The request body tells: until
it is first read nothing but an empty connection existed, so the messages were not sent; from then on only a
readable answer settles their fate.
"""

import asyncio
import io
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from shared.observability import redact
from shared.ports import OutgoingSms, SmsSubmitOutcome, SmsSubmitStatus
from shared.providers.link_submit import (
    CONTENT_TYPE,
    SubmitAnswer,
    all_messages,
    compose_submission,
    parse_answer,
)
from shared.providers.retry_after import retry_after_seconds

MAX_MESSAGES = 100
_CONNECT_SECONDS = 2.0
_MARGIN_SECONDS = 1.0
_THREADS = 16
_TOO_MANY = 429
_PAUSE_SECONDS = 10.0  # for a gateway that is full and does not say for how long
_log = logging.getLogger(__name__)


class LinkMobilityGateway:
    """`SmsGateway` over HTTP with `requests` on a few threads of its own."""

    def __init__(
        self, endpoint: str, username: str, password: str, *, read_timeout_seconds: float = 30.0
    ) -> None:
        self._endpoint = endpoint
        self._username = username
        self._password = password
        self._timeout = (_CONNECT_SECONDS, read_timeout_seconds)
        # no call takes longer, whatever happens
        self.deadline_seconds = _CONNECT_SECONDS + read_timeout_seconds + _MARGIN_SECONDS
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sms-gateway")
        self._session = _new_session()

    async def submit(self, messages: Sequence[OutgoingSms]) -> list[SmsSubmitOutcome]:
        """Submit at most 100 messages in one request; outcomes in the order given.

        Raises nothing for what gateway or network do, ValueError for more messages than that.
        """
        if len(messages) > MAX_MESSAGES:
            raise ValueError(f"the gateway takes {MAX_MESSAGES} messages at a time, not {len(messages)}")
        if not messages:
            return []
        body = _WatchedBody(compose_submission(self._username, self._password, messages))
        call = self._threads.submit(self._post, body, len(messages))
        try:
            async with asyncio.timeout(self.deadline_seconds):
                answer = await asyncio.wrap_future(call)
        except TimeoutError:
            answer = _unanswered(body, len(messages), "deadline")
        for refusal in answer.refusals:
            _log.warning("SMS refused by the gateway", extra={"info": redact(refusal)})
        return answer.outcomes

    async def close(self) -> None:
        """Close connections and threads; a call still running is not waited for."""
        self._session.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _post(self, body: "_WatchedBody", count: int) -> SubmitAnswer:
        try:
            response = self._session.post(
                self._endpoint,
                data=body,
                headers={"Content-Type": CONTENT_TYPE},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return _unanswered(body, count, type(error).__name__)
        if response.ok and response.status_code < 300:
            return parse_answer(response.content, count)
        _log.warning("SMS gateway answered an error", extra={"status": response.status_code})
        if response.status_code >= 500:
            return SubmitAnswer(all_messages(count, SmsSubmitStatus.IN_DOUBT))
        wait = retry_after_seconds(response.headers.get("Retry-After"))
        if wait is None and response.status_code == _TOO_MANY:
            wait = _PAUSE_SECONDS
        return SubmitAnswer(all_messages(count, SmsSubmitStatus.NOT_SENT, wait))


class _WatchedBody(io.BytesIO):
    """A request body that knows whether its sending began, and can be withdrawn until then."""

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


def _unanswered(body: _WatchedBody, count: int, reason: str) -> SubmitAnswer:
    status = SmsSubmitStatus.NOT_SENT if body.withdraw() else SmsSubmitStatus.IN_DOUBT
    _log.warning("SMS gateway did not answer", extra={"outcome": status.value, "reason": reason})
    return SubmitAnswer(all_messages(count, status))


def _new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_THREADS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
