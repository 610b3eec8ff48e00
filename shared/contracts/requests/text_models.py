"""The texts of a version 2 request, and how they become the texts of an order."""

from shared.contracts.reading import wire_model as w
from shared.contracts.reading.members import listed
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.wire_model import WireModel
from shared.domain.orders.order import Attachment, EmailContentType, EmailTemplate, SmsTemplate
from shared.domain.texts.single_line import single_line


class EmailText(WireModel):
    """Text and sender of an e-mail."""

    subject: w.Text
    body: w.EmailBody
    sender_email_address: w.OptionalText | None = None
    content_type: w.ContentType | None = None


class EmailSettings(EmailText):
    """An e-mail that is queued; the policy exists for symmetry, only `Anytime` is allowed."""

    sending_time_policy: w.TimePolicy | None = None


class SmsText(WireModel):
    """Text and sender of an SMS."""

    body: w.SmsBody
    sender: w.OptionalText | None = None


class SmsSettings(SmsText):
    """An SMS that is queued, and whether it may leave at night."""

    sending_time_policy: w.TimePolicy | None = None


def email_template(
    text: EmailText, defaults: Defaults, attachments: tuple[Attachment, ...] = ()
) -> EmailTemplate:
    """Build the e-mail text of an order, from the default sender where none was given."""
    return EmailTemplate(
        from_address=sender_or(defaults.email_from, text.sender_email_address),
        subject=single_line(text.subject),
        body=text.body,
        content_type=listed(text.content_type or EmailContentType.PLAIN),
        attachments=attachments,
    )


def sms_template(text: SmsText, defaults: Defaults) -> SmsTemplate:
    """Build the SMS text of an order, from the default sender where none was given."""
    return SmsTemplate(sender=sender_or(defaults.sms_sender, text.sender), body=text.body)


def sender_or(default: str, given: str | None) -> str:
    """Return the sender that was given, in one line without blanks around it, or else the default one."""
    return single_line(given or "").strip() or default
