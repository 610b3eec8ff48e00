"""Splits URLs of callers in the same way as the HTTP client that calls them later."""

import re
from ipaddress import IPv6Address
from urllib.parse import SplitResult, urlsplit

from shared.domain.texts.written_url import has_stray_characters

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):.")
_HOST = re.compile(rb"[a-z0-9._\-]+", re.IGNORECASE)
_LONGEST_HOST = 253


def scheme_of(url: str) -> str | None:
    """Return the scheme in lower case; None when the text is not an absolute URI."""
    match = _SCHEME.match(url)
    return match[1].lower() if match else None


def split_url(url: str) -> SplitResult | None:
    """Split a URL with a possible host name and a usable port, if any; None for any other text."""
    if has_stray_characters(url):
        return None
    try:
        parts = urlsplit(url)
        # `port` raises ValueError for one that is not a number below 65536.
        usable = parts.port != 0 and _host_can_exist(parts)
    except ValueError:
        return None
    return parts if usable else None


def _host_can_exist(parts: SplitResult) -> bool:
    """Whether the host is an IP address or a possible DNS name; some others raise ValueError."""
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return bool(IPv6Address(host))
    if len(host) > _LONGEST_HOST + 1:  # encoding never makes it shorter
        return False
    name = host.encode("idna").removesuffix(b".")  # ValueError for labels that are empty or too long
    return len(name) <= _LONGEST_HOST and _HOST.fullmatch(name) is not None
