"""Results of a notification, and how news changes it; tests/property/test_results.py has the rules."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.orders.notification import (
    EmailResult,
    Notification,
    Outcome,
    SmsResult,
    rank,
    results_of,
)
from shared.domain.orders.order import Channel

START = datetime(2031, 3, 3, tzinfo=UTC)


def test_delivery_outranks_every_failure_but_a_bounce() -> None:
    assert max(SmsResult, key=rank) is SmsResult.DELIVERED
    assert sorted(EmailResult, key=rank)[-2:] == [EmailResult.DELIVERED, EmailResult.FAILED_BOUNCED]


def test_only_the_first_three_results_are_pending() -> None:
    for results in (EmailResult, SmsResult):
        channel = Channel.EMAIL if results is EmailResult else Channel.SMS
        notifications = [Notification(1, 0, channel, "", result, START) for result in results]
        assert [notification.is_pending for notification in notifications] == [True] * 3 + [False] * (
            len(results) - 3
        )


def sms(result=SmsResult.SENDING, reference=None):
    return Notification(1, 0, Channel.SMS, "+4790000001", result, START, reference)


def test_higher_result_brings_its_time_and_a_lower_one_changes_nothing():
    later = START + timedelta(minutes=1)
    accepted = sms().combined_with(Outcome(SmsResult.ACCEPTED, later))
    assert (accepted.result, accepted.at) == (SmsResult.ACCEPTED, later)
    assert accepted.combined_with(Outcome(SmsResult.SENDING, later)) == accepted


def test_reference_that_comes_with_old_news_is_kept():
    found = sms(SmsResult.DELIVERED).combined_with(Outcome(SmsResult.ACCEPTED, START, "r-1"))
    assert (found.result, found.reference) == (SmsResult.DELIVERED, "r-1")


@pytest.mark.parametrize("result", SmsResult)
def test_only_a_new_notification_is_unsent(result):
    assert sms(result).is_unsent is (result is SmsResult.NEW)


def test_results_are_those_of_their_channel():
    assert (results_of(Channel.EMAIL), results_of(Channel.SMS)) == (EmailResult, SmsResult)


def test_the_earliest_time_of_a_result_counts():
    earlier, later = START - timedelta(minutes=1), START + timedelta(minutes=1)
    assert sms().combined_with(Outcome(SmsResult.SENDING, later)).at == START
    assert sms().combined_with(Outcome(SmsResult.SENDING, earlier)).at == earlier
