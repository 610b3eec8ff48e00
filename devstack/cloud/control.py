"""A client of the control API of a running local cloud: what was sent, tokens, the clock, faults."""

import time
from collections.abc import Iterable
from datetime import datetime
from itertools import batched
from typing import Any
from urllib.parse import quote, urlencode

from devstack.json_client import JsonClient

_RULES_AT_ONCE = 1000
_SCOPE = "altinn:serviceowner/notifications.create"
_EVERY_SCOPE = (
    f"{_SCOPE} altinn:serviceowner/notifications.composedemail.create altinn:notifications.support.admin"
)
_PAGE_TOKEN_SECONDS = 30 * 24 * 3600
_PERSON = "14818710098"  # of the fixtures: the page is also signed in as a person


class Control:
    """The control API as Python calls; instants are aware, durations in seconds."""

    def __init__(self, base: str) -> None:
        self._client = JsonClient(base)

    def token(
        self,
        *,
        org: str | None = "ttd",
        scope: str = _SCOPE,
        platform: str | None = None,
        expires_in: int | None = None,
        **more: object,
    ) -> str:
        """Return a bearer token, or with `platform` a platform access token of that app issued by `org`.

        `more` is added to the request: `flaw`, `claims`, `audience`, `issuer`.
        """
        wanted: dict[str, object] = {"scope": scope, **more}
        wanted |= {"noOrg": True} if org is None else {"org": org}
        if platform is not None:
            wanted["platform"] = platform
        if expires_in is not None:
            wanted["expiresIn"] = expires_in
        return str(self._client.ask("POST", "/token", wanted)["token"])

    def fixtures(self) -> dict[str, Any]:
        """Return the simulated people and organisations."""
        return dict(self._client.ask("GET", "/fixtures"))

    def maskinporten_client(self) -> dict[str, str]:
        """Return the settings of the app for its client at the simulated Maskinporten."""
        return dict(self._client.ask("GET", "/maskinporten"))

    def app_credentials(self) -> dict[str, str]:
        """Return the settings of the app that the issuers make: its client, and the token of the API page."""
        token = self.token(scope=_EVERY_SCOPE, expires_in=_PAGE_TOKEN_SECONDS, claims={"pid": _PERSON})
        return self.maskinporten_client() | {"API_PAGE_TOKEN": token}

    def outbox(self, to: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """Return {"emails": […], "sms": […]}, newest last, to all or to one address."""
        return dict(self._client.ask("GET", f"/outbox?to={quote(to)}" if to else "/outbox"))

    def clear_outbox(self) -> None:
        """Forget every captured message."""
        self._client.ask("DELETE", "/outbox")

    def wait_for_email(self, to: str, *, count: int = 1, timeout: float = 60.0) -> dict[str, Any]:
        """Return the newest e-mail once `count` have reached the address; TimeoutError when they have not."""
        return self._wait("emails", to, count, timeout)[-1]

    def wait_for_sms(self, to: str, *, count: int = 1, timeout: float = 60.0) -> dict[str, Any]:
        """Return the newest SMS once `count` have reached the number; TimeoutError when they have not."""
        return self._wait("sms", to, count, timeout)[-1]

    def clock(self) -> dict[str, Any]:
        """Return {"offsetSeconds", "now"}."""
        return dict(self._client.ask("GET", "/clock"))

    def advance_clock(self, seconds: float) -> dict[str, Any]:
        """Move the local cloud's time; the answer is that of `clock`."""
        return dict(self._client.ask("POST", "/clock", {"advanceSeconds": seconds}))

    def set_clock(self, instant: datetime | str) -> dict[str, Any]:
        """Set the local cloud's time; a text is ISO 8601."""
        text = instant if isinstance(instant, str) else instant.isoformat()
        return dict(self._client.ask("POST", "/clock", {"set": text}))

    def reset_clock(self) -> dict[str, Any]:
        """Return to real time."""
        return dict(self._client.ask("POST", "/clock", {"reset": True}))

    def faults(self) -> list[dict[str, Any]]:
        """Return the fault rules that are left."""
        return list(self._client.ask("GET", "/faults"))

    def add_fault(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Add a fault rule; returns it with its id."""
        return dict(self._client.ask("POST", "/faults", rule))

    def add_faults(self, rules: Iterable[dict[str, Any]]) -> None:
        """Add any number of fault rules, a thousand per request because the size of a body is limited."""
        for some in batched(rules, _RULES_AT_ONCE, strict=False):
            self._client.ask("POST", "/faults", list(some))

    def fault_notes(self) -> list[dict[str, Any]]:
        """Return the messages that the simulated providers lost, or whose answer or report they lost."""
        return list(self._client.ask("GET", "/fault-notes"))

    def remove_fault(self, rule_id: str) -> None:
        """Remove one fault rule; ControlError when there is none with this id."""
        self._client.ask("DELETE", f"/faults/{quote(rule_id)}")

    def clear_faults(self) -> None:
        """Remove every fault rule."""
        self._client.ask("DELETE", "/faults")

    def metrics(self) -> list[dict[str, Any]]:
        """Return what the app has counted so far, over all its processes."""
        return list(self._client.ask("GET", "/devstack/metrics")["metrics"])

    def hops(self, order_id: str) -> list[dict[str, Any]]:
        """Return the hops of the order to which an id belongs, by their time."""
        return list(self._client.ask("GET", f"/devstack/traces/{quote(order_id)}")["hops"])

    def stats(self) -> dict[str, Any]:
        """Return how many requests each simulator got."""
        return dict(self._client.ask("GET", "/stats"))

    def _wait(self, channel: str, to: str, count: int, timeout: float) -> list[dict[str, Any]]:
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            query = urlencode({"to": to, "count": count, "wait": f"{left:.3f}s"})
            messages = list(self._client.ask("GET", f"/outbox?{query}", wait=left)[channel])
            if len(messages) >= count:
                return messages
        raise TimeoutError(f"{count} {channel} did not reach {to} within {timeout:g} s")
