"""Delivery reports as the SMS gateway posts them, and the acknowledgement it expects.

Every report of a document counts, not only the first: all are acknowledged, so what is not read is lost.
The number of elements and the character sets are limited, and nothing but reports is kept while a document
is read. The webhook limits the bytes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import ParseError

from defusedxml.common import DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

from shared.domain.orders.notification import SmsResult
from shared.runtime.charsets import codec_of, stated_charset

CONTENT_TYPE = "application/xml; charset=utf-8"
MAX_BYTES = 1_000_000  # of a document; a report has some 200
_MAX_ELEMENTS = 50_000
_MESSAGE = ["MSGLST", "MSG"]
_FIELDS = ("ID", "REF", "RCV", "STATE")
_DEFAULT_CHARSET = "iso-8859-1"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF8_MARK = b"\xef\xbb\xbf"
_RESULTS = {
    "DELIVRD": SmsResult.DELIVERED,
    "EXPIRED": SmsResult.FAILED_EXPIRED,
    "DELETED": SmsResult.FAILED_DELETED,
    "UNDELIV": SmsResult.FAILED_UNDELIVERED,
    "REJECTD": SmsResult.FAILED_REJECTED,
    "BARRED": SmsResult.FAILED_BARRED_RECEIVER,
}


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What became of one SMS. `id` is its number in the document, `state` the gateway's own word for it."""

    id: str
    reference: str
    result: SmsResult
    state: str


class _UnreadableError(Exception):
    """The document cannot be read; the text holds none of its content."""


def parse_reports(body: bytes, content_type: str | None) -> tuple[list[LinkReport], str | None]:
    """Return the reports of a document, and what is wrong with the rest of it, if anything is.

    Reports beside a broken one count, since a repeat would be as broken. The text may go to the gateway.
    The character set comes from the content type, else from the XML declaration, else it is ISO-8859-1.
    """
    try:
        messages = _messages(body, content_type)
    except _UnreadableError as error:
        return [], str(error)
    reports: list[LinkReport] = []
    problem: str | None = None
    for message in messages:
        identifier, reference, _, state = texts = [message.get(name, "").strip() for name in _FIELDS]
        if all(texts):
            reports.append(LinkReport(identifier, reference, _RESULTS.get(state, SmsResult.FAILED), state))
        else:
            problem = problem or f"A MSG lacks {_FIELDS[texts.index('')]}."
    return reports, problem


def _messages(body: bytes, content_type: str | None) -> Sequence[Mapping[str, str]]:
    if not body.strip():
        raise _UnreadableError("The body is empty.")
    found = _Messages()
    parser = _Parser(target=found, forbid_dtd=True)
    try:
        parser.feed(_decoded(body, content_type))
        parser.close()
    except (ParseError, ValueError) as error:
        raise _UnreadableError("The body is not well-formed XML.") from error
    if not found.messages:
        raise _UnreadableError("The document holds no MSG.")
    return found.messages


def acknowledgement(reports: Sequence[LinkReport]) -> bytes:
    """Return the document that tells the gateway not to send these reports again.

    A single report is acknowledged as ID 1, whatever its own id: the gateway expects that.
    """
    identifiers = ["1"] if len(reports) == 1 else [report.id for report in reports]
    messages = "".join(f"<MSG><ID>{escape(each)}</ID><STATUS>OK</STATUS></MSG>" for each in identifiers)
    return f'<?xml version="1.0"?><MSGLST>{messages}</MSGLST>'.encode()


class _Parser(DefusedXMLParser):
    """Takes a document type by reference, which is not loaded, but none that declares something itself.

    A default value that is declared once is repeated with every element.
    """

    def defused_start_doctype_decl(
        self, name: str, sysid: str | None, pubid: str | None, has_internal_subset: int
    ) -> None:
        """Refuse declarations within the document; the library calls this at its document type."""
        if has_internal_subset:
            raise DTDForbidden(name, sysid, pubid)


class _Messages:
    """Takes the events of the parser and keeps the texts in each MSG, by the names of their elements."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._elements = 0
        self.messages: list[dict[str, str]] = []
        self._text: list[str] = []  # of the open field; a parser hands over a text in many parts

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        """Open an element; _UnreadableError when it is one too many."""
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            raise _UnreadableError(f"The document has more than {_MAX_ELEMENTS} elements.")
        self._path.append(tag)
        if self._path == _MESSAGE:
            self.messages.append({})
        self._text = []

    def data(self, text: str) -> None:
        """Keep a part of the text of a field."""
        if self._is_in_field():
            self._text.append(text)

    def end(self, tag: str) -> None:
        """Close an element; of several fields of one name, the first counts."""
        if self._is_in_field():
            self.messages[-1].setdefault(tag, "".join(self._text))
        self._path.pop()

    def _is_in_field(self) -> bool:
        return len(self._path) == len(_MESSAGE) + 1 and self._path[:-1] == _MESSAGE


def _decoded(body: bytes, content_type: str | None) -> str:
    charset = stated_charset(content_type)
    if charset is None and body.startswith(_UTF8_MARK):
        charset = "utf-8"
    if charset is None:
        declared = _DECLARED.match(body)
        charset = declared[1].decode("ascii") if declared is not None else _DEFAULT_CHARSET
    codec = codec_of(charset)
    if codec is None:
        raise _UnreadableError("The body is in a character set that is not read.")
    return body.decode(codec).lstrip("\ufeff").lstrip()
