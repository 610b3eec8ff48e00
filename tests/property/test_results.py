"""Recording results is commutative, associative and idempotent, so the order of reports does not matter."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.notification import EmailResult, Notification, Outcome, SmsResult, rank
from shared.domain.orders.order import Channel

START = datetime(2031, 3, 3, tzinfo=UTC)
instants = st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes))
references = st.sampled_from([None, "a", "b"])


def outcomes(channel: Channel) -> st.SearchStrategy[list[Outcome]]:
    results = st.sampled_from(EmailResult) if channel is Channel.EMAIL else st.sampled_from(SmsResult)
    return st.lists(st.builds(Outcome, results, instants, references), min_size=1, max_size=6)


def start(channel: Channel) -> Notification:
    new = EmailResult.NEW if channel is Channel.EMAIL else SmsResult.NEW
    return Notification(1, 0, channel, "x", new, START + timedelta(hours=1))


@given(st.sampled_from(Channel).flatmap(lambda c: st.tuples(st.just(c), outcomes(c), st.randoms())))
def test_outcomes_may_come_in_any_order_and_twice(case) -> None:
    channel, news, random = case
    first = start(channel)
    for outcome in news:
        first = first.combined_with(outcome)
    shuffled = [*news, *news]
    random.shuffle(shuffled)
    second = start(channel)
    for outcome in shuffled:
        second = second.combined_with(outcome)
    assert first == second


@given(st.sampled_from(Channel).flatmap(lambda c: st.tuples(st.just(c), outcomes(c))))
def test_w26_a_result_never_moves_down(case) -> None:
    channel, news = case
    notification = start(channel)
    for outcome in news:
        combined = notification.combined_with(outcome)
        assert rank(combined.result) >= rank(notification.result)
        notification = combined


@given(outcomes(Channel.EMAIL), st.randoms())
def test_an_email_that_came_back_stays_so_whenever_its_reports_come(news, random) -> None:
    bounce = Outcome(EmailResult.FAILED_BOUNCED, START)
    delivery = Outcome(EmailResult.DELIVERED, START + timedelta(minutes=9))
    reports = [*news, bounce, delivery, delivery]
    random.shuffle(reports)
    notification = start(Channel.EMAIL)
    for outcome in reports:
        notification = notification.combined_with(outcome)
    assert (notification.result, notification.at) == (EmailResult.FAILED_BOUNCED, START)
