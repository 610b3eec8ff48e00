"""Makes the message that the gateway is given."""

from datetime import timedelta

from shared.domain.order import SmsTemplate
from shared.domain.phone import e164
from shared.domain.sms_text import without_unsendable_characters
from shared.ports import OutgoingSms


def compose_sms(template: SmsTemplate, number: str, left: timedelta) -> OutgoingSms:
    """Return the SMS to a number that is worth something for as long as is `left`."""
    minutes = max(1, round(left / timedelta(minutes=1)))
    return OutgoingSms(e164(number), template.sender, without_unsendable_characters(template.body), minutes)
