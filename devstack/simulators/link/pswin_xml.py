"""The XML documents of the SMS gateway: submit request, submit answer, delivery report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_MESSAGES = 100
_UNICODE_OPERATION = "9"
_GATEWAY_ZONE = ZoneInfo("Europe/Oslo")


class GatewayXmlError(Exception):
    """A submit request that the gateway cannot read; the text says why."""


@dataclass(frozen=True, slots=True)
class SubmittedSms:
    """One MSG of a request. `to` and `ttl_minutes` as sent; `text` decoded."""

    id: str
    to: str
    sender: str
    text: str
    encoding: Literal["text", "unicode"]
    ttl_minutes: int | None


@dataclass(frozen=True, slots=True)
class Submission:
    """One SESSION: who asks, for which messages."""

    user: str
    password: str
    messages: tuple[SubmittedSms, ...]


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """What the gateway says to one MSG: accepted when `info` is None, else refused for that reason."""

    id: str
    reference: str | None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One MSG of a delivery report; `receiver` without plus, `at` aware UTC."""

    reference: str
    receiver: str
    state: str
    at: datetime


def parse_submission(body: bytes, charset: str | None) -> Submission:
    """Read a submit request; the charset of the content type overrules the XML declaration.

    GatewayXmlError when it is not well formed, not a SESSION, or holds more than 100 messages.
    """
    try:
        root = fromstring(body.decode(charset) if charset else body)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise GatewayXmlError(f"the document cannot be read: {type(error).__name__}") from error
    if root.tag != "SESSION":
        raise GatewayXmlError("the document is not a SESSION")
    messages = root.findall("MSGLST/MSG")
    if len(messages) > MAX_MESSAGES:
        raise GatewayXmlError(f"more than {MAX_MESSAGES} messages in one request")
    return Submission(
        user=_text(root, "CLIENT"),
        password=_text(root, "PW"),
        messages=tuple(_message(element, position) for position, element in enumerate(messages, 1)),
    )


def compose_answer(answers: Iterable[MessageAnswer]) -> bytes:
    """Write the answer to a request whose logon was accepted."""
    return _document(
        f"<SESSION><LOGON>OK</LOGON><REASON></REASON>"
        f"<MSGLST>{''.join(_answered(answer) for answer in answers)}</MSGLST></SESSION>"
    )


def compose_logon_failure(reason: str) -> bytes:
    """Write the answer to a request that was refused as a whole."""
    return _document(f"<SESSION><LOGON>FAIL</LOGON><REASON>{escape(reason)}</REASON></SESSION>")


def compose_reports(reports: Sequence[DeliveryReport]) -> bytes:
    """Write a delivery report document of one or more MSG, with the DOCTYPE that real ones carry."""
    messages = "".join(
        f"<MSG><ID>{position}</ID><REF>{escape(report.reference)}</REF><RCV>{escape(report.receiver)}</RCV>"
        f"<STATE>{escape(report.state)}</STATE>"
        f"<DELIVERYTIME>{report.at.astimezone(_GATEWAY_ZONE):%Y.%m.%d %H:%M:%S}</DELIVERYTIME></MSG>"
        for position, report in enumerate(reports, 1)
    )
    return _document(
        f'<!DOCTYPE MSGLST SYSTEM "pswincom_report_request.dtd">\n<MSGLST>{messages}</MSGLST>',
        encoding="iso-8859-1",
    )


def _message(element: Element, position: int) -> SubmittedSms:
    text = _text(element, "TEXT", strip=False)
    is_unicode = _text(element, "OP") == _UNICODE_OPERATION
    ttl = _text(element, "TTL")
    if ttl and not (ttl.isascii() and ttl.isdigit()):
        raise GatewayXmlError("TTL is not a number of minutes")
    return SubmittedSms(
        id=_text(element, "ID") or str(position),
        to=_text(element, "RCV"),
        sender=_text(element, "SND"),
        text=_from_hex(text) if is_unicode else text,
        encoding="unicode" if is_unicode else "text",
        ttl_minutes=int(ttl) if ttl else None,
    )


def _from_hex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("utf-16-be")
    except ValueError as error:
        raise GatewayXmlError("the TEXT of a unicode message is not hex of UTF-16BE") from error


def _text(element: Element, path: str, *, strip: bool = True) -> str:
    text = element.findtext(path) or ""
    return text.strip() if strip else text


def _answered(answer: MessageAnswer) -> str:
    reference = "" if answer.reference is None else f"<REF>{answer.reference}</REF>"
    status = "OK" if answer.info is None else "FAIL"
    return (
        f"<MSG><ID>{escape(answer.id)}</ID>{reference}<STATUS>{status}</STATUS>"
        f"<INFO>{escape(answer.info or '')}</INFO></MSG>"
    )


def _document(content: str, encoding: str = "utf-8") -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{content}'.encode(encoding, "xmlcharrefreplace")
