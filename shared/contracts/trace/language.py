"""In which language a trace is told, and how it writes times: in Oslo, by the clock on the wall."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.order import Channel
from shared.domain.trace.events import EventKind, Register
from shared.domain.trace.standing import Stand, Step

_OSLO = ZoneInfo("Europe/Oslo")


class Language(StrEnum):
    """The languages of a trace; the value is the tag in Content-Language."""

    ENGLISH = "en"
    BOKMAL = "nb"


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of a trace in one language.

    `stands` and `results` go on after a count, so they begin with a small letter and have no full stop.
    Others are whole sentences. They may name {at}, {until}, {provider}, {address}, {register} and counts.
    """

    months: tuple[str, ...]
    today: str  # {clock}
    other_day: str  # {clock}, {day}, {month}
    other_year: str  # also {year}
    soon: str  # in place of an instant that is not known
    providers: Mapping[Channel, str]
    addresses: Mapping[Channel, str]
    registers: Mapping[Register, str]
    stands: Mapping[Stand, str]
    results: Mapping[str, str]  # by value: channels have results of the same names
    steps: Mapping[Step, str]
    events: Mapping[EventKind, str]
    conditions: Mapping[ConditionOutcome, str]
    taken: str  # of an answer that a provider has the messages
    messages: str  # {count}: appended to events about several
    of_messages: str  # {count}, {groups}: the sentence about several messages
    both: str  # between the last two groups
    pages: str  # {count}: a large order was handed to its pages
    several: Mapping[EventKind, str]  # {count} of a kind
    clock: Callable[[datetime], str]


def language_of(accept_language: str) -> Language:
    """Return the language that a caller prefers: bokmål for nb, nn and no, otherwise English."""
    preferred: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept_language.split(",")):
        tag, _, parameters = part.partition(";")
        name = tag.strip().casefold().partition("-")[0]
        weight = _weight(parameters)
        if weight > 0 and name in _TAGS:
            preferred.append((-weight, place, _TAGS[name]))
    return min(preferred)[2] if preferred else Language.ENGLISH


_TAGS = {
    "nb": Language.BOKMAL,
    "nn": Language.BOKMAL,
    "no": Language.BOKMAL,
    "en": Language.ENGLISH,
    "*": Language.ENGLISH,
}


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().casefold() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def written_time(texts: Texts, at: datetime | None, now: datetime) -> str:
    """Return an instant as people in Norway say it; the day only where it is not today."""
    if at is None:
        return texts.soon
    there, today = at.astimezone(_OSLO), now.astimezone(_OSLO)
    form = texts.other_year if there.year != today.year else texts.other_day
    if there.date() == today.date():
        form = texts.today
    month = texts.months[there.month - 1]
    return form.format(clock=texts.clock(there), day=there.day, month=month, year=there.year)
