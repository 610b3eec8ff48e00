"""A search on the support dashboard: one recipient, and a range of send times."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.contracts.queries.values import not_valid
from shared.contracts.reading.identity_numbers import number_error
from shared.contracts.reading.timestamps import parse_typed_instant
from shared.domain.recipients.email_address import is_email_address
from shared.domain.recipients.identity_kind import IdentityKind
from shared.runtime.errors import RequestInvalidError

_DEFAULT_RANGE = timedelta(days=7)
_OLDEST_YEARS = 10


_HEADERS = {IdentityKind.PERSON: "NationalIdentityNumber", IdentityKind.ORGANIZATION: "OrganizationNumber"}
_EMAIL_HEADER = "EmailAddress"
type _Errors = defaultdict[str, list[str]]


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """The number or address of a recipient and the range from_at ≤ requested send time < to_at, aware UTC."""

    sought: str
    from_at: datetime
    to_at: datetime


def read_dashboard_query(
    kind: IdentityKind, headers: Mapping[str, str], query: Mapping[str, str], *, now: datetime
) -> DashboardQuery:
    """Read the number from its header, which keeps it out of access logs, and the range of times."""
    return _read(_HEADERS[kind], lambda number: number_error(kind, number), headers, query, now)


def read_email_query(
    headers: Mapping[str, str], query: Mapping[str, str], *, now: datetime
) -> DashboardQuery:
    """Read the address from its header, a domain with other letters in its ASCII form, and the times."""
    return _read(_EMAIL_HEADER, _address_error, headers, query, now)


def _address_error(address: str) -> str | None:
    return None if is_email_address(address) else f"'{_EMAIL_HEADER}' must be an e-mail address."


def _read(
    header: str,
    error_of: Callable[[str], str | None],
    headers: Mapping[str, str],
    query: Mapping[str, str],
    now: datetime,
) -> DashboardQuery:
    errors: _Errors = defaultdict(list)
    sought = headers.get(header, "").strip()
    if not sought:
        errors[header].append(f"'{header}' is required and cannot be empty")
    elif error := error_of(sought):
        errors[header].append(error)
    from_at = _read_bound("from", query, errors)
    to_at = _read_bound("to", query, errors)
    if from_at is not None:
        if to_at is not None and from_at >= to_at:
            errors["From"].append("'from' must be earlier than 'to'.")
        if from_at > now:
            errors["From"].append("'from' must not be in the future.")
        if from_at < _years_before(now, _OLDEST_YEARS):
            errors["From"].append(f"'from' must not be earlier than {_OLDEST_YEARS} years ago.")
    if to_at is not None:
        if to_at > now:
            errors["To"].append("'to' must not be in the future.")
        if not query.get("from", "").strip() and to_at <= now - _DEFAULT_RANGE:
            errors["To"].append("'to' must be later than the default 'from' (7 days ago).")
    if errors:
        raise RequestInvalidError(errors)
    return DashboardQuery(sought, from_at or now - _DEFAULT_RANGE, to_at or now)


def _read_bound(name: str, query: Mapping[str, str], errors: _Errors) -> datetime | None:
    text = query.get(name, "")
    if not text.strip():
        return None
    try:
        at = parse_typed_instant(text)
    except ValueError:
        errors[name.capitalize()].append(not_valid(text))
        return None
    if at.tzinfo is None:
        errors[name.capitalize()].append(f"The '{name}' value must be UTC.")
        return None
    return at


def _years_before(now: datetime, years: int) -> datetime:
    utc = now.astimezone(UTC)
    try:
        return utc.replace(year=utc.year - years)
    except ValueError:  # 29 February
        return utc.replace(year=utc.year - years, day=28)
