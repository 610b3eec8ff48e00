"""The charsets in which text of others is read, and where a Content-Type header names one.

A codec is never looked up by a name that came from outside. Some codecs of the standard library take time
that grows with the square of the text, such as punycode. Some carry no text. And the library remembers every
name that it was ever asked for.
"""

import re

_PARAMETER = re.compile(r""";\s*charset\s*=\s*["']?([^\s;,"']+)""", re.IGNORECASE)
# All take time that grows with the length of the text.
_CODECS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
    *(f"cp125{page}" for page in range(9)),
    "cp037",
    "cp437",
    "cp500",
    "cp850",
    "cp865",
    "koi8-r",
    "koi8-u",
    "mac-roman",
    "shift-jis",
    "euc-jp",
    "euc-kr",
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
)
_OTHER_NAMES = {
    "ascii": "ascii",
    "us-ascii": "ascii",
    "utf-8-sig": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "latin-1": "iso8859-1",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "macintosh": "mac-roman",
    "sjis": "shift-jis",
    **{codec.replace("iso8859", "iso-8859"): codec for codec in _CODECS if codec.startswith("iso8859")},
    **{codec.replace("cp", "windows-"): codec for codec in _CODECS if codec.startswith("cp125")},
}


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


_BY_NAME = {
    _plain(name): codec for name, codec in ({codec: codec for codec in _CODECS} | _OTHER_NAMES).items()
}


def codec_of(charset: str) -> str | None:
    """Return the codec for the name of a charset, None when text in that charset is not read."""
    return _BY_NAME.get(_plain(charset))


def stated_charset(content_type: str | None) -> str | None:
    """Return the charset that a Content-Type header names, as written there; None when it names none."""
    stated = _PARAMETER.search(content_type or "")
    return stated[1] if stated else None
