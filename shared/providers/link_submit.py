"""The XML of the SMS gateway's submit call, written and read without any transport.

The declared encoding is the one used. What XML cannot carry is left out of the text, because one bad
character would make the gateway refuse a hundred messages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from shared.domain.notification import SmsResult
from shared.domain.sms_text import SmsEncoding, encoding_of
from shared.ports import OutgoingSms, SmsSubmitOutcome, SmsSubmitStatus

CONTENT_TYPE = "text/xml; charset=utf-8"
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMERIC_SENDER = re.compile(r"\+\d+")
_POSITION = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_UNICODE_OPERATION = "<OP>9</OP>"
_OK = "OK"
_INVALID_RECEIVER = "Invalid RCV"


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """What the gateway said. `refusals` are its texts for refused messages: they may hold numbers."""

    outcomes: list[SmsSubmitOutcome]
    refusals: tuple[str, ...] = ()


def compose_submission(username: str, password: str, messages: Sequence[OutgoingSms]) -> bytes:
    """Return the document that submits all messages; their `ID` is their position from 1."""
    listed = "".join(_message(position, message) for position, message in enumerate(messages, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<SESSION><CLIENT>{_text(username)}</CLIENT><PW>{_text(password)}</PW>"
        f"<MSGLST>{listed}</MSGLST></SESSION>"
    ).encode()


def parse_answer(body: bytes, count: int) -> SubmitAnswer:
    """Return the outcome of each of `count` messages; what the answer does not clearly say is in doubt."""
    try:
        session = fromstring(body)
    except (ParseError, ValueError, LookupError):
        return SubmitAnswer(all_messages(count, SmsSubmitStatus.IN_DOUBT))
    logon = _child_text(session, "LOGON")
    if not logon:
        return SubmitAnswer(all_messages(count, SmsSubmitStatus.IN_DOUBT))
    if logon != _OK:
        refusal = f"logon: {_child_text(session, 'REASON')}"
        return SubmitAnswer(all_messages(count, SmsSubmitStatus.NOT_SENT), (refusal,))
    outcomes = all_messages(count, SmsSubmitStatus.IN_DOUBT)
    refusals = []
    for answer in session.findall("MSGLST/MSG"):
        identifier = _child_text(answer, "ID")
        if not _POSITION.fullmatch(identifier) or int(identifier) > count:
            continue
        outcome = outcomes[int(identifier) - 1] = _outcome(answer)
        if outcome.status is SmsSubmitStatus.REFUSED:
            refusals.append(_child_text(answer, "INFO"))
    return SubmitAnswer(outcomes, tuple(refusals))


def all_messages(
    count: int, status: SmsSubmitStatus, retry_after: float | None = None
) -> list[SmsSubmitOutcome]:
    """Return the same outcome for every message of a request."""
    return [SmsSubmitOutcome(status, retry_after=retry_after)] * count


def _message(position: int, message: OutgoingSms) -> str:
    text, operation = _without_illegal(message.text), ""
    if encoding_of(text) is SmsEncoding.UCS2:
        text, operation = text.encode("utf-16-be").hex().upper(), _UNICODE_OPERATION
    return (
        f"<MSG><ID>{position}</ID><TEXT>{_text(text)}</TEXT><SND>{_text(_sender(message.sender))}</SND>"
        f"<RCV>{_text(_receiver(message.to))}</RCV><TTL>{message.ttl_minutes}</TTL>{operation}</MSG>"
    )


def _sender(sender: str) -> str:
    return sender[1:] if _NUMERIC_SENDER.fullmatch(sender) else sender


def _receiver(number: str) -> str:
    return number[1:] if number.startswith("+") else number.removeprefix("00")


def _text(value: str) -> str:
    # a bare carriage return would reach the other side as a line feed
    return escape(_without_illegal(value), quote=False).replace("\r", "&#13;")


def _without_illegal(value: str) -> str:
    return _ILLEGAL_IN_XML.sub("", value)


def _outcome(answer: Element) -> SmsSubmitOutcome:
    status = _child_text(answer, "STATUS")
    if not status:
        return SmsSubmitOutcome(SmsSubmitStatus.IN_DOUBT)
    if status == _OK:
        return SmsSubmitOutcome(SmsSubmitStatus.ACCEPTED, reference=_child_text(answer, "REF") or None)
    invalid = _child_text(answer, "INFO").startswith(_INVALID_RECEIVER)
    result = SmsResult.FAILED_INVALID_RECIPIENT if invalid else SmsResult.FAILED
    return SmsSubmitOutcome(SmsSubmitStatus.REFUSED, result=result)


def _child_text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
