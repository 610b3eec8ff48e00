"""Rules for the address that is asked, right before sending, whether to send.

An order keeps the address as it was written; checked is what will be called. Whether the service may call the
host is decided when it calls, from the address the name then resolves to.
"""

import re

from shared.contracts.reading.absolute_url import scheme_of, split_url
from shared.contracts.reading.request_errors import Findings, Path
from shared.domain.texts.written_url import called_url, trimmed_url

_NOT_ABSOLUTE = "ConditionEndpoint must be a valid absolute URI or null."
_V1_INVALID = "The condition endpoint must be a valid URL."
_WRONG_SCHEME = "ConditionEndpoint must use http or https scheme."

_V1_HOST = re.compile(r"[A-Za-z0-9.\-]+\.[A-Za-z]{2,}")


def check_condition_endpoint(
    endpoint: str | None, path: Path, findings: Findings, *, insecure_allowed: bool
) -> None:
    """Check the endpoint of a chain or composed order: an absolute URL, normally https."""
    if endpoint is None:
        return
    url = trimmed_url(endpoint)
    scheme = scheme_of(url)
    if scheme is None or (scheme in ("http", "https") and split_url(url) is None):
        findings.add(path, _NOT_ABSOLUTE)
    elif not _is_allowed(scheme, insecure_allowed):
        findings.add(path, _WRONG_SCHEME)


def check_v1_condition_endpoint(
    endpoint: str | None, path: Path, findings: Findings, *, insecure_allowed: bool
) -> None:
    """Check the endpoint of a version 1 order, whose host must also be a name with a top-level domain.

    Unlike version 2, version 1 lets characters pass that should have been percent-encoded.
    """
    if endpoint is None:
        return
    called = called_url(endpoint)
    scheme, url = scheme_of(called), split_url(called)
    if (
        scheme not in ("http", "https")
        or url is None
        or not (insecure_allowed or _V1_HOST.fullmatch(url.hostname or ""))
    ):
        findings.add(path, _V1_INVALID)
    elif not _is_allowed(scheme, insecure_allowed):
        findings.add(path, _WRONG_SCHEME)


def _is_allowed(scheme: str, insecure_allowed: bool) -> bool:
    return scheme == "https" or (scheme == "http" and insecure_allowed)
