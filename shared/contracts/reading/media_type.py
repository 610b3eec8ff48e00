"""Whether a body is JSON, and in which encoding, by its Content-Type.

As lenient as the framework of the reference API: parameters other than the charset are ignored.
"""

import re

_NAME = r"[!#$%&'*+\-.^_`|~0-9a-z]+"
_MEDIA_TYPE = re.compile(rf"\s*({_NAME})\s*/\s*({_NAME})", re.IGNORECASE)
_PARAMETER = re.compile(rf';\s*({_NAME})\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)
# The charsets that the reference API reads, and their encodings.
_ENCODINGS = {
    "utf-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "unicode": "utf-16",
}


def is_json(content_type: str) -> bool:
    """Whether this is `application/json` or any `application/…+json`."""
    match = _MEDIA_TYPE.match(content_type)
    if match is None or match[1].lower() != "application":
        return False
    return match[2].lower().rpartition("+")[2] == "json"


def json_encoding(content_type: str) -> str | None:
    """Return the encoding of a JSON body, UTF-8 or UTF-16; None for another charset."""
    for name, quoted, plain in _PARAMETER.findall(content_type):
        if name.lower() == "charset":
            return _ENCODINGS.get((quoted or plain).lower())
    return "utf-8"
