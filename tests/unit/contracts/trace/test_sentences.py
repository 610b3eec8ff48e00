"""The sentence for every state of waiting, every result, every end and every event, in both languages.

The sentences are in `expected_sentences.json`. Each member of an enumeration is looked for there, so a new
one without a sentence fails here.
"""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import pytest

from shared.contracts.trace.language import Language
from shared.contracts.trace.sentences import event_sentence, next_sentence, omitted_sentence, summary
from shared.domain.orders.condition import ConditionOutcome
from shared.domain.orders.notification import EmailResult, SmsResult
from shared.domain.orders.order import Channel
from shared.domain.trace.events import Detail, Event, EventKind, Register
from shared.domain.trace.standing import Group, Next, Stand, Standing, Step

EN, NB = Language.ENGLISH, Language.BOKMAL
NOW = datetime(2026, 11, 26, 13, 30, tzinfo=UTC)  # 14:30 in Oslo
AT = NOW - timedelta(minutes=28)  # 14:02
UNTIL = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=2)

EXPECTED = json.loads(Path(__file__).with_name("expected_sentences.json").read_text(encoding="utf-8"))
DETAILS: dict[EventKind, Detail] = {
    EventKind.LOOKED_UP: Register.PERSONS,
    EventKind.CONDITION_ANSWERED: ConditionOutcome.NOT_MET,
    EventKind.ANSWERED: EmailResult.SENDING,
    EventKind.REPORTED: EmailResult.DELIVERED,
}


def expected(table: str, member: StrEnum) -> tuple[str, str]:
    sentences = EXPECTED[table][member.value]
    return sentences["en"], sentences["nb"]


def told(*groups: Group) -> tuple[str, str]:
    standing = Standing(groups, None)
    return summary(standing, NOW, EN), summary(standing, NOW, NB)


@pytest.mark.parametrize("stand", Stand)
def test_every_state_of_waiting_and_every_end_has_its_sentence(stand: Stand) -> None:
    assert told(Group(stand, AT, Channel.SMS, UNTIL)) == expected("stands", stand)


@pytest.mark.parametrize("result", EmailResult)
def test_every_result_of_an_email_has_its_sentence(result: EmailResult) -> None:
    assert told(Group(result, AT, Channel.EMAIL)) == expected("emails", result)


@pytest.mark.parametrize("result", SmsResult)
def test_every_result_of_an_sms_has_its_sentence(result: SmsResult) -> None:
    assert told(Group(result, AT, Channel.SMS)) == expected("sms", result)


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_has_its_sentence(kind: EventKind) -> None:
    event = Event(kind, AT, Channel.EMAIL, SOON, DETAILS.get(kind), 3, 1, 1, 2)
    assert (event_sentence(event, NOW, EN), event_sentence(event, NOW, NB)) == expected("events", kind)


@pytest.mark.parametrize("outcome", ConditionOutcome)
def test_every_answer_of_a_condition_has_its_sentence(outcome: ConditionOutcome) -> None:
    event = Event(EventKind.CONDITION_ANSWERED, AT, until=SOON, detail=outcome)
    assert (event_sentence(event, NOW, EN), event_sentence(event, NOW, NB)) == expected("outcomes", outcome)


@pytest.mark.parametrize("register", Register)
def test_every_register_is_named(register: Register) -> None:
    event = Event(EventKind.LOOKED_UP, AT, detail=register)
    names = {
        Register.PERSONS: ("persons", "personer"),
        Register.ORGANIZATIONS: ("organisations", "virksomheter"),
    }
    english, norwegian = names.get(register, ("other identities", "andre identiteter"))
    assert f"of {english} answered" in event_sentence(event, NOW, EN)
    assert f"over {norwegian} svarte" in event_sentence(event, NOW, NB)


@pytest.mark.parametrize("step", Step)
def test_every_next_step_has_its_sentence(step: Step) -> None:
    assert (next_sentence(Next(step, None), EN), next_sentence(Next(step, None), NB)) == expected(
        "steps", step
    )


@pytest.mark.parametrize("kind", EventKind)
def test_what_is_left_out_is_counted(kind: EventKind) -> None:
    for language in Language:
        assert "12" in omitted_sentence({kind: 12}, language)
    assert omitted_sentence({EventKind.ATTEMPT: 12}, EN) == "12 more attempts."
    assert omitted_sentence({EventKind.ATTEMPT: 12}, NB) == "12 forsøk til."


def test_a_large_order_is_handed_to_its_pages() -> None:
    event = Event(EventKind.FORWARDED, AT, count=12)
    assert event_sentence(event, NOW, EN) == "Handed to its pages: 12."
    assert event_sentence(event, NOW, NB) == "Gitt videre til sidene: 12."


def test_messages_that_stand_apart_are_told_in_one_sentence() -> None:
    groups = (
        Group(EmailResult.SENDING, AT, Channel.EMAIL),
        Group(EmailResult.DELIVERED, AT, Channel.EMAIL, count=2),
        Group(SmsResult.FAILED_RECIPIENT_RESERVED, AT, Channel.SMS),
    )
    assert told(*groups) == (
        (
            "4 messages: 1 given to the e-mail provider at 14:02; no report yet, 2 delivered at 14:02, and "
            "1 not sent: the person has reserved themselves against digital contact."
        ),
        (
            "4 meldinger: 1 overlevert til e-postleverandøren kl. 14.02; ingen rapport ennå, 2 levert "
            "kl. 14.02, og 1 ikke sendt: personen har reservert seg mot digital kontakt."
        ),
    )


def test_messages_that_stand_alike_are_counted() -> None:
    assert told(Group(SmsResult.DELIVERED, AT, Channel.SMS, count=100)) == (
        "100 messages: delivered at 14:02.",
        "100 meldinger: levert kl. 14.02.",
    )


def test_a_time_that_is_not_known_is_not_made_up() -> None:
    english, norwegian = told(Group(Stand.IN_DOUBT_AGAIN, AT, Channel.SMS))
    assert english.endswith("sent again at the next visit.")
    assert norwegian.endswith("sendes én gang til ved neste gjennomgang.")
