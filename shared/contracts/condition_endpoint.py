"""Rules for the address that is asked, right before sending, whether to send.

Whether the service may call the host is decided when it calls, from the address the name then resolves to.
"""

import re
from urllib.parse import urlsplit

from shared.contracts.findings import Findings, Path

_NOT_ABSOLUTE = "ConditionEndpoint must be a valid absolute URI or null."
_V1_INVALID = "The condition endpoint must be a valid URL."
_WRONG_SCHEME = "ConditionEndpoint must use http or https scheme."

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):.")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\<>\"]")
_V1_HOST = re.compile(r"[A-Za-z0-9.\-]+\.[A-Za-z]{2,}")


def check_condition_endpoint(
    endpoint: str | None, path: Path, findings: Findings, *, insecure_allowed: bool
) -> None:
    """Check the endpoint of a chain or composed order: an absolute URL, normally https."""
    if endpoint is None:
        return
    scheme = _scheme(endpoint)
    if scheme is None or (scheme in ("http", "https") and _host(endpoint) is None):
        findings.add(path, _NOT_ABSOLUTE)
    elif not _is_allowed(scheme, insecure_allowed):
        findings.add(path, _WRONG_SCHEME)


def check_v1_condition_endpoint(
    endpoint: str | None, path: Path, findings: Findings, *, insecure_allowed: bool
) -> None:
    """Check the endpoint of a version 1 order, whose host must also be a name with a top-level domain."""
    if endpoint is None:
        return
    scheme = _scheme(endpoint)
    host = _host(endpoint)
    if (
        scheme not in ("http", "https")
        or host is None
        or (not insecure_allowed and _V1_HOST.fullmatch(host) is None)
    ):
        findings.add(path, _V1_INVALID)
    elif not _is_allowed(scheme, insecure_allowed):
        findings.add(path, _WRONG_SCHEME)


def _is_allowed(scheme: str, insecure_allowed: bool) -> bool:
    return scheme == "https" or (scheme == "http" and insecure_allowed)


def _scheme(endpoint: str) -> str | None:
    match = _SCHEME.match(endpoint)
    return match[1].lower() if match else None


def _host(endpoint: str) -> str | None:
    if _UNSAFE.search(endpoint):
        return None
    try:
        parts = urlsplit(endpoint)
        # Reading the port is what refuses one that is not a number below 65536.
        return parts.hostname if parts.port is None or parts.port > 0 else None
    except ValueError:
        return None
