"""Delivery reports as the SMS gateway posts them, and the acknowledgement it expects.

Every report of a document counts, not only the first: all are acknowledged, so what is not read is lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from shared.domain.orders.notification import SmsResult
from shared.runtime.errors import PermanentError

CONTENT_TYPE = "application/xml; charset=utf-8"
_DEFAULT_CHARSET = "iso-8859-1"
_CHARSET_PARAMETER = re.compile(r""";\s*charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
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


class UnreadableReportError(PermanentError):
    """The document is no delivery report; the text holds none of its content and may go to the gateway.

    `readable` are the reports beside the broken ones: they count, since a repeat would be as broken.
    """

    def __init__(self, text: str, readable: Sequence[LinkReport] = ()) -> None:
        super().__init__(text)
        self.readable = readable


def parse_reports(body: bytes, content_type: str | None) -> list[LinkReport]:
    """Return every report of a document, at least one; UnreadableReportError says what cannot be read.

    The character set comes from the content type, else from the XML declaration, else it is ISO-8859-1.
    """
    if not body.strip():
        raise UnreadableReportError("The body is empty.")
    try:
        root = fromstring(_decoded(body, content_type))
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableReportError("The body is not well-formed XML.") from error
    messages = root.findall("MSG") if root.tag == "MSGLST" else []
    if not messages:
        raise UnreadableReportError("The document holds no MSG.")
    return _reports(messages)


def acknowledgement(reports: Sequence[LinkReport]) -> bytes:
    """Return the document that tells the gateway not to send these reports again.

    A single report is acknowledged as ID 1, whatever its own id: the gateway expects that.
    """
    identifiers = ["1"] if len(reports) == 1 else [report.id for report in reports]
    messages = "".join(f"<MSG><ID>{escape(each)}</ID><STATUS>OK</STATUS></MSG>" for each in identifiers)
    return f'<?xml version="1.0"?><MSGLST>{messages}</MSGLST>'.encode()


def _decoded(body: bytes, content_type: str | None) -> str:
    stated = _CHARSET_PARAMETER.search(content_type or "")
    if stated is not None:
        charset = stated[1]
    elif body.startswith(_UTF8_MARK):
        charset = "utf-8"
    else:
        declared = _DECLARED.match(body)
        charset = declared[1].decode("ascii") if declared is not None else _DEFAULT_CHARSET
    return body.decode(charset).lstrip("\ufeff").lstrip()


def _reports(messages: Sequence[Element]) -> list[LinkReport]:
    readable: list[LinkReport] = []
    problem: UnreadableReportError | None = None
    for message in messages:
        try:
            readable.append(_report(message))
        except UnreadableReportError as error:
            problem = problem or error
    if problem is not None:
        raise UnreadableReportError(str(problem), readable)
    return readable


def _report(message: Element) -> LinkReport:
    identifier, reference, _receiver, state = (
        _required(message, name) for name in ("ID", "REF", "RCV", "STATE")
    )
    return LinkReport(identifier, reference, _RESULTS.get(state, SmsResult.FAILED), state)


def _required(message: Element, name: str) -> str:
    text = (message.findtext(name) or "").strip()
    if not text:
        raise UnreadableReportError(f"A MSG lacks {name}.")
    return text
