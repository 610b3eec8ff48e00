"""Whatever a sender answers and whenever it is asked: the policy keeps to its number, its pauses and a no."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

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
from shared.domain.orders.decision import decide
from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import (
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState, condition_answered
from shared.domain.sending.send_window import SendWindow

START = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
ORDER = OrderRequest(
    OrderType.NOTIFICATION,
    START,
    ChannelSchema.EMAIL,
    (Recipient(email_address="kari@example.no"),),
    email=EmailTemplate("noreply@example.no", "hei", "hei"),
    condition_endpoint="https://example.no/go",
)
policies = st.builds(
    ConditionPolicy,
    attempts=st.integers(1, 10),
    spacing=st.integers(1, 4000).map(lambda seconds: timedelta(seconds=seconds)),
    when_inconclusive=st.sampled_from(WhenInconclusive),
)
answers = st.builds(ConditionAnswer, met=st.sampled_from([True, False, None]), reason=st.just("said"))
pauses = st.integers(0, 7200).map(lambda seconds: timedelta(seconds=seconds))
# what happens to an order: it is looked at after a while, and the sender would answer this
looks = st.lists(st.tuples(pauses, answers), max_size=40)


def questions(
    policy: ConditionPolicy, happened: list[tuple[timedelta, ConditionAnswer]]
) -> list[ConditionRecord]:
    """Return the record after each question that is really asked, until something stops the order."""
    records: list[ConditionRecord] = []
    now = START
    for pause, answer in happened:
        now += pause
        last = records[-1] if records else None
        due = ask_at(last, now)
        if due is not None and due <= now:
            records.append(with_answer(last, answer, now, policy))
            if records[-1].outcome.stops:
                break
    return records


def rounds(records: list[ConditionRecord]) -> list[list[ConditionRecord]]:
    """Return the records by round; every round but perhaps the last is settled."""
    found: list[list[ConditionRecord]] = [[]]
    for record in records:
        found[-1].append(record)
        if record.outcome is not ConditionOutcome.PENDING:
            found.append([])
    return [one for one in found if one]


@given(policies, looks)
def test_a_round_never_asks_more_often_than_the_policy_says(
    policy: ConditionPolicy, happened: list[tuple[timedelta, ConditionAnswer]]
) -> None:
    for one in rounds(questions(policy, happened)):
        assert [record.attempts for record in one] == list(range(1, len(one) + 1))
        assert len(one) <= policy.attempts
        settled = one[-1].outcome is not ConditionOutcome.PENDING
        assert settled or len(one) < policy.attempts


@given(policies, looks)
def test_questions_keep_their_distance(
    policy: ConditionPolicy, happened: list[tuple[timedelta, ConditionAnswer]]
) -> None:
    records = questions(policy, happened)
    for before, after in pairwise(records):
        distance = after.asked_at - before.asked_at
        if before.outcome is ConditionOutcome.PENDING:
            assert distance >= policy.spacing
        else:
            assert distance > FRESH


@given(policies, looks)
def test_a_clear_answer_counts_and_the_policy_only_speaks_where_there_is_none(
    policy: ConditionPolicy, happened: list[tuple[timedelta, ConditionAnswer]]
) -> None:
    sent = policy.when_inconclusive is WhenInconclusive.SEND
    unclear = ConditionOutcome.INCONCLUSIVE_SENT if sent else ConditionOutcome.INCONCLUSIVE_STOPPED
    now, record = START, None
    for _, answer in happened:
        record = with_answer(record, answer, now, policy)
        match answer.met:
            case True:
                assert record.outcome is ConditionOutcome.MET
            case False:
                assert record.outcome is ConditionOutcome.NOT_MET
            case None:
                last = record.attempts == policy.attempts
                assert record.outcome is (unclear if last else ConditionOutcome.PENDING)


@given(policies, looks)
def test_no_order_is_sent_after_a_no_or_a_stop_nor_before_an_answer_allows_it(
    policy: ConditionPolicy, happened: list[tuple[timedelta, ConditionAnswer]]
) -> None:
    state = ShipmentState(OrderStatus.REGISTERED, START, AgendaKey("00", "k"))
    now = START
    for pause, answer in happened:
        now += pause
        decision = decide(ORDER, state, ItemId("0" * 24, 1), now=now, window=SendWindow())
        state = decision.state
        if decision.ask_condition:
            assert not decision.forward
            state = condition_answered(state, answer, now, policy)
        elif decision.forward:
            assert state.condition is not None
            assert state.condition.outcome in (ConditionOutcome.MET, ConditionOutcome.INCONCLUSIVE_SENT)
        stopped = state.condition is not None and state.condition.outcome.stops
        assert stopped == (state.status is OrderStatus.SEND_CONDITION_NOT_MET)


@given(policies, answers, pauses, pauses)
def test_what_is_due_follows_from_the_record_and_the_time_alone(
    policy: ConditionPolicy, answer: ConditionAnswer, before: timedelta, after: timedelta
) -> None:
    record = with_answer(None, answer, START + before, policy)
    now = START + before + after
    due = ask_at(record, now)
    if record.outcome is ConditionOutcome.PENDING:
        assert due == record.asked_at + policy.spacing
    else:
        assert due == (now if after > FRESH else None)
