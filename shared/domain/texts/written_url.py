"""URLs as people write them, and as they are meant.

Parsers differ in what they make of blanks, control characters and backslashes, which is how a check on the
host is fooled. So a URL is brought into one form first, and that form is what is checked and what is called.
"""

import re
from urllib.parse import urlsplit

_AROUND = " \t\r\n"
_PARTS = re.compile(r"([a-z][a-z0-9+.\-]*:)[/\\]{2}([^/?#]*)([^?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_STRAY = re.compile(r"[\x00-\x20\x7f\\<>\"]")


def trimmed_url(written: str) -> str:
    """Return a URL without blanks and line breaks around it, and with `/` for each backslash of its path.

    A backslash between the scheme and the path stays: it is unclear which host is meant.
    """
    text = written.strip(_AROUND)
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return text
    scheme, authority, path, rest = parts.groups()
    return f"{scheme}//{authority}{path.replace('\\', '/')}{rest}"


def has_stray_characters(url: str) -> bool:
    """Whether a URL holds a character that may stand in one only percent-encoded."""
    return _STRAY.search(url) is not None


def called_url(written: str) -> str:
    """Return the URL that is meant: trimmed, with stray characters percent-encoded.

    What names no host beyond doubt comes back as it is.
    """
    parts = _PARTS.fullmatch(trimmed_url(written))
    if parts is None:
        return written
    scheme, authority, path, rest = parts.groups()
    if "\\" in authority:
        return written
    return f"{scheme}//{_STRAY.sub(_encoded, authority + path + rest)}"


def host_of(url: str) -> str:
    """Return the host of a URL, which may be logged; empty when it cannot be told."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _encoded(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
