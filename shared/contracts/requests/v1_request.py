"""The three version 1 creates: from their bodies to the one order each asks for."""

from datetime import datetime

from shared.contracts.reading.members import listed
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import Findings, read_model
from shared.contracts.requests import v1_models as m
from shared.contracts.requests.chain_recipient_validation import check_content_type
from shared.contracts.requests.text_models import sender_or
from shared.contracts.requests.v1_validation import (
    EMAIL_ONLY,
    SMS_ONLY,
    check_v1_base,
    check_v1_channel,
    check_v1_recipients,
)
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.texts.single_line import single_line


def read_v1_order(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /orders`; RequestInvalidError with the keys of the API."""
    order = read_model(m.V1Order, body, parameter="notificationOrderRequest")
    findings = Findings()
    check_v1_base(order, findings, now=now, insecure_allowed=defaults.insecure_endpoints)
    check_v1_channel(order, findings)
    email, sms = order.email_template, order.sms_template
    return findings.conclude(
        lambda: _request(
            order,
            listed(order.notification_channel or ChannelSchema.EMAIL),
            tuple(_recipient(recipient) for recipient in order.recipients if recipient is not None),
            now,
            email=_email(email, sender_or(defaults.email_from, email.from_address)) if email else None,
            sms=_sms(sms, defaults) if sms else None,
        )
    )


def read_v1_email_order(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /orders/email`, which has no sender of its own and ignores mobile numbers."""
    order = read_model(m.V1EmailOrder, body, parameter="emailNotificationOrderRequest")
    findings = Findings()
    check_v1_base(order, findings, now=now, insecure_allowed=defaults.insecure_endpoints)
    check_v1_recipients(order.recipients, EMAIL_ONLY, findings)
    check_content_type(order.content_type, ("content_type",), findings)
    return findings.conclude(
        lambda: _request(
            order,
            ChannelSchema.EMAIL,
            tuple(_recipient(r, mobile=False) for r in order.recipients if r is not None),
            now,
            email=_email(order, defaults.email_from),
        )
    )


def read_v1_sms_order(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /orders/sms`, which ignores e-mail addresses."""
    order = read_model(m.V1SmsOrder, body, parameter="smsNotificationOrderRequest")
    findings = Findings()
    check_v1_base(order, findings, now=now, insecure_allowed=defaults.insecure_endpoints)
    check_v1_recipients(order.recipients, SMS_ONLY, findings)
    return findings.conclude(
        lambda: _request(
            order,
            ChannelSchema.SMS,
            tuple(_recipient(r, email=False) for r in order.recipients if r is not None),
            now,
            sms=_sms(order, defaults),
        )
    )


def _request(
    order: m.V1OrderBase,
    channel: ChannelSchema,
    recipients: tuple[Recipient, ...],
    now: datetime,
    *,
    email: EmailTemplate | None = None,
    sms: SmsTemplate | None = None,
) -> ChainRequest:
    return ChainRequest(
        OrderRequest(
            type=OrderType.NOTIFICATION,
            requested_send_at=order.requested_send_time or now,
            channel_schema=channel,
            recipients=recipients,
            senders_reference=order.senders_reference,
            condition_endpoint=order.condition_endpoint,
            email=email,
            sms=sms,
            ignore_reservation=order.ignore_reservation,
            resource_id=order.resource_id,
            resource_action=order.resource_action,
        )
    )


def _recipient(recipient: m.V1Recipient, *, email: bool = True, mobile: bool = True) -> Recipient:
    # An empty text is no address and no number; kept as text it would make different recipients look equal.
    return Recipient(
        email_address=(recipient.email_address or "").strip() or None if email else None,
        mobile_number=recipient.mobile_number or None if mobile else None,
        organization_number=recipient.organization_number or None,
        national_identity_number=recipient.national_identity_number or None,
    )


def _email(text: m.V1EmailTemplate | m.V1EmailOrder, from_address: str) -> EmailTemplate:
    return EmailTemplate(
        from_address=from_address,
        subject=single_line(text.subject),
        body=text.body,
        content_type=listed(text.content_type or EmailContentType.PLAIN),
    )


def _sms(text: m.V1SmsTemplate | m.V1SmsOrder, defaults: Defaults) -> SmsTemplate:
    sender = single_line(text.sender_number or "")  # with the blanks around it, unlike version 2
    return SmsTemplate(sender if sender.strip() else defaults.sms_sender, text.body)
