"""Business rules of chain orders; all are evaluated, so that the caller gets every error at once."""

from datetime import datetime

from shared.contracts.reading import limits
from shared.contracts.reading.condition_endpoint_validation import check_condition_endpoint
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import RequestErrors
from shared.contracts.reading.send_time_validation import REMINDER, V2_ORDER, check_send_time
from shared.contracts.requests.chain_models import ChainReminder, OrderBase, OrderChain
from shared.contracts.requests.chain_recipient_validation import check_chain_recipient


def check_order_chain(order: OrderChain, errors: RequestErrors, now: datetime, defaults: Defaults) -> None:
    """Check a main order and its reminders."""
    check_order_base(order, errors, now, defaults)
    check_chain_recipient(order.recipient, errors.at("recipient"))
    reminders = order.reminders or []
    if len(reminders) > limits.REMINDERS:
        errors.add(f"At most {limits.REMINDERS} reminders are allowed.", "reminders")
    main_at = order.requested_send_time or now
    for position, reminder in enumerate(reminders[: limits.REMINDERS]):
        of_reminder = errors.at("reminders", position)
        if reminder is None:
            of_reminder.add("Reminder item must not be null.")
            continue
        _check_timing(reminder, of_reminder, now, main_at)
        check_condition_endpoint(reminder.condition_endpoint, of_reminder, defaults)
        check_chain_recipient(reminder.recipient, of_reminder.at("recipient"))


def check_order_base(order: OrderBase, errors: RequestErrors, now: datetime, defaults: Defaults) -> None:
    """Check the send time and the condition endpoint of a chain or composed order."""
    check_send_time(order.requested_send_time, V2_ORDER, errors, now=now)
    check_condition_endpoint(order.condition_endpoint, errors, defaults)


def _check_timing(reminder: ChainReminder, errors: RequestErrors, now: datetime, main_at: datetime) -> None:
    match reminder.delay_days, reminder.requested_send_time:
        case None, None:
            errors.add("Either DelayDays or RequestedSendTime must be defined, but not both.")
        case None, at:
            check_send_time(at, REMINDER, errors, now=now)
        case days, None:
            if days < 1:
                errors.add("DelayDays must be greater than or equal to 1 day.", "delay_days")
            elif main_at.tzinfo is not None and days > (limits.LATEST_SEND_TIME - main_at).days:
                errors.add("DelayDays leads beyond the latest send time that is supported.", "delay_days")
        case _:
            errors.add("Either DelayDays or RequestedSendTime must be defined, but not both.")
            errors.add("DelayDays must be null when RequestedSendTime is set.", "delay_days")
            errors.add("RequestedSendTime must be null when DelayDays is set.", "requested_send_time")
