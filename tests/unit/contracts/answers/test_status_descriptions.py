import pytest

from shared.contracts.answers import status_descriptions
from shared.domain.orders.notification import EmailResult, SmsResult
from shared.domain.orders.order import OrderStatus


@pytest.mark.parametrize("result", [*EmailResult, *SmsResult])
def test_every_result_is_described(result):
    assert status_descriptions.of_result(result).endswith(".")


def test_the_two_channels_are_described_apart():
    assert status_descriptions.of_result(EmailResult.NEW) != status_descriptions.of_result(SmsResult.NEW)


@pytest.mark.parametrize("status", OrderStatus)
def test_every_order_status_is_described(status):
    assert status_descriptions.ORDER[status].endswith(".")
