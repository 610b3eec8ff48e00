"""Refuses writes that a page of another site makes with the login of the person who looks at it.

A browser adds the login cookie to a request whichever page it comes from. It also says which page that is: in
`Sec-Fetch-Site`, or in `Origin` if it is older. A bearer token is added by nobody but its holder.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.auth.tokens import bearer_in, cookie_in
from shared.runtime.errors import ForbiddenError

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}


def refuse_other_sites(
    method: str, url: str, headers: Mapping[str, str], *, cookie_name: str, base_uri: str
) -> None:
    """Raise ForbiddenError for a write by login cookie, unless a page of this very API sent it.

    `url` is the address of the request, `base_uri` the public one of the API. Looking up `headers` must
    ignore case.
    """
    by_cookie = bearer_in(headers) is None and cookie_in(headers, cookie_name)
    if method.upper() in _READS or not by_cookie:
        return
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        is_own = site.strip().lower() == "same-origin"
    else:
        origin = _origin(headers.get("Origin") or "")
        is_own = origin is not None and origin in (_origin(base_uri), _origin(url))
    if not is_own:
        raise ForbiddenError(
            "The login cookie may write only from a page of this API. Send the token as a bearer token."
        )


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    return (parts.scheme.lower(), parts.hostname, port) if parts.hostname and port else None
