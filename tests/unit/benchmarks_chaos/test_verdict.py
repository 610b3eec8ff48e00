"""A run is clean only if nothing was lost, doubled, forgotten or sent against its order."""

from dataclasses import replace

import pytest

from benchmarks.chaos.evidence import Ending, Entry
from benchmarks.chaos.orders import BULK_RECIPIENTS, Kind, Order, bulk_addresses
from benchmarks.chaos.verdict import judge
from tests.support.chaos_evidence import Seen


@pytest.fixture
def seen():
    """A run in which one e-mail and one SMS were delivered."""
    run = Seen()
    for channel in ("email", "sms"):
        order = run.order(channel)
        run.sent(order)
        run.closed(order)
    return run


def faults(seen):
    verdict = judge(seen.evidence())
    found = verdict.faults.found()
    assert verdict.is_clean == (not found)
    return set(found)


def test_run_without_trouble_is_clean(seen):
    verdict = judge(seen.evidence())
    assert verdict.is_clean
    assert (verdict.accepted, verdict.closed, verdict.delivered, verdict.expired) == (2, 2, 2, 0)


def test_accepted_shipment_without_entry_is_open(seen):
    seen.sent(seen.order())
    assert faults(seen) == {"shipments open"}


def test_two_entries_of_a_shipment_are_one_too_many(seen):
    seen.closed(seen.orders[0])
    assert faults(seen) == {"entries doubled"}


@pytest.mark.parametrize("sequence", [1, 3, 0])
def test_numbers_of_the_feed_have_no_gap(seen, sequence):
    seen.entries[1] = replace(seen.entries[1], sequence=sequence)
    assert faults(seen) == {"feed gaps"}


def test_entry_of_a_shipment_that_nobody_placed_is_a_fault(seen):
    stranger = seen.order()
    del seen.shipments[f"id-{stranger.mark}"]
    seen.sent(stranger)
    seen.closed(stranger)
    assert faults(seen) == {"unknown entries"}
    seen.refused.append(stranger)  # its caller gave up before the answer came
    assert faults(seen) == set()


def test_message_reported_delivered_was_sent(seen):
    seen.closed(seen.order())
    assert faults(seen) == {"delivered but never sent"}


def test_message_to_somebody_else_is_not_the_one_that_was_delivered(seen):
    order = seen.order()
    seen.sent(order)
    seen.messages[-1] = replace(seen.messages[-1], to="other@example.no")
    seen.closed(order)
    assert faults(seen) == {"delivered but never sent"}


def test_email_goes_out_once_whatever_was_lost(seen):
    order = seen.order()
    first, _ = seen.sent(order, times=2)
    seen.answers[first] = seen.reports[first] = "lost"
    seen.closed(order)
    assert faults(seen) == {"emails doubled"}


def test_sms_may_go_out_again_after_its_answer_was_lost(seen):
    order = seen.order("sms")
    first, _ = seen.sent(order, times=2)
    seen.closed(order)
    assert faults(seen) == {"sms doubled though answered"}
    seen.answers[first] = "lost"
    assert faults(seen) == set()
    verdict = judge(seen.evidence())
    assert (verdict.sms_doubled, verdict.doubts) == (1, {"lost": 1})


def test_lost_answer_of_the_second_call_excuses_no_second_call(seen):
    order = seen.order("sms")
    _, second = seen.sent(order, times=2)
    seen.answers[second] = "lost"
    seen.closed(order)
    assert faults(seen) == {"sms doubled though answered"}


def test_lost_answer_of_one_order_excuses_no_other(seen):
    lucky, unlucky = seen.order("sms"), seen.order("sms")
    first, _ = seen.sent(lucky, times=2)
    for order in (lucky, unlucky):
        seen.closed(order)
    seen.answers[first] = "lost"
    seen.sent(unlucky, times=2)
    assert faults(seen) == {"sms doubled though answered"}


def test_sms_goes_out_twice_at_most(seen):
    order = seen.order("sms")
    seen.answers |= dict.fromkeys(seen.sent(order, times=3), "lost")
    seen.closed(order)
    assert faults(seen) == {"sms more than twice"}


def test_every_recipient_of_a_large_order_is_told_of(seen):
    order = replace(seen.order(kind=Kind.BULK), number=0)
    seen.orders[-1] = order
    seen.shipments = {"id-e0": "e0", "id-s1": "s1", "bulk": "e0x2"}
    endings = [Ending(to, "Email_Delivered") for to in bulk_addresses(order)]
    seen.messages += [
        replace(seen.messages[0], id=f"b{i}", mark="e0x2", to=e.to) for i, e in enumerate(endings)
    ]
    seen.orders[0] = Order(0.0, "email", 999)
    seen.entries = [
        replace(seen.entries[1], sequence=1),
        Entry(2, "bulk", "e0x2", "Order_Completed", tuple(endings)),
    ]
    del seen.shipments["id-e0"]
    assert len(endings) == BULK_RECIPIENTS
    assert faults(seen) == set()
    seen.entries[1] = replace(seen.entries[1], endings=tuple(endings[1:]))
    assert faults(seen) == {"recipients missing"}


def test_cancelled_order_sends_nothing(seen):
    order = seen.order(kind=Kind.CANCELLED)
    seen.cancelled.add(order.mark)
    seen.closed(order, result="", status="Order_Cancelled")
    assert faults(seen) == set()
    seen.sent(order)
    assert faults(seen) == {"cancelled but sent"}


def test_confirmed_cancel_counts(seen):
    order = seen.order(kind=Kind.CANCELLED)
    seen.sent(order)
    seen.closed(order)
    assert faults(seen) == set()  # it came too late
    seen.cancelled.add(order.mark)
    assert faults(seen) == {"cancels forgotten"}


def test_order_that_nobody_cancelled_is_not_cancelled(seen):
    order = seen.order()
    seen.closed(order, result="", status="Order_Cancelled")
    assert faults(seen) == {"ended wrongly"}


def test_order_whose_condition_is_met_is_not_stopped(seen):
    order = seen.order(kind=Kind.WANTED)
    seen.closed(order, result="", status="Order_SendConditionNotMet")
    assert faults(seen) == {"ended wrongly"}


def test_unwanted_message_goes_out_only_if_its_sender_could_not_be_asked(seen):
    order = seen.order(kind=Kind.UNWANTED)
    seen.closed(order, result="", status="Order_SendConditionNotMet")
    assert faults(seen) == set()
    seen.entries.pop()
    seen.sent(order)
    seen.closed(order)
    assert faults(seen) == {"sent against condition"}
    seen.questions.add(order.mark)
    assert faults(seen) == set()


def test_limits_hold_in_every_time_of_their_length(seen):
    seen.limits = {"EMAIL_LIMIT_PER_MINUTE": 2}
    for seconds in (30, 59.9):
        order = seen.order()
        seen.sent(order, after=seconds)
        seen.closed(order)
    assert faults(seen) == {"limits exceeded"}
    seen.messages[-1] = replace(seen.messages[-1], at=seen.messages[-1].at.replace(minute=1, second=0))
    assert faults(seen) == set()


def test_clock_that_was_set_back_begins_a_limit_anew(seen):
    seen.limits = {"EMAIL_LIMIT_PER_MINUTE": 2}
    for seconds in (20, 10):
        order = seen.order()
        seen.sent(order, after=seconds)
        seen.closed(order)
    assert faults(seen) == set()


def test_a_webhook_may_be_told_twice(seen):
    seen.told = [1, 1, 2, 1, 2]
    verdict = judge(seen.evidence())
    assert verdict.is_clean
    assert (verdict.webhook_calls, verdict.webhook_repeats) == (5, 3)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ([1], {"webhook missed"}),
        ([], {"webhook missed"}),
        ([2, 1], {"webhook gaps"}),
        ([1, 3, 2], {"webhook gaps"}),
    ],
)
def test_a_webhook_is_told_everything_in_order(seen, told, fault):
    seen.told = told
    assert faults(seen) == fault


def test_no_call_of_a_webhook_has_a_wrong_signature(seen):
    seen.told, seen.forged = [1, 2], 1
    assert faults(seen) == {"webhook signatures"}
