"""Business rules of chain orders; all are evaluated, so that a caller sees every mistake at once."""

from datetime import datetime

from shared.contracts.reading import limits
from shared.contracts.reading.condition_endpoint import check_condition_endpoint
from shared.contracts.reading.request_errors import Findings, Path
from shared.contracts.reading.send_time import REMINDER, V2_ORDER, check_send_time
from shared.contracts.requests.chain_models import ChainReminder, OrderBase, OrderChain
from shared.contracts.requests.chain_recipient_validation import check_chain_recipient


def check_order_chain(
    order: OrderChain, findings: Findings, *, now: datetime, insecure_allowed: bool
) -> None:
    """Check a main order and its reminders."""
    check_order_base(order, findings, now=now, insecure_allowed=insecure_allowed)
    check_chain_recipient(order.recipient, ("recipient",), findings)
    reminders = order.reminders or []
    if len(reminders) > limits.REMINDERS:
        findings.add(("reminders",), f"At most {limits.REMINDERS} reminders are allowed.")
    main_at = order.requested_send_time or now
    for position, reminder in enumerate(reminders[: limits.REMINDERS]):
        path: Path = ("reminders", position)
        if reminder is None:
            findings.add(path, "Reminder item must not be null.")
            continue
        _check_timing(reminder, path, findings, now=now, main_at=main_at)
        endpoint_path = (*path, "condition_endpoint")
        check_condition_endpoint(
            reminder.condition_endpoint, endpoint_path, findings, insecure_allowed=insecure_allowed
        )
        check_chain_recipient(reminder.recipient, (*path, "recipient"), findings)


def check_order_base(order: OrderBase, findings: Findings, *, now: datetime, insecure_allowed: bool) -> None:
    """Check the send time and the condition endpoint of a chain or composed order."""
    check_send_time(order.requested_send_time, ("requested_send_time",), V2_ORDER, findings, now=now)
    check_condition_endpoint(
        order.condition_endpoint, ("condition_endpoint",), findings, insecure_allowed=insecure_allowed
    )


def _check_timing(
    reminder: ChainReminder, path: Path, findings: Findings, *, now: datetime, main_at: datetime
) -> None:
    days_path, time_path = (*path, "delay_days"), (*path, "requested_send_time")
    match reminder.delay_days, reminder.requested_send_time:
        case None, None:
            findings.add(path, "Either DelayDays or RequestedSendTime must be defined, but not both.")
        case None, at:
            check_send_time(at, time_path, REMINDER, findings, now=now)
        case days, None:
            if days < 1:
                findings.add(days_path, "DelayDays must be greater than or equal to 1 day.")
            elif main_at.tzinfo is not None and days > (limits.LATEST_SEND_TIME - main_at).days:
                findings.add(days_path, "DelayDays leads beyond the latest send time that is supported.")
        case _:
            findings.add(path, "Either DelayDays or RequestedSendTime must be defined, but not both.")
            findings.add(days_path, "DelayDays must be null when RequestedSendTime is set.")
            findings.add(time_path, "RequestedSendTime must be null when DelayDays is set.")
