"""Rules for when an order is to be sent; instants are compared, whatever zone they were written in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.contracts.reading import limits
from shared.contracts.reading.request_errors import Findings, Path


@dataclass(frozen=True, slots=True)
class SendTimeRule:
    """How late a send time may be, and what a caller is told who breaks the rule."""

    tolerance: timedelta
    too_early: str
    no_zone: str = "The requested send time value must have specified a time zone."


V1_ORDER = SendTimeRule(
    tolerance=limits.V1_SEND_TIME_TOLERANCE,
    too_early="Send time must be in the future. Leave blank to send immediately.",
)
V2_ORDER = SendTimeRule(
    tolerance=limits.SEND_TIME_TOLERANCE,
    too_early="RequestedSendTime must be greater than or equal to now.",
)
REMINDER = SendTimeRule(
    tolerance=limits.SEND_TIME_TOLERANCE,
    too_early="RequestedSendTime must be greater than or equal to the current UTC time.",
    no_zone="The RequestedSendTime must have specified a time zone.",
)


def check_send_time(
    at: datetime | None, path: Path, rule: SendTimeRule, findings: Findings, *, now: datetime
) -> None:
    """Check a send time as it was read; one left out means now and is always good."""
    if at is None:
        return
    if at.tzinfo is None:
        findings.add(path, rule.no_zone)
        at = at.replace(tzinfo=UTC)  # whether it has passed is told all the same
    if at > limits.LATEST_SEND_TIME:
        findings.add(path, f"RequestedSendTime must not be later than {limits.LATEST_SEND_TIME:%Y-%m-%d}.")
    elif at < now - rule.tolerance:
        findings.add_too_early(path, rule.too_early)
