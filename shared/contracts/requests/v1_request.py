"""The three version 1 requests: from the body to the order."""

from datetime import datetime

from shared.contracts.reading.members import known_member
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import RequestErrors, read_model
from shared.contracts.requests import v1_models as m
from shared.contracts.requests.chain_recipient_validation import check_content_type
from shared.contracts.requests.field_validation import email_field_texts, sms_field_texts
from shared.contracts.requests.text_models import email_template, sms_template
from shared.contracts.requests.v1_validation import (
    EMAIL_ONLY,
    SMS_ONLY,
    check_v1_base,
    check_v1_channel,
    check_v1_fields,
    check_v1_recipients,
)
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)


def read_v1_order(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /orders`; RequestInvalidError with the keys of the API."""
    order = read_model(m.V1Order, body, parameter="notificationOrderRequest")
    errors = RequestErrors()
    check_v1_base(order, errors, now, defaults)
    check_v1_channel(order, errors)
    email, sms = order.email_template, order.sms_template
    return errors.conclude(
        lambda: _request(
            order,
            known_member(order.notification_channel or ChannelSchema.EMAIL),
            now,
            email=email_template(email, defaults) if email else None,
            sms=sms_template(sms, defaults) if sms else None,
        )
    )


def read_v1_email_order(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /orders/email`, which has no sender of its own and ignores mobile numbers."""
    order = read_model(m.V1EmailOrder, body, parameter="emailNotificationOrderRequest")
    errors = RequestErrors()
    check_v1_base(order, errors, now, defaults)
    check_v1_recipients(order.recipients, EMAIL_ONLY, errors)
    check_v1_fields(order.recipients, email_field_texts(order), errors)
    check_content_type(order.content_type, errors)
    return errors.conclude(
        lambda: _request(order, ChannelSchema.EMAIL, now, mobile=False, email=email_template(order, defaults))
    )


def read_v1_sms_order(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read `POST /orders/sms`, which ignores e-mail addresses."""
    order = read_model(m.V1SmsOrder, body, parameter="smsNotificationOrderRequest")
    errors = RequestErrors()
    check_v1_base(order, errors, now, defaults)
    check_v1_recipients(order.recipients, SMS_ONLY, errors)
    check_v1_fields(order.recipients, sms_field_texts(order), errors)
    return errors.conclude(
        lambda: _request(order, ChannelSchema.SMS, now, address=False, sms=sms_template(order, defaults))
    )


def _request(
    order: m.V1OrderBase,
    channel: ChannelSchema,
    now: datetime,
    *,
    address: bool = True,
    mobile: bool = True,
    email: EmailTemplate | None = None,
    sms: SmsTemplate | None = None,
) -> ChainRequest:
    """Build the order; without `address` or `mobile` those of the recipients are ignored."""
    return ChainRequest(
        OrderRequest(
            type=OrderType.NOTIFICATION,
            requested_send_at=order.requested_send_time or now,
            channel_schema=channel,
            recipients=tuple(
                _recipient(r, address=address, mobile=mobile) for r in order.recipients if r is not None
            ),
            senders_reference=order.senders_reference,
            condition_endpoint=order.condition_endpoint,
            email=email,
            sms=sms,
            ignore_reservation=order.ignore_reservation,
            resource_id=order.resource_id,
            resource_action=order.resource_action,
        )
    )


def _recipient(recipient: m.V1Recipient, *, address: bool, mobile: bool) -> Recipient:
    # An empty text is no address and no number; kept as text it would make different recipients look equal.
    return Recipient(
        email_address=(recipient.email_address or "").strip() or None if address else None,
        mobile_number=recipient.mobile_number or None if mobile else None,
        organization_number=recipient.organization_number or None,
        national_identity_number=recipient.national_identity_number or None,
        fields=recipient.fields or None,
    )
