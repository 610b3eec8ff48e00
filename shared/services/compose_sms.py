"""Makes the message that the gateway is given."""

import math
from datetime import timedelta

from shared.domain.order import SmsTemplate
from shared.domain.phone import e164
from shared.domain.sms_text import as_sent
from shared.ports import OutgoingSms


def compose_sms(template: SmsTemplate, number: str, left: timedelta) -> OutgoingSms:
    """Return the SMS to a number that is worth something for as long as is `left`."""
    seconds = math.ceil(left.total_seconds())  # the moment that has passed since the request does not count
    minutes = max(1, (seconds + 30) // 60)
    return OutgoingSms(e164(number), template.sender, as_sent(template.body), minutes)
