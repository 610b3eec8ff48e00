"""How the events of a shipment are written into its row: one short text.

    1764496800;A0;L3n1a2:p;F0e;…;*P12H3;…;R64e:dd

Instants are seconds: the first since 1970, each event's since the one before it, the others since their
event. A small letter names a number (`n` count, `u` until, `l` last, `r` reserved, `m` missing, `a`
addresses) or a channel (`e`, `s`). What follows a colon is the detail. A star begins what was omitted, by
kind. A part that is not understood is left out: events must never keep a row from being read.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.notification import results_of
from shared.domain.orders.order import Channel
from shared.domain.trace.events import FIRST, Detail, Event, EventKind, Events, Register

KINDS: Mapping[EventKind, str] = {
    EventKind.ACCEPTED: "A",
    EventKind.LOOKED_UP: "L",
    EventKind.LOOKUP_FAILED: "M",
    EventKind.CONDITION_ASKED: "Q",
    EventKind.CONDITION_ANSWERED: "W",
    EventKind.HELD: "H",
    EventKind.FORWARDED: "F",
    EventKind.ATTEMPT: "P",
    EventKind.THROTTLED: "T",
    EventKind.PUT_OFF: "O",
    EventKind.IN_DOUBT: "D",
    EventKind.ANSWERED: "S",
    EventKind.REPORTED: "R",
    EventKind.EXPIRED: "X",
    EventKind.PAGE_DONE: "G",
    EventKind.CANCELLED: "C",
    EventKind.CLOSED: "Z",
}
# by value: both channels have results of the same names
DETAILS: Mapping[str, str] = {
    "persons": "p",
    "organizations": "o",
    "externalIdentities": "i",
    "Pending": "cp",
    "Met": "cm",
    "NotMet": "cn",
    "InconclusiveSent": "cs",
    "InconclusiveStopped": "ct",
    "New": "nw",
    "Sending": "sd",
    "Succeeded": "su",
    "Accepted": "ac",
    "Delivered": "dd",
    "Failed": "f",
    "Failed_TTL": "ft",
    "Failed_TransientError": "fe",
    "Failed_UnknownSender": "fu",
    "Failed_RecipientReserved": "fr",
    "Failed_RecipientNotIdentified": "fn",
    "Failed_InvalidEmailFormat": "fm",
    "Failed_SupressedRecipient": "fs",
    "Failed_FilteredSpam": "fl",
    "Failed_Quarantined": "fq",
    "Failed_InvalidSasUrl": "fa",
    "Failed_PayloadTooLarge": "fp",
    "Failed_Bounced": "fb",
    "Failed_InvalidRecipient": "fi",
    "Failed_BarredReceiver": "fg",
    "Failed_Deleted": "fd",
    "Failed_Expired": "fx",
    "Failed_Undelivered": "fv",
    "Failed_Rejected": "fj",
}
_KINDS = {code: kind for kind, code in KINDS.items()}
_DETAILS = {code: value for value, code in DETAILS.items()}
_CHANNELS = {Channel.EMAIL: "e", Channel.SMS: "s"}
_OMITTED = "*"
_EVENT = re.compile(r"([A-Z])(-?\d+)([es]?)((?:[unlrma]-?\d+)*)(?::([a-z]+))?")


def dump_events(events: Events) -> str:
    """Return the events as one text, empty if there are none."""
    if not events.kept:
        return ""
    at = events.first[0].at
    parts = [str(_seconds(at))]
    for index, event in enumerate(events.kept):
        if index == FIRST and events.omitted:
            parts.append(_OMITTED + "".join(f"{KINDS[k]}{n}" for k, n in events.omitted.items()))
        parts.append(_dump(event, at))
        at = event.at
    return ";".join(parts)


def load_events(text: str) -> Events:
    """Read what `dump_events` wrote; parts that are not understood are left out."""
    base, *parts = text.split(";")
    if not re.fullmatch(r"-?\d+", base):
        return Events()
    at = datetime.fromtimestamp(int(base), UTC)
    first: list[Event] = []
    last: list[Event] = []
    omitted: dict[EventKind, int] = {}
    for index, part in enumerate(parts):
        if part.startswith(_OMITTED):
            found = re.findall(r"([A-Z])(\d+)", part)
            omitted = {_KINDS[code]: int(count) for code, count in found if code in _KINDS}
            continue
        match = _EVENT.fullmatch(part)
        if match is None:
            continue
        at += timedelta(seconds=int(match[2]))
        event = _load(match, at)
        if event is not None:
            (first if index < FIRST else last).append(event)
    return Events(tuple(first), omitted, tuple(last))


def _dump(event: Event, before: datetime) -> str:
    numbers = {
        "u": None if event.until is None else _seconds(event.until) - _seconds(event.at),
        "n": None if event.count == 1 else event.count,
        "r": event.reserved or None,
        "m": event.missing or None,
        "a": event.addresses or None,
        "l": None if event.last_at is None else _seconds(event.last_at) - _seconds(event.at),
    }
    channel = "" if event.channel is None else _CHANNELS[event.channel]
    detail = "" if event.detail is None else f":{DETAILS[event.detail.value]}"
    written = "".join(f"{name}{number}" for name, number in numbers.items() if number is not None)
    return f"{KINDS[event.kind]}{_seconds(event.at) - _seconds(before)}{channel}{written}{detail}"


def _load(match: re.Match[str], at: datetime) -> Event | None:
    code, _, letter, written, detail = match.groups()
    kind = _KINDS.get(code)
    if kind is None:
        return None
    channel = {"e": Channel.EMAIL, "s": Channel.SMS}.get(letter)
    numbers = {name: int(number) for name, number in re.findall(r"([a-z])(-?\d+)", written)}
    try:
        meaning = None if detail is None else _detail(kind, channel, _DETAILS[detail])
    except (KeyError, ValueError):
        return None
    return Event(
        kind,
        at,
        channel,
        until=_after(at, numbers.get("u")),
        detail=meaning,
        count=numbers.get("n", 1),
        reserved=numbers.get("r", 0),
        missing=numbers.get("m", 0),
        addresses=numbers.get("a", 0),
        last_at=_after(at, numbers.get("l")),
    )


def _detail(kind: EventKind, channel: Channel | None, value: str) -> Detail:
    match kind:
        case EventKind.LOOKED_UP:
            return Register(value)
        case EventKind.CONDITION_ANSWERED:
            return ConditionOutcome(value)
        case _:
            return results_of(channel or Channel.SMS)(value)


def _after(at: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else at + timedelta(seconds=seconds)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
