"""`POST /future/orders/composed-email`: from the body to the order."""

from datetime import datetime

from shared.contracts.reading import limits
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import RequestErrors, read_model
from shared.contracts.requests.attachment_validation import check_attachment
from shared.contracts.requests.chain_recipient_validation import (
    INVALID_EMAIL_ADDRESS,
    check_email_settings,
    check_recipient_fields,
)
from shared.contracts.requests.chain_validation import check_order_base
from shared.contracts.requests.composed_models import ComposedOrder
from shared.contracts.requests.content_hash import content_hash
from shared.contracts.requests.field_validation import email_field_texts
from shared.contracts.requests.text_models import email_template
from shared.domain.orders.order import (
    Attachment,
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
)
from shared.domain.recipients.email_address import is_email_address
from shared.domain.texts.single_line import single_line
from shared.domain.texts.written_url import trimmed_url


def read_composed_email(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read an e-mail with files; `now` is the instant the request began.

    Raises RequestInvalidError with the keys of the API; `replayable` is set when the only errors are times
    that have passed.
    """
    order = read_model(ComposedOrder, body, parameter="orderRequest")
    errors = RequestErrors()
    check_order_base(order, errors, now, defaults)
    if not is_email_address(order.recipient.email_address):
        errors.add(INVALID_EMAIL_ADDRESS, "recipient", "email_address")
    settings = errors.at("recipient", "settings")
    check_email_settings(order.recipient.settings, settings)
    texts = email_field_texts(order.recipient.settings, "settings")
    check_recipient_fields(order.recipient.fields, texts, errors.at("recipient"))
    _check_files(order, settings, now, defaults)
    return errors.conclude(lambda: _chain_request(order, now, defaults))


def _check_files(order: ComposedOrder, errors: RequestErrors, now: datetime, defaults: Defaults) -> None:
    attachments = order.recipient.settings.attachments or []
    if len(attachments) > limits.ATTACHMENTS:
        errors.add(f"At most {limits.ATTACHMENTS} attachments are allowed.", "attachments")
    send_at = order.requested_send_time
    for position, attachment in enumerate(attachments[: limits.ATTACHMENTS]):
        of_file = errors.at("attachments", position)
        if attachment is None:
            of_file.add("Attachment item must not be null.")
        else:
            check_attachment(attachment, of_file, send_at=send_at, now=now, defaults=defaults)


def _chain_request(order: ComposedOrder, now: datetime, defaults: Defaults) -> ChainRequest:
    settings = order.recipient.settings
    attachments = tuple(
        Attachment(single_line(file.filename), file.mime_type, trimmed_url(file.sas_url))
        for file in settings.attachments or ()
        if file is not None
    )
    return ChainRequest(
        main=OrderRequest(
            type=OrderType.COMPOSED,
            requested_send_at=order.requested_send_time or now,
            channel_schema=ChannelSchema.EMAIL,
            recipients=(
                Recipient(order.recipient.email_address.strip(), fields=order.recipient.fields or None),
            ),
            senders_reference=order.senders_reference,
            condition_endpoint=order.condition_endpoint,
            email=email_template(settings, defaults, attachments),
            sending_time_policy=SendingTimePolicy.ANYTIME,
        ),
        idempotency_id=order.idempotency_id,
        dialog_id=order.dialog.dialog_id,
        transmission_id=order.dialog.transmission_id,
        content=content_hash(order),
    )
