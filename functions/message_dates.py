"""Makes the dates of messages cheap to read.

For each message `azure-functions` reads four dates, which nobody here uses, by trying up to 16 formats. The
standard library keeps only five compiled formats, so each is compiled again. This keeps all of them.
"""

import _strptime  # type: ignore[import-not-found]  # typeshed has no stub

_FORMATS = 64


def keep_formats() -> None:
    """Let `strptime` keep as many compiled formats as anybody uses."""
    _strptime._CACHE_MAX_SIZE = _FORMATS  # noqa: SLF001
