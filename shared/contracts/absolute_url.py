"""Taking apart a URL that somebody else wrote, without disagreeing with whoever calls it later.

Parsers differ in what they make of blanks, control characters and backslashes, which is how a check on the
host is fooled; no URL that holds one is accepted.
"""

import re
from urllib.parse import SplitResult, urlsplit

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):.")
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\<>\"]")


def scheme_of(url: str) -> str | None:
    """Return the scheme in lower case; None when the text is not an absolute URI."""
    match = _SCHEME.match(url)
    return match[1].lower() if match else None


def split_url(url: str) -> SplitResult | None:
    """Split a URL that names a host and, if any, a usable port; None for every other text."""
    if _AMBIGUOUS.search(url):
        return None
    try:
        parts = urlsplit(url)
        # Reading the port is what refuses one that is not a number below 65536.
        usable = parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None
