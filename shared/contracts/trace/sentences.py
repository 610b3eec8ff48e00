"""The sentences of a trace: where a shipment stands and why, what happens next, and each event."""

from collections.abc import Mapping
from datetime import datetime

from shared.contracts.trace.bokmal import BOKMAL
from shared.contracts.trace.english import ENGLISH
from shared.contracts.trace.language import Language, Texts, written_time
from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.order import Channel
from shared.domain.trace.events import Event, EventKind, Register
from shared.domain.trace.standing import Group, Next, Stand, Standing

_TEXTS = {Language.ENGLISH: ENGLISH, Language.BOKMAL: BOKMAL}
_OF_MESSAGES = frozenset(
    (
        EventKind.ATTEMPT,
        EventKind.IN_DOUBT,
        EventKind.ANSWERED,
        EventKind.REPORTED,
        EventKind.EXPIRED,
    )
)


def summary(standing: Standing, now: datetime, language: Language) -> str:
    """Return one sentence that says where a shipment stands, and why."""
    texts = _TEXTS[language]
    clauses = [_clause(texts, group, now) for group in standing.groups]
    count = sum(group.count for group in standing.groups)
    if count == 1:
        return _sentence(clauses[0])
    if len(clauses) == 1:
        return _sentence(texts.of_messages.format(count=count, groups=clauses[0]))
    counted = [f"{group.count} {clause}" for group, clause in zip(standing.groups, clauses, strict=True)]
    *others, last = counted
    return _sentence(texts.of_messages.format(count=count, groups=texts.both.join((", ".join(others), last))))


def next_sentence(following: Next, language: Language) -> str:
    """Return what happens next, without its time."""
    return _TEXTS[language].steps[following.step]


def event_sentence(event: Event, now: datetime, language: Language) -> str:
    """Return what an event was, without its own time."""
    texts = _TEXTS[language]
    form = texts.events[event.kind]
    if isinstance(event.detail, ConditionOutcome):
        form = texts.conditions[event.detail]
    if event.kind is EventKind.FORWARDED and event.channel is None:
        form = texts.pages
    text = form.format(
        **_places(texts, event.channel, event.ended_at, event.until, now),
        register=texts.registers[event.detail] if isinstance(event.detail, Register) else "",
        result=_result(texts, event, now),
        count=event.count,
        reserved=event.reserved,
        missing=event.missing,
        addresses=event.addresses,
    )
    several = texts.messages.format(count=event.count)
    if event.count > 1 and event.kind in _OF_MESSAGES:
        text = text.removesuffix(".") + several + "."
    return _capital(text)


def omitted_sentence(omitted: Mapping[EventKind, int], language: Language) -> str:
    """Return what is left out of the events, by kind."""
    texts = _TEXTS[language]
    return _sentence(", ".join(texts.several[kind].format(count=n) for kind, n in omitted.items()))


def _clause(texts: Texts, group: Group, now: datetime) -> str:
    stand = group.stand
    form = texts.stands[stand] if isinstance(stand, Stand) else texts.results[stand.value]
    return form.format(**_places(texts, group.channel, group.at, group.until, now))


def _result(texts: Texts, event: Event, now: datetime) -> str:
    """Return the result in an event: a provider's answer that it has the messages is no result yet."""
    if event.detail is None or isinstance(event.detail, (Register, ConditionOutcome)):
        return ""
    if event.kind is EventKind.ANSWERED and event.detail.value in ("Sending", "Accepted"):
        return texts.taken
    form = texts.results[event.detail.value]
    return form.format(**_places(texts, event.channel, event.ended_at, event.until, now))


def _places(
    texts: Texts, channel: Channel | None, at: datetime, until: datetime | None, now: datetime
) -> dict[str, str]:
    return {
        "at": written_time(texts, at, now),
        "until": written_time(texts, until, now),
        "provider": texts.providers[channel or Channel.SMS],
        "address": texts.addresses[channel or Channel.SMS],
    }


def _sentence(text: str) -> str:
    return _capital(text) + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
