"""A client of the administration API of the real host: its state, its functions, a run."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devstack.errors import ChildDiedError, ControlError
from devstack.host.bindings import TimerTrigger, parse_trigger
from devstack.host.groups import is_listed
from devstack.json_client import JsonClient

_POLL_SECONDS = 0.1


class Admin:
    """The administration of one real host at the address `api`; `key_file` holds its master key."""

    def __init__(self, api: str, key_file: Path) -> None:
        key = json.loads(key_file.read_text(encoding="utf-8"))["masterKey"]["value"]
        self._client = JsonClient(api, {"x-functions-key": str(key)})

    def wait_running(self) -> None:
        """Return once the host has loaded the app; ChildDiedError with its reasons when it cannot."""
        while True:
            try:
                status = dict(self._client.ask("GET", "/admin/host/status"))
            except ControlError:  # it does not listen yet
                status = {}
            if status.get("state") == "Running":
                return
            if status.get("errors"):
                raise ChildDiedError(f"the host cannot run the app: {'; '.join(map(str, status['errors']))}")
            time.sleep(_POLL_SECONDS)

    def timers(self, settings: Mapping[str, str]) -> list[TimerTrigger]:
        """Return the timer functions that the host triggers; `settings` are those of the host.

        ChildDiedError when the app has no function: the host goes on with one that fails while it is loaded.
        """
        functions: list[dict[str, Any]] = self._client.ask("GET", "/admin/functions")
        if not functions:
            raise ChildDiedError(
                "the host has found no function in the app; the log of the host beside this says why"
            )
        triggers = []
        for function in functions:
            if not is_listed(function["name"], settings):
                continue
            bindings = function["config"]["bindings"]
            if any(binding["type"] == "timerTrigger" for binding in bindings):
                raw = [json.dumps({"direction": "in", **binding}) for binding in bindings]
                triggers.append(parse_trigger(function["name"], raw, settings))
        return [trigger for trigger in triggers if isinstance(trigger, TimerTrigger)]

    def run(self, function: str) -> None:
        """Start a run of a function; returns before it has ended."""
        self._client.ask("POST", f"/admin/functions/{function}", {"input": ""})
