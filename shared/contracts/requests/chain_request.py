"""`POST /future/orders`: from the body to the orders of a chain."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from shared.contracts.reading.members import known_member
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import RequestErrors, read_model
from shared.contracts.requests import chain_models as m
from shared.contracts.requests.chain_recipient_validation import members_of
from shared.contracts.requests.chain_validation import check_order_chain
from shared.contracts.requests.content_hash import content_hash
from shared.contracts.requests.text_models import SmsSettings, email_template, sms_template
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
)


def read_order_chain(body: bytes, *, now: datetime, defaults: Defaults) -> ChainRequest:
    """Read a main order with its reminders; `now` is the instant the request began.

    Raises RequestInvalidError with the keys of the API; `replayable` is set when the only errors are send
    times that have passed.
    """
    chain = read_model(m.OrderChain, body, parameter="notificationOrderRequest")
    errors = RequestErrors()
    check_order_chain(chain, errors, now, defaults)
    return errors.conclude(lambda: _chain_request(chain, now, defaults))


def _chain_request(chain: m.OrderChain, now: datetime, defaults: Defaults) -> ChainRequest:
    main_at = chain.requested_send_time or now
    return ChainRequest(
        main=_order(chain, OrderType.NOTIFICATION, main_at, defaults),
        reminders=tuple(
            _order(reminder, OrderType.REMINDER, _reminder_time(reminder, main_at), defaults)
            for reminder in chain.reminders or ()
            if reminder is not None
        ),
        idempotency_id=chain.idempotency_id,
        dialog_id=chain.dialog.dialog_id,
        transmission_id=chain.dialog.transmission_id,
        content=content_hash(chain),
    )


def _reminder_time(reminder: m.ChainReminder, main_at: datetime) -> datetime:
    # Whole days of 24 hours: the hour of the day shifts when summer time begins or ends in between.
    return reminder.requested_send_time or main_at + timedelta(days=reminder.delay_days or 0)


def _order(
    source: m.OrderChain | m.ChainReminder, order_type: OrderType, send_at: datetime, defaults: Defaults
) -> OrderRequest:
    order = partial(
        OrderRequest,
        type=order_type,
        requested_send_at=send_at,
        senders_reference=source.senders_reference,
        condition_endpoint=source.condition_endpoint,
    )
    ((_, member),) = members_of(source.recipient)
    fields = member.fields or None
    match member:
        case m.RecipientEmail():
            return order(
                channel_schema=ChannelSchema.EMAIL,
                recipients=(Recipient(email_address=member.email_address.strip(), fields=fields),),
                email=email_template(member.settings, defaults),
                sending_time_policy=SendingTimePolicy.ANYTIME,
            )
        case m.RecipientSms():
            return order(
                channel_schema=ChannelSchema.SMS,
                recipients=(Recipient(mobile_number=member.phone_number, fields=fields),),
                sms=sms_template(member.settings, defaults),
                sending_time_policy=_sms_policy(member.settings),
            )
        case m.LookedUpRecipient():
            person = member if isinstance(member, m.RecipientPerson) else None
            email, sms = member.email_settings, member.sms_settings
            return order(
                channel_schema=known_member(member.channel_schema),
                recipients=(replace(_identified(member), fields=fields),),
                email=email_template(email, defaults) if email else None,
                sms=sms_template(sms, defaults) if sms else None,
                sending_time_policy=_sms_policy(sms) if sms else SendingTimePolicy.ANYTIME,
                ignore_reservation=bool(person.ignore_reservation) if person else None,
                use_stale_contact_information=bool(person and person.use_stale_contact_information),
                resource_id=member.resource_id,
                resource_action=member.resource_action,
            )


def _identified(member: m.LookedUpRecipient) -> Recipient:
    match member:
        case m.RecipientPerson():
            return Recipient(national_identity_number=member.national_identity_number)
        case m.RecipientOrganization():
            return Recipient(organization_number=member.org_number)
        case m.RecipientExternalIdentity():
            return Recipient(external_identity=member.external_identity)
        case _:
            raise TypeError(f"no identifier is known for {type(member).__name__}")


def _sms_policy(settings: SmsSettings) -> SendingTimePolicy:
    return known_member(settings.sending_time_policy or SendingTimePolicy.DAYTIME)
