"""A webhook of the owner that places the orders: registered before the run, caught up with after it."""

import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks.chaos.callers import Api
from benchmarks.chaos.webhooks.endpoint import Endpoint
from benchmarks.chaos.webhooks.moods import Mood, mood_at
from devstack.cloud.local_cloud import LocalCloud
from devstack.progress import Progress

_PATH = "/notifications/api/v1/future/webhooks"
_DOWN_FOR = timedelta(days=1)
_LONGEST_SECONDS = 300.0
_PAUSE_SECONDS = 1.0


class WebhookWatch:
    """The endpoint and the state of the webhook."""

    def __init__(self, cloud: LocalCloud, api: Api, moods: tuple[Mood, ...]) -> None:
        self._cloud = cloud
        self._api = api
        self._moods = moods
        self._began = time.monotonic()
        self._down_until: datetime | None = None
        self._id = ""
        self.endpoint = Endpoint(self._mood)

    def begin(self) -> None:
        """Register the endpoint, which behaves by plan from now on."""
        answer = self._api.ask("POST", _PATH, {"url": self.endpoint.address})
        assert answer is not None
        assert answer.status == 201, f"the webhook was not created: {answer.status}"
        self._id, self.endpoint.secret = answer.document["id"], answer.document["secret"]
        self._began = time.monotonic()

    def go_down(self) -> None:
        """Let the endpoint be down for a day of the cloud's time."""
        self._down_until = self._cloud.now() + _DOWN_FOR

    def catch_up(self, say: Progress) -> dict[str, Any]:
        """Move the clock on until everything is delivered, or patience ends; return the webhook."""
        if self._down_until is not None and (left := self._down_until - self._cloud.now()) > timedelta(0):
            self._cloud.advance_clock(left.total_seconds())
        deadline = time.monotonic() + _LONGEST_SECONDS
        webhook = self._read()
        while time.monotonic() < deadline:
            behind = webhook.get("newestSequenceNumber", 0) - webhook.get("deliveredSequenceNumber", -1)
            if not behind:
                break
            say(f"the webhook is {behind} entries behind")
            if (again_at := webhook.get("nextAttemptAt")) is not None:
                seconds = (datetime.fromisoformat(again_at) - self._cloud.now()).total_seconds()
                self._cloud.advance_clock(max(1.0, seconds + 2.0))
            time.sleep(_PAUSE_SECONDS)
            webhook = self._read()
        return webhook

    def _read(self) -> dict[str, Any]:
        answer = self._api.insist("GET", f"{_PATH}/{self._id}", (200,))
        return {} if answer is None else dict(answer.document)

    def _mood(self) -> Mood:
        if self._down_until is not None:
            return Mood.DOWN if self._cloud.now() < self._down_until else self._unmet()
        return mood_at(self._moods, time.monotonic() - self._began)

    def _unmet(self) -> Mood:
        """Return a mood that no call has met yet: while the endpoint failed there were few calls."""
        met = self.endpoint.moods
        return next((mood for mood in Mood if mood.value not in met), Mood.GOOD)
