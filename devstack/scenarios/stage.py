"""What a scenario does in the local cloud, and what it tells: steps with links, and a verdict."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

from devstack.cloud.control import Control
from devstack.json_client import JsonClient

_API = "/notifications/api/v1"
_OSLO = ZoneInfo("Europe/Oslo")
_LOOK_SECONDS = 0.3
_PATIENCE_SECONDS = 60.0
_SENT_ON = "ttd"


class NotAsExpectedError(Exception):
    """What happened is not what the scenario shows; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence about what was done or seen; `link` is a path of the pages, or empty."""

    text: str
    link: str = ""


@dataclass(slots=True)
class Stage:
    """One playing of a scenario. `tell` is called with every step, and with progress inside a step."""

    api: str
    control_address: str
    tell: Callable[[Step], None]
    control: Control = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.control = Control(self.control_address)

    @property
    def platform(self) -> str:
        """The address of the simulated senders, who answer conditions."""
        return self.control.maskinporten_client()["MASKINPORTEN_AUDIENCE"].partition("/maskinporten")[0]

    def step(self, text: str, link: str = "") -> None:
        """Tell the next step."""
        self.steps += 1
        self.tell(Step(text, link))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call the API as an owner and return its answer."""
        headers = {"Authorization": f"Bearer {self.control.token(org=_SENT_ON)}"}
        return dict(JsonClient(self.api, headers).ask("POST", _API + path, body))

    def order(self, recipient: dict[str, Any], **more: Any) -> list[str]:
        """Place an order and return the ids of its shipments: the order itself, then its reminders."""
        body = {"idempotencyId": f"scenario-{secrets.token_hex(6)}", "recipient": recipient, **more}
        receipt = self.post("/future/orders", body)["notification"]
        return [receipt["shipmentId"], *(one["shipmentId"] for one in receipt.get("reminders") or ())]

    def shipment(self, shipment_id: str) -> dict[str, Any]:
        """Return where a shipment stands."""
        headers = {"Authorization": f"Bearer {self.control.token(org=_SENT_ON)}"}
        path = f"{_API}/future/shipment/{shipment_id}"
        return dict(JsonClient(self.api, headers).ask("GET", path))

    def statuses(self, shipment_id: str) -> list[str]:
        """Return the status of the shipment, and those of its recipients."""
        shipment = self.shipment(shipment_id)
        return [shipment["status"], *(one["status"] for one in shipment["recipients"])]

    def until(self, wanted: Callable[[], bool], what: str, patience: float = _PATIENCE_SECONDS) -> None:
        """Wait until something is so; NotAsExpectedError when it is not in time."""
        if not self.seen(wanted, patience):
            raise NotAsExpectedError(f"expected: {what}; it has not happened in {patience:g} s")

    def seen(self, wanted: Callable[[], bool], patience: float) -> bool:
        """Whether something is so within some seconds."""
        deadline = time.monotonic() + patience
        while not wanted():
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def until_status(self, shipment_id: str, status: str) -> None:
        """Wait until a shipment or one of its recipients has a status."""
        self.until(lambda: status in self.statuses(shipment_id), f"the status {status}")

    def messages_to(self, address: str) -> int:
        """Return how many messages an address or number has got."""
        outbox = self.control.outbox(address)
        return len(outbox["emails"]) + len(outbox["sms"])

    def check(self, right: bool, what: str) -> None:
        """Raise NotAsExpectedError unless something is so."""
        if not right:
            raise NotAsExpectedError(f"expected: {what}")

    def now(self) -> datetime:
        """Return the local cloud's time, in Oslo."""
        return datetime.fromisoformat(self.control.clock()["now"]).astimezone(_OSLO)

    def go_to(self, hour: int, days: int = 0) -> None:
        """Move the clock forward to the next time that it is `hour` in Oslo, and `days` more."""
        now = self.now()
        day = now.date() + timedelta(days=days + (now.hour >= hour))
        self.control.set_clock(datetime.combine(day, time_of_day(hour, 0, 5), _OSLO))

    def go_on(self, **duration: float) -> None:
        """Move the clock forward by `days`, `hours`, `minutes`."""
        self.control.advance_clock(timedelta(**duration).total_seconds())

    @contextmanager
    def fault(self, **rule: Any) -> Iterator[None]:
        """Keep a fault rule in force for a while."""
        made = self.control.add_fault(rule)
        try:
            yield
        finally:
            if any(one["id"] == made["id"] for one in self.control.faults()):
                self.control.remove_fault(made["id"])

    def new_email(self) -> str:
        """Return an e-mail address that nobody else uses."""
        return f"kari.{secrets.token_hex(4)}@example.no"

    def new_mobile(self) -> str:
        """Return a mobile number that hardly anybody else uses."""
        return f"+4741{secrets.randbelow(600_000):06d}"


def link_to(shipment_id: str) -> str:
    """Return the path of the page with the time axis of an order."""
    return f"/orders/{shipment_id}"


def to_email(address: str, subject: str, body: str = "Log in to read it.") -> dict[str, Any]:
    """Return the recipient of an order by e-mail."""
    return {"recipientEmail": {"emailAddress": address, "emailSettings": {"subject": subject, "body": body}}}


def to_mobile(number: str, body: str, policy: str = "Daytime") -> dict[str, Any]:
    """Return the recipient of an order by SMS."""
    return {
        "recipientSms": {"phoneNumber": number, "smsSettings": {"body": body, "sendingTimePolicy": policy}}
    }


def to_person(nin: str, channel: str, **more: Any) -> dict[str, Any]:
    """Return a person as the recipient of an order, whose addresses are looked up."""
    contents = {
        "nationalIdentityNumber": nin,
        "channelSchema": channel,
        "emailSettings": {"subject": "A new letter", "body": "Log in to read it."},
        "smsSettings": {"body": "You have a new letter.", "sendingTimePolicy": "Anytime"},
    }
    return {"recipientPerson": contents | more}
