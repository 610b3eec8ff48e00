"""Repeatable requests as the e-mail service documents them: a repeat within five minutes sends nothing new.

A tracked request is recognised by its `Repeatability-Request-Id` and gets the first answer again. Requests
that failed with 5xx are not tracked, so their repeat is carried out. Time is real time, as at the provider.
"""

import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from devstack.simulators.acs.submission import AcsError

TRACKED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that can be given again: status, JSON payload and headers."""

    status: int
    payload: Mapping[str, object]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RepeatKey:
    """Identity of a repeatable request: its id, and everything that its repeats must share."""

    request_id: str
    fingerprint: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Tracked:
    fingerprint: tuple[str, ...]
    answer: Answer
    until: datetime


class RepeatableRequests:
    """The requests of the last five minutes. `now` returns real time as aware UTC."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tracked: OrderedDict[str, _Tracked] = OrderedDict()

    def key_of(self, headers: Mapping[str, str], *content: str) -> RepeatKey | None:
        """Read the headers; None when the request is not repeatable.

        AcsError 400 for malformed headers, 412 when the request was first sent outside the tracked time.
        """
        request_id = headers.get("Repeatability-Request-Id")
        first_sent = headers.get("Repeatability-First-Sent")
        if request_id is None and first_sent is None:
            return None
        try:
            uuid.UUID(request_id or "")
            sent_at = parsedate_to_datetime(first_sent or "")
            if not (first_sent or "").endswith(" GMT"):
                raise ValueError(first_sent)
        except ValueError as error:
            raise AcsError(
                400, "BadRequest", "Repeatability-Request-Id or Repeatability-First-Sent is not valid"
            ) from error
        if abs(self._now() - sent_at) > TRACKED_FOR:
            raise AcsError(
                412, "PreconditionFailed", "Repeatability-First-Sent header is not within 5 minutes window"
            )
        return RepeatKey(str(request_id).lower(), (str(first_sent), *content))

    def earlier_answer(self, key: RepeatKey) -> Answer | None:
        """Return the answer of the first request, None if this is it; AcsError 400 when they differ."""
        self._forget_old()
        tracked = self._tracked.get(key.request_id)
        if tracked is None:
            return None
        if tracked.fingerprint != key.fingerprint:
            raise AcsError(400, "BadRequest", "the repeated request does not match the previous request")
        return tracked.answer

    def track(self, key: RepeatKey, answer: Answer) -> None:
        """Remember the answer of a first request."""
        self._tracked[key.request_id] = _Tracked(key.fingerprint, answer, self._now() + TRACKED_FOR)

    def _forget_old(self) -> None:
        now = self._now()
        while self._tracked:
            oldest = next(iter(self._tracked))
            if self._tracked[oldest].until > now:
                return
            del self._tracked[oldest]
