"""Rules for the condition endpoint, which the service calls right before sending.

An order keeps the URL as it was written; the rules check the URL that will be called. Whether its host may be
called is decided at the call, by the address that the host name then resolves to.
"""

import re

from shared.contracts.reading.absolute_url import scheme_of, split_url
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import RequestErrors
from shared.domain.texts.written_url import called_url, trimmed_url

_NOT_ABSOLUTE = "ConditionEndpoint must be a valid absolute URI or null."
_V1_INVALID = "The condition endpoint must be a valid URL."
_WRONG_SCHEME = "ConditionEndpoint must use http or https scheme."

_V1_HOST = re.compile(r"[A-Za-z0-9.\-]+\.[A-Za-z]{2,}")


def check_condition_endpoint(endpoint: str | None, errors: RequestErrors, defaults: Defaults) -> None:
    """Check the endpoint of a chain or composed order: an absolute URL, normally https."""
    if endpoint is None:
        return
    url = trimmed_url(endpoint)
    scheme = scheme_of(url)
    if scheme is None or (scheme in ("http", "https") and split_url(url) is None):
        errors.add(_NOT_ABSOLUTE, "condition_endpoint")
    elif not _is_allowed(scheme, defaults):
        errors.add(_WRONG_SCHEME, "condition_endpoint")


def check_v1_condition_endpoint(endpoint: str | None, errors: RequestErrors, defaults: Defaults) -> None:
    """Check the endpoint of a version 1 order, whose host must also be a name with a top-level domain.

    Unlike version 2, version 1 accepts characters that should have been percent-encoded.
    """
    if endpoint is None:
        return
    called = called_url(endpoint)
    scheme, url = scheme_of(called), split_url(called)
    host = url.hostname or "" if url else ""
    is_host = defaults.insecure_endpoints or _V1_HOST.fullmatch(host)
    if scheme not in ("http", "https") or not url or not is_host:
        errors.add(_V1_INVALID, "condition_endpoint")
    elif not _is_allowed(scheme, defaults):
        errors.add(_WRONG_SCHEME, "condition_endpoint")


def _is_allowed(scheme: str, defaults: Defaults) -> bool:
    return scheme == "https" or (scheme == "http" and defaults.insecure_endpoints)
