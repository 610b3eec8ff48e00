"""What the gateway is told of a message besides its text."""

from datetime import timedelta

import pytest

from shared.domain.orders.order import SmsTemplate
from shared.services.sending.send_sms import compose_sms

ON_THE_WAY = timedelta(milliseconds=40)  # what a request takes until it reaches the gateway


@pytest.mark.parametrize(
    ("lifetime", "minutes"), [(1, 1), (60, 1), (89, 1), (90, 2), (150, 3), (210, 4), (172_800, 2880)]
)
def test_lifetime_is_rounded_to_whole_minutes_halves_up(lifetime: int, minutes: int) -> None:
    left = timedelta(seconds=lifetime) - ON_THE_WAY
    assert compose_sms(SmsTemplate("Altinn", "hei"), "+4790000001", left).ttl_minutes == minutes
