"""From the texts of a request to the texts of an order: defaults filled in, headers made safe."""

import re

from shared.contracts.chain_models import EmailSettings, SmsSettings
from shared.contracts.order_defaults import Defaults
from shared.domain.order import Attachment, EmailContentType, EmailTemplate, SmsTemplate

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def single_line(subject: str) -> str:
    """Return a subject with a blank for each line break, since a subject is a header of the message."""
    return _LINE_BREAK.sub(" ", subject)


def email_template(
    settings: EmailSettings, defaults: Defaults, attachments: tuple[Attachment, ...] = ()
) -> EmailTemplate:
    """Build the e-mail text of a chain or composed order."""
    return EmailTemplate(
        from_address=(settings.sender_email_address or "").strip() or defaults.email_from,
        subject=single_line(settings.subject),
        body=settings.body,
        content_type=settings.content_type or EmailContentType.PLAIN,
        attachments=attachments,
    )


def sms_template(settings: SmsSettings, defaults: Defaults) -> SmsTemplate:
    """Build the SMS text of a chain order."""
    return SmsTemplate(sender=(settings.sender or "").strip() or defaults.sms_sender, body=settings.body)
