"""Every message that expired has one cause, noted for this very message, or the run is not clean."""

import pytest

from benchmarks.chaos.causes import TWO_CALLS_FAILED
from benchmarks.chaos.evidence import shipment_key
from benchmarks.chaos.verdict import judge
from benchmarks.orders import address
from tests.support.chaos_evidence import Seen

DROPPED, KILLED = "report dropped", "answer with a killed worker"
EXPIRED = "Failed_TTL"


@pytest.fixture
def seen():
    return Seen()


def expired(seen, channel, copies=1):
    """Place an order whose message expires; returns the ids of its copies."""
    order = seen.order(channel)
    ids = seen.sent(order, times=copies)
    seen.closed(order, EXPIRED)
    return ids


def unexplained(seen):
    verdict = judge(seen.evidence())
    without = verdict.faults.expired_without_cause
    assert sum(verdict.causes.values()) + len(without) == verdict.expired
    assert verdict.is_clean == (not verdict.faults.found())
    return len(without)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_lost_report_explains_a_message_that_expired(seen, channel):
    (message_id,) = expired(seen, channel)
    assert unexplained(seen) == 1
    seen.reports[message_id] = DROPPED
    assert unexplained(seen) == 0
    assert judge(seen.evidence()).causes == {DROPPED: 1}


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_report_lost_for_one_message_explains_no_other(seen, channel):
    (message_id,), _ = expired(seen, channel), expired(seen, channel)
    seen.reports[message_id] = DROPPED
    assert unexplained(seen) == 1
    assert not judge(seen.evidence()).is_clean


def test_more_losses_than_expired_messages_explain_nothing_by_their_number(seen):
    delivered = seen.order("sms")
    (harmless,) = seen.sent(delivered)
    seen.closed(delivered)
    seen.reports |= {harmless: DROPPED, "somebody else's": DROPPED}
    expired(seen, "sms")
    assert unexplained(seen) == 1


def test_lost_answers_explain_an_sms_but_no_email(seen):
    ids = [*expired(seen, "sms", copies=2), *expired(seen, "email")]
    seen.answers |= dict.fromkeys(ids, KILLED)
    assert unexplained(seen) == 1
    assert judge(seen.evidence()).causes == {KILLED: 1}


def test_sms_with_one_call_in_doubt_is_sent_once_more(seen):
    (only,) = expired(seen, "sms")
    seen.answers[only] = KILLED
    assert unexplained(seen) == 1
    seen.failed_calls[address("sms", 0)] = 1
    assert unexplained(seen) == 0
    assert judge(seen.evidence()).causes == {KILLED: 1}


def test_message_that_was_never_sent_has_no_cause(seen):
    for channel in ("email", "sms"):
        expired(seen, channel, copies=0)
    assert unexplained(seen) == 2


@pytest.mark.parametrize(("calls", "kills", "left"), [(1, 0, 1), (0, 1, 1), (2, 0, 0), (1, 1, 0), (0, 2, 0)])
def test_sms_waits_in_vain_after_two_calls_that_came_to_nothing(seen, calls, kills, left):
    order = seen.order("sms")
    seen.failed_calls[address("sms", order.number)] = calls
    seen.cut_off[shipment_key(f"id-{order.mark}")] = kills
    seen.closed(order, EXPIRED)
    assert unexplained(seen) == left
    assert judge(seen.evidence()).causes == ({} if left else {TWO_CALLS_FAILED: 1})


def test_sms_sent_twice_is_explained_when_both_copies_are(seen):
    first, second = expired(seen, "sms", copies=2)
    seen.answers[first] = KILLED
    assert unexplained(seen) == 1
    seen.reports |= dict.fromkeys((first, second), DROPPED)
    assert unexplained(seen) == 0
    assert judge(seen.evidence()).causes == {DROPPED: 1}


def test_sms_sent_again_may_lose_the_report_that_could_be_placed(seen):
    first, second = expired(seen, "sms", copies=2)
    seen.answers[first], seen.reports[second] = KILLED, DROPPED
    assert unexplained(seen) == 0
    assert judge(seen.evidence()).causes == {DROPPED: 1}


def test_sms_closed_as_failed_is_explained_as_one_that_expired_but_counted_apart(seen):
    order = seen.order("sms")
    ids = seen.sent(order, times=2)
    seen.closed(order, "Failed")
    verdict = judge(seen.evidence())
    assert (verdict.expired, len(verdict.faults.failed_without_cause)) == (0, 1)
    seen.answers |= dict.fromkeys(ids, KILLED)
    verdict = judge(seen.evidence())
    assert verdict.is_clean
    assert verdict.failures == {KILLED: 1}


@pytest.mark.parametrize(("channel", "result"), [("email", "Failed_TransientError"), ("email", "Failed")])
def test_no_loss_explains_a_message_that_was_given_up_before_its_time(seen, channel, result):
    order = seen.order(channel)
    (message_id,) = seen.sent(order)
    seen.closed(order, result)
    seen.reports[message_id] = seen.answers[message_id] = DROPPED
    verdict = judge(seen.evidence())
    assert not verdict.is_clean
    assert len(verdict.faults.failed_without_cause) == 1
