"""Attacks through the door of the SMS gateway, with its password."""

from benchmarks.neighbours.field import Field
from benchmarks.neighbours.wire import Request

_SLOW_CHARSETS = (
    "punycode", "idna", "utf-7", "unicode_escape", "raw_unicode_escape", "hz", "iso2022_jp_2", "base64",
    "zlib", "utf-16", "utf-32", "cp037",
)  # fmt: skip
_ODD_BYTES = 800_000
_ROUNDS = 4


async def odd_reports(field: Field) -> None:
    """SMS reports in slow charsets, and 40 MB of empty elements, at once and in many documents."""
    text = b"a" * (_ODD_BYTES // 2) + b"-" + b"z9" * (_ODD_BYTES // 4)
    odd = [("text/xml; charset=" + charset, text) for charset in _SLOW_CHARSETS]
    odd += [("text/xml", _document(element, size)) for element in (b"<MSG/>", b"<a/>") for size in (40, 20)]
    odd += [("text/xml", _document(element, 0.99)) for element in (b"<MSG/>", b"<a/>") for _ in range(20)]
    await field.begin()
    login = f"Authorization: {field.target.report_login}"
    requests = [
        Request("POST", field.target.report_path, (login, f"Content-Type: {kind}"), body)
        for kind, body in odd * _ROUNDS
    ]
    await field.crowd.ask_all(requests, 2)  # the host holds each body, which is not ours to bound


def _document(element: bytes, megabytes: float) -> bytes:
    count = int(megabytes * 1_000_000) // len(element)
    return b"<?xml version='1.0'?><MSGLST>" + element * count + b"</MSGLST>"
