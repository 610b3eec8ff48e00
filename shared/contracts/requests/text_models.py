"""The texts of requests of both versions, and how they become the texts of an order."""

from shared.contracts.reading import wire_model as w
from shared.contracts.reading.members import known_member
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.wire_model import WireModel
from shared.domain.orders.order import Attachment, EmailContentType, EmailTemplate, SmsTemplate
from shared.domain.texts.single_line import single_line

_NOT_BLANK = r"\S"


class EmailText(WireModel):
    """Text and sender of an e-mail."""

    subject: w.Text
    body: w.EmailBody
    sender_email_address: w.OptionalText | None = None
    content_type: w.ContentType | None = None


class EmailSettings(EmailText):
    """An e-mail that is queued. The policy mirrors that of SMS; only `Anytime` is allowed."""

    sending_time_policy: w.EmailTimePolicy | None = None


class SmsText(WireModel):
    """Text and sender of an SMS."""

    body: w.SmsBody
    sender: w.OptionalText | None = None


class SmsSettings(SmsText):
    """An SMS that is queued, and whether it may be sent at night."""

    sending_time_policy: w.TimePolicy | None = None


class V1EmailTemplate(WireModel):
    """The e-mail of `POST /orders`. A member may be left out, but not be null."""

    from_address: w.OptionalText = ""
    subject: w.OptionalText = w.refused_without("", pattern=_NOT_BLANK)
    body: w.OptionalEmailBody = w.refused_without("", pattern=_NOT_BLANK)
    content_type: w.ContentType | None = None


class V1SmsTemplate(WireModel):
    """The SMS of `POST /orders`. A member may be left out, but not be null."""

    sender_number: w.OptionalText = ""
    body: w.OptionalSmsBody = w.refused_without("", pattern=_NOT_BLANK)


class V1EmailText(WireModel):
    """The e-mail of `POST /orders/email`. A text that is left out is reported like a blank one."""

    subject: w.Text = w.missing_like_null()
    body: w.EmailBody = w.missing_like_null()
    content_type: w.ContentType | None = None


class V1SmsText(WireModel):
    """The SMS of `POST /orders/sms`. A text that is left out is reported like a blank one."""

    body: w.SmsBody = w.missing_like_null()
    sender_number: w.OptionalText | None = None


def email_template(
    text: EmailText | V1EmailTemplate | V1EmailText,
    defaults: Defaults,
    attachments: tuple[Attachment, ...] = (),
) -> EmailTemplate:
    """Build the e-mail of an order, with the default sender where the request has none."""
    sender = None
    if isinstance(text, EmailText):
        sender = text.sender_email_address
    elif isinstance(text, V1EmailTemplate):
        sender = text.from_address
    return EmailTemplate(
        from_address=single_line(sender or "").strip() or defaults.email_from,
        subject=single_line(text.subject),
        body=text.body,
        content_type=known_member(text.content_type or EmailContentType.PLAIN),
        attachments=attachments,
    )


def sms_template(text: SmsText | V1SmsTemplate | V1SmsText, defaults: Defaults) -> SmsTemplate:
    """Build the SMS of an order, with the default sender where the request has none."""
    if isinstance(text, SmsText):
        sender = single_line(text.sender or "").strip()
    else:
        sender = single_line(text.sender_number or "")  # version 1 keeps the blanks around it
    return SmsTemplate(sender if sender.strip() else defaults.sms_sender, text.body)
