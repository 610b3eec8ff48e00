"""Puts all that is known of an order on one time axis: trace, hops, messages, reports, what is ahead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from devstack.pages.formats import instant

_GOOD = frozenset({"Delivered", "DELIVRD", "Expanded"})
_TONES = {"held": "wait", "throttled": "wait", "inDoubt": "wait", "cancelled": "bad", "expired": "bad"}


@dataclass(frozen=True, slots=True)
class Point:
    """Something at an instant; `tone` is good, bad, wait, ahead or empty; `link` leads to more.

    `ends` marks the end of a shipment: nothing of the same second comes after it.
    """

    at: str
    text: str
    source: str
    tone: str = ""
    link: str = ""
    ends: bool = False

    def to_json(self) -> dict[str, str]:
        """Return the point as the page shows it."""
        return {
            "at": self.at,
            "text": self.text,
            "source": self.source,
            "tone": self.tone,
            "link": self.link,
        }


def sorted_axis(points: Iterable[Point]) -> list[dict[str, str]]:
    """Return the points by time; what is ahead comes last."""
    return [point.to_json() for point in sorted(points, key=_place)]


def _place(point: Point) -> tuple[bool, datetime, bool, datetime]:
    """Return the key to sort by. A trace has whole seconds, messages and reports have parts of them."""
    at = instant(point.at)
    return point.tone == "ahead", at.replace(microsecond=0), point.ends, at


def of_trace(trace: Mapping[str, Any], name: str) -> Iterable[Point]:
    """Yield the events of a shipment's trace, and what comes next; `name` stands before each."""
    for event in trace["events"]:
        kind = event["type"]
        tone = _TONES.get(kind, "")
        yield Point(event["at"], f"{name}{event['text']}", "trace", tone, ends=kind == "closed")
    if (coming := trace.get("next")) and coming.get("at"):
        yield Point(coming["at"], f"{name}{coming['text']}", "next", "ahead")


def of_hops(hops: Iterable[Mapping[str, Any]]) -> Iterable[Point]:
    """Yield through which queue and process the work of the order went, in real time."""
    for hop in hops:
        at = datetime.fromtimestamp(float(hop["at"]), UTC).isoformat()
        failed = " and failed" if hop.get("failed") else ""
        yield Point(at, f"{hop['hop']} in the process {hop['process']}{failed}", "hop")


def of_message(message: Mapping[str, Any]) -> Iterable[Point]:
    """Yield that a provider took a message, and what it reported."""
    is_sms = "text" in message
    key = message["reference"] if is_sms else message["operationId"]
    what = "SMS" if is_sms else "e-mail"
    link = f"/outbox?id={key}"
    yield Point(message["at"], f"The provider took the {what} to {message['to']}", "outbox", link=link)
    for report in message["reports"]:
        tone = "good" if report["status"] in _GOOD else "bad"
        yield Point(report["at"], f"The provider reported {report['status']}", "report", tone, link)


def of_row(row: Mapping[str, Any], name: str) -> Iterable[Point]:
    """Yield what the stored row of a shipment says: when it was accepted, asked, ended."""
    state = row.get("State") or {}
    yield Point(str(row["CreatedAt"]), f"{name}accepted", "row")
    if (condition := state.get("o")) and condition.get("t"):
        yield Point(condition["t"], f"{name}the condition answered {condition.get('o')}", "row")
    if state.get("s") not in (None, "Registered", "Processing"):
        yield Point(state["t"], f"{name}{state['s']}", "row", "good" if state["s"] == "Completed" else "")


def ahead(row: Mapping[str, Any], name: str) -> Iterable[Point]:
    """Yield when a shipment that has not begun is to be sent."""
    state, body = row.get("State") or {}, row.get("Body") or {}
    if state.get("s") == "Registered" and isinstance(body, dict) and body.get("at"):
        asks = ", if its condition says so" if body.get("condition") else ""
        yield Point(body["at"], f"{name}to be sent{asks}", "order", "ahead")
