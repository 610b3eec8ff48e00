"""Links of services that shorten links: operators hold SMS with them for fraud, and many readers do, too."""

import re

_HOSTS = (
    "bit.ly", "bl.ink", "buff.ly", "cutt.ly", "dub.sh", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy",
    "rebrand.ly", "s.id", "short.io", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "trib.al",
    "v.gd",
)  # fmt: skip
_LINK = re.compile(
    rf"(?:https?://|(?<![\w.@/-]))(?:www\.)?({'|'.join(map(re.escape, _HOSTS))})/[\w-]", re.IGNORECASE
)


def shorteners_in(text: str) -> tuple[str, ...]:
    """Return the hosts of shortened links in a text, each once, as they are listed here."""
    return tuple(dict.fromkeys(found[1].lower() for found in _LINK.finditer(text)))
