"""What service owners and their people are to the tests: callers, addresses, and waiting for what they see.

Every address, text and token made here is remembered, so that logs can be searched for them afterwards.
"""

import itertools
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import requests

from devstack.cloud.local_cloud import LocalCloud

NOON = "2031-05-05T12:00:00+02:00"  # a Monday in Oslo, window open
NIGHT = "2031-05-05T22:00:00+02:00"
API = "/notifications/api/v1"
REPORTS = "/notifications/sms/api/v1/reports"
CALL_SECONDS = 30.0
WAIT_SECONDS = 60.0  # a bound, not a pause: a busy machine takes its time

_PAUSE_SECONDS = 0.03
_numbers = itertools.count(secrets.randbelow(500_000))
_fated_numbers = itertools.count()
_personal: set[str] = set()


def personal(text: str) -> str:
    """Remember a text that must never be seen in a log, and return it."""
    _personal.add(text)
    return text


def new_text(words: str = "Du har et vedtak") -> str:
    """Return a message text that occurs nowhere else."""
    return f"{words} {personal('hemmelig' + secrets.token_hex(8))}"


def new_email(kind: str = "kari") -> str:
    """Return an e-mail address of its own; how it begins decides its fate in the local cloud."""
    return personal(f"{kind}.nordmann{next(_numbers)}@example.no")


def new_phone(ending: str | None = None) -> str:
    """Return a mobile number of its own; a six-digit `ending` decides its fate in the local cloud."""
    if ending is not None:
        return personal(f"+479{next(_fated_numbers) % 10}{ending}")
    return personal(f"+4741{next(_numbers) % 600_000:06d}")


_NORWEGIAN = re.compile(r"(?<![0-9A-Fa-f-])(?:(?:\+|%2B|00)?47)?([2-9]\d{7})(?![0-9A-Fa-f-])")


def personal_in(log: str) -> list[str]:
    """Return what is personal or secret and can be read in a log.

    Norwegian numbers count in every form, but not within an id: a log of thousands of ids has all of them.
    """
    readable = set(_NORWEGIAN.findall(log))
    national = {text.removeprefix("+47") for text in _personal if _NORWEGIAN.fullmatch(text)}
    others = {text for text in _personal if text.removeprefix("+47") not in national}
    return sorted(national & readable) + sorted(text for text in others if text in log)


def wait_until[T](look: Callable[[], T], *, within: float = WAIT_SECONDS, what: str = "") -> T:
    """Look until something true is seen, and return it; AssertionError with the last look otherwise."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what or look} not within {within:g} s, last seen: {seen!r}"
        time.sleep(_PAUSE_SECONDS)
    return seen


def email_order(to: str, **more: Any) -> dict[str, Any]:
    """Return an order for one e-mail; `settings` are further e-mail settings."""
    settings = {"subject": new_text("Vedtak"), "body": new_text(), **more.pop("settings", {})}
    return _order({"recipientEmail": {"emailAddress": to, "emailSettings": settings}}, more)


def sms_order(to: str, **more: Any) -> dict[str, Any]:
    """Return an order for one SMS; `settings` are further SMS settings."""
    settings = {"body": new_text(), **more.pop("settings", {})}
    return _order({"recipientSms": {"phoneNumber": to, "smsSettings": settings}}, more)


def after_noon(later: timedelta) -> datetime:
    """Return the instant that is so much later than the noon at which tests begin."""
    return datetime.fromisoformat(NOON) + later


def due(instant: datetime) -> dict[str, str]:
    """Return the member of an order that asks for it to be sent at an instant."""
    return {"requestedSendTime": instant.isoformat()}


def new_idempotency_id() -> str:
    """Return an id that no other order has."""
    return f"sak-{secrets.token_hex(8)}"


class Owner:
    """One organisation that sends notifications, with a feed nobody else writes to."""

    def __init__(self, cloud: LocalCloud, org: str | None = None) -> None:
        self.cloud = cloud
        self.org = org or f"org{secrets.token_hex(4)}"
        self.token = personal(cloud.token(org=self.org))

    def ask(self, method: str, path: str, **request: Any) -> requests.Response:
        """Call the API as this owner; `request` as for the requests library."""
        headers = {"Authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        request = {"timeout": CALL_SECONDS, **request}
        return requests.request(method, f"{self.cloud.api}{API}{path}", headers=headers, **request)

    def request_order(self, order: dict[str, Any]) -> requests.Response:
        """Place an order and return whatever the answer is."""
        return self.ask("POST", "/future/orders", json=order)

    def place(self, order: dict[str, Any]) -> dict[str, Any]:
        """Place an order that is accepted as new; returns its receipt."""
        answer = self.request_order(order)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return dict(answer.json())

    def send(self, order: dict[str, Any]) -> str:
        """Place an order; returns the id of its main shipment."""
        return str(self.place(order)["notification"]["shipmentId"])

    def shipment(self, shipment_id: str) -> dict[str, Any]:
        """Return the status of a shipment."""
        answer = self.ask("GET", f"/future/shipment/{shipment_id}")
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return dict(answer.json())

    def statuses(self, shipment_id: str) -> list[str]:
        """Return the status of every recipient of a shipment."""
        return [recipient["status"] for recipient in self.shipment(shipment_id)["recipients"]]

    def wait_for(self, shipment_id: str, status: str, *, within: float = WAIT_SECONDS) -> dict[str, Any]:
        """Return the shipment once its one recipient, or the order itself, has this status."""
        seen: dict[str, Any] = {}

        def reached() -> bool:
            seen.update(self.shipment(shipment_id))
            return status in (seen["status"], *(recipient["status"] for recipient in seen["recipients"]))

        wait_until(reached, within=within, what=f"{status} of {seen or shipment_id}")
        return seen

    def feed(self, **query: Any) -> list[dict[str, Any]]:
        """Return a page of the feed."""
        answer = self.ask("GET", "/future/shipment/feed", params=query)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return list(answer.json())

    def wait_for_feed(self, count: int, *, within: float = WAIT_SECONDS) -> list[dict[str, Any]]:
        """Return the feed once it has at least this many entries."""
        return wait_until(
            lambda: entries if len(entries := self.feed()) >= count else [],
            within=within,
            what=f"{count} feed entries",
        )

    def wait_for_feed_entry(self, shipment_id: str, *, within: float = WAIT_SECONDS) -> dict[str, Any]:
        """Return the one feed entry of a shipment."""
        (entry,) = wait_until(
            lambda: [entry for entry in self.feed() if entry["shipmentId"] == shipment_id],
            within=within,
            what="feed entry",
        )
        return entry


def post_reports(cloud: LocalCloud, document: str | bytes, **request: Any) -> requests.Response:
    """Post a document to the SMS report webhook; `auth` says if not with the gateway's credentials."""
    gateway = cloud.fixtures()["sms_report"]
    request.setdefault("auth", (gateway["user"], personal(gateway["password"])))
    request.setdefault("headers", {"Content-Type": "application/xml"})
    body = document.encode() if isinstance(document, str) else document
    return requests.post(cloud.api + REPORTS, data=body, timeout=CALL_SECONDS, **request)


def report_document(*reports: tuple[str, str, str], first_id: int = 1) -> str:
    """Return the gateway's document for reports of (reference, receiver, state)."""
    messages = "".join(
        f"<MSG><ID>{number}</ID><REF>{reference}</REF><RCV>{receiver}</RCV><STATE>{state}</STATE></MSG>"
        for number, (reference, receiver, state) in enumerate(reports, first_id)
    )
    return f'<?xml version="1.0"?><MSGLST>{messages}</MSGLST>'


def is_uuid(text: str) -> bool:
    """Whether this is an id as the API writes it."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def wait_for_idle_queues(cloud: LocalCloud, *, locked: bool = True, within: float = WAIT_SECONDS) -> None:
    """Wait until nothing due waits in, or is taken from, the queues that lead to a provider.

    With `locked` false what somebody has taken does not count: a killed worker's locks last a minute.
    """
    states = ("active", "locked") if locked else ("active",)

    def idle() -> bool:
        queues = cloud.queues()
        return not any(
            queues[name][state]
            for name in (
                "orders",
                "orders-bulk",
                "conditions",
                "email-send",
                "email-send-bulk",
                "sms-send",
                "sms-send-bulk",
            )
            for state in states
        )

    wait_until(idle, within=within, what="idle queues")


def emails_to(cloud: LocalCloud, address: str) -> list[dict[str, Any]]:
    """Return the e-mails that have reached an address."""
    return cloud.outbox(address)["emails"]


def sms_to(cloud: LocalCloud, number: str) -> list[dict[str, Any]]:
    """Return the SMS that have reached a number."""
    return cloud.outbox(number)["sms"]


def fail_once(cloud: LocalCloud, target: str, action: str, to: str, **more: Any) -> str:
    """Let something go wrong once for this address; returns the id of the rule."""
    rule = {"target": target, "action": action, "match": {"to": to}, "times": 1, **more}
    return str(cloud.add_fault(rule)["id"])


def wait_for_fault(cloud: LocalCloud, rule_id: str) -> None:
    """Wait until a rule of `fail_once` was used."""

    def is_used() -> bool:
        rules = requests.get(f"{cloud.control}/faults", timeout=CALL_SECONDS).json()
        return all(rule["id"] != rule_id for rule in rules)

    wait_until(is_used, what="the fault")


def wait_until_failed(cloud: LocalCloud, rule_id: str) -> None:
    """Wait until a rule of `fail_once` was used, and whoever met it has done what it does about it."""
    wait_for_fault(cloud, rule_id)
    wait_for_idle_queues(cloud)


def report_email(cloud: LocalCloud, shipment_id: str, to: str, status: str, slot: int = 1) -> None:
    """Let the e-mail provider report on one e-mail of a shipment."""
    message_id = f"{shipment_id[:-6]}{slot:06x}"
    document = {"messageId": message_id, "to": to, "status": status}
    requests.post(f"{cloud.control}/reports/email", json=document, timeout=CALL_SECONDS).raise_for_status()


def move_with_canary(cloud: LocalCloud, owner: Owner, instant: datetime) -> None:
    """Set the clock and return when everything that is due then has had its chance to be sent.

    The canary is an e-mail due shortly before: when it has arrived, the timer has released what was due.
    """
    due = max(instant - timedelta(seconds=1), cloud.now() + timedelta(seconds=1))
    canary = new_email("canary")
    owner.send(email_order(canary, requestedSendTime=due.isoformat()))
    cloud.set_clock(max(instant, due))
    cloud.wait_for_email(canary)
    wait_for_idle_queues(cloud)


def _order(recipient: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {"idempotencyId": new_idempotency_id(), "recipient": recipient, **more}
