"""What a closed shipment counts as: succeeded or not by its result, SMS by their parts."""

from datetime import UTC, datetime

import pytest

from shared.domain.orders.ended_shipment import ClosedShipment, SmsSize
from shared.domain.orders.metrics import Counts, counts_in, counts_of
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, OrderStatus, OrderType

AT = datetime(2031, 3, 3, tzinfo=UTC)


def closed(*results, address="x", parts=1):
    notifications = tuple(
        Notification(n, 0, Channel.EMAIL if type(r) is EmailResult else Channel.SMS, address, r, AT)
        for n, r in enumerate(results, 1)
    )
    return ClosedShipment(
        "id",
        OrderType.NOTIFICATION,
        OrderStatus.COMPLETED,
        AT,
        None,
        notifications,
        sms_template=SmsSize(160 * parts, parts),
    )


@pytest.mark.parametrize("result", EmailResult)
def test_an_email_succeeded_when_it_was_taken_or_delivered(result):
    succeeded = result in (EmailResult.SUCCEEDED, EmailResult.DELIVERED)
    assert counts_in(closed(result)) == Counts(emails=1, emails_succeeded=int(succeeded))


@pytest.mark.parametrize("result", SmsResult)
def test_every_sms_counts_with_its_parts_and_succeeded_when_accepted_or_delivered(result):
    succeeded = result in (SmsResult.ACCEPTED, SmsResult.DELIVERED)
    assert counts_in(closed(result, parts=3)) == Counts(sms_parts=3, sms_succeeded=int(succeeded))


def test_an_sms_that_found_no_address_has_no_parts():
    assert counts_in(closed(SmsResult.FAILED_RECIPIENT_NOT_IDENTIFIED, address="")) == Counts()


def test_a_shipment_of_several_pages_is_one_order():
    pages = [closed(EmailResult.DELIVERED, SmsResult.DELIVERED), closed(EmailResult.FAILED)]
    assert counts_of(pages) == Counts(1, 2, 1, 1, 1)
    assert counts_of([]) == Counts(orders=1)
