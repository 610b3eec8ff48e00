"""Rules for the send time of an order; instants are compared, in whatever zone they were written."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.contracts.reading import limits
from shared.contracts.reading.request_errors import RequestErrors


@dataclass(frozen=True, slots=True)
class SendTimeRule:
    """How far a send time may lie in the past, and the error texts for breaking the rule."""

    tolerance: timedelta
    too_early: str
    no_zone: str = "The requested send time value must have specified a time zone."


V1_ORDER = SendTimeRule(
    tolerance=limits.V1_SEND_TIME_TOLERANCE,
    too_early="Send time must be in the future. Leave blank to send immediately.",
)
V2_ORDER = SendTimeRule(
    tolerance=limits.SEND_TIME_TOLERANCE, too_early="RequestedSendTime must be greater than or equal to now."
)
REMINDER = SendTimeRule(
    tolerance=limits.SEND_TIME_TOLERANCE,
    too_early="RequestedSendTime must be greater than or equal to the current UTC time.",
    no_zone="The RequestedSendTime must have specified a time zone.",
)


def check_send_time(
    requested_send_time: datetime | None, rule: SendTimeRule, errors: RequestErrors, *, now: datetime
) -> None:
    """Check the requested send time of an order or reminder; None means now."""
    if requested_send_time is None:
        return
    at, errors = requested_send_time, errors.at("requested_send_time")
    if at.tzinfo is None:
        errors.add(rule.no_zone)
        at = at.replace(tzinfo=UTC)  # to report as well if it has passed
    if at > limits.LATEST_SEND_TIME:
        errors.add(f"RequestedSendTime must not be later than {limits.LATEST_SEND_TIME:%Y-%m-%d}.")
    elif at < now - rule.tolerance:
        errors.add_too_early(rule.too_early)
