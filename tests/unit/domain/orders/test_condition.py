"""Rounds of questions to a condition endpoint; tests/property/test_condition_policy.py has the rules."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.condition import (
    FRESH,
    ConditionAnswer,
    ConditionOutcome,
    ConditionPolicy,
    ConditionRecord,
    WhenInconclusive,
    ask_at,
    with_answer,
)

NOW = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
YES, NO, UNCLEAR = (ConditionAnswer(met, "answered") for met in (True, False, None))


def test_a_sender_who_was_never_asked_is_asked_at_once():
    assert ask_at(None, NOW) == NOW


@pytest.mark.parametrize(("answer", "outcome"), [(YES, ConditionOutcome.MET), (NO, ConditionOutcome.NOT_MET)])
def test_a_clear_answer_ends_the_round(answer, outcome):
    record = with_answer(None, answer, NOW, ConditionPolicy())
    assert record == ConditionRecord(outcome, "answered", 1, NOW, None)


def test_an_unclear_answer_is_asked_for_again_after_the_pause():
    policy = ConditionPolicy(attempts=2, spacing=timedelta(minutes=7))
    record = with_answer(None, UNCLEAR, NOW, policy)
    assert record.outcome is ConditionOutcome.PENDING
    assert ask_at(record, NOW) == NOW + timedelta(minutes=7)


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        (WhenInconclusive.SEND, ConditionOutcome.INCONCLUSIVE_SENT),
        (WhenInconclusive.STOP, ConditionOutcome.INCONCLUSIVE_STOPPED),
    ],
)
def test_the_policy_decides_after_the_last_unclear_answer(then, outcome):
    policy = ConditionPolicy(attempts=3, when_inconclusive=then)
    record = None
    for _ in range(3):
        record = with_answer(record, UNCLEAR, NOW, policy)
    assert (record.outcome, record.attempts, record.again_at) == (outcome, 3, None)


def test_an_answer_is_relied_on_for_an_hour():
    record = with_answer(None, YES, NOW, ConditionPolicy())
    assert ask_at(record, NOW + FRESH) is None
    late = NOW + FRESH + SECOND
    assert ask_at(record, late) == late


def test_a_new_round_counts_from_one():
    first = with_answer(None, YES, NOW, ConditionPolicy())
    assert with_answer(first, UNCLEAR, NOW + 2 * FRESH, ConditionPolicy()).attempts == 1


def test_only_a_no_and_a_chosen_stop_end_the_order():
    assert [outcome for outcome in ConditionOutcome if outcome.stops] == [
        ConditionOutcome.NOT_MET,
        ConditionOutcome.INCONCLUSIVE_STOPPED,
    ]
