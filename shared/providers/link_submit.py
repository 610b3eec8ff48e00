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

from shared.domain.orders.notification import SmsResult
from shared.domain.texts.sms_text import SmsEncoding, encoding_of
from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms

CONTENT_TYPE = "text/xml; charset=utf-8"
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMERIC_SENDER = re.compile(r"\+\d+")
_POSITION = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_UNICODE_OPERATION = "<OP>9</OP>"
_OK = "OK"
_INVALID_RECEIVER = "Invalid RCV"
_ABOUT_SENDER = re.compile(r"\bSND\b")
_ABOUT_ENDPOINT = re.compile(r"platform", re.IGNORECASE)  # the account lives on another gateway
CREDENTIAL_SETTINGS = "SMS_GATEWAY_USERNAME and SMS_GATEWAY_PASSWORD"
ENDPOINT_SETTING = "SMS_GATEWAY_ENDPOINT"
SENDER_SETTING = "DEFAULT_SMS_SENDER"


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """What the gateway said. `refusals` are its texts for refused messages: they may hold numbers."""

    outcomes: list[SendOutcome]
    refusals: tuple[str, ...] = ()


def compose_submission(username: str, password: str, messages: Sequence[OutgoingSms]) -> bytes:
    """Return the document that submits all messages; their `ID` is their position from 1."""
    listed = "".join(_message(position, message) for position, message in enumerate(messages, 1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<SESSION><CLIENT>{_text(username)}</CLIENT><PW>{_text(password)}</PW>"
        f"<MSGLST>{listed}</MSGLST></SESSION>"
    ).encode()


def parse_answer(body: bytes, messages: Sequence[OutgoingSms], default_sender: str) -> SubmitAnswer:
    """Return the outcome of each message; what the answer does not clearly say is in doubt.

    An unknown sender is a wrong setting of ours if it is the default one, else the order's mistake.
    """
    session = _session(body)
    logon = "" if session is None else _child_text(session, "LOGON")
    if session is None or not logon:
        return SubmitAnswer([SendOutcome(SendStatus.IN_DOUBT)] * len(messages))
    if logon != _OK:
        refused, reason = _logon_refused(session)
        return SubmitAnswer([refused] * len(messages), (f"logon: {reason}",))
    outcomes = [SendOutcome(SendStatus.IN_DOUBT)] * len(messages)
    refusals = []
    for answer in session.findall("MSGLST/MSG"):
        identifier = _child_text(answer, "ID")
        if not _POSITION.fullmatch(identifier) or int(identifier) > len(messages):
            continue
        index = int(identifier) - 1
        outcomes[index] = _outcome(answer, is_default=messages[index].sender == default_sender)
        if outcomes[index].status in (SendStatus.REFUSED, SendStatus.NOT_SENT):
            refusals.append(_child_text(answer, "INFO"))
    return SubmitAnswer(outcomes, tuple(refusals))


def parse_logon(body: bytes) -> SendOutcome:
    """Return what the answer to a submission without messages says of the gateway and our account."""
    session = _session(body)
    if session is None:
        return SendOutcome(SendStatus.IN_DOUBT)
    if _child_text(session, "LOGON") == _OK:
        return SendOutcome(SendStatus.ACCEPTED)
    return _logon_refused(session)[0]


def is_answer(body: bytes) -> bool:
    """Whether a body is a document of the gateway itself, not of something in front of it."""
    return _session(body) is not None


def _session(body: bytes) -> Element | None:
    try:
        root = fromstring(body)
    except (ParseError, ValueError, LookupError):
        return None
    return root if root.tag == "SESSION" else None


def _logon_refused(session: Element) -> tuple[SendOutcome, str]:
    reason = _child_text(session, "REASON")
    settings = ENDPOINT_SETTING if _ABOUT_ENDPOINT.search(reason) else CREDENTIAL_SETTINGS
    return SendOutcome(SendStatus.NOT_SENT, wrong_settings=settings), reason


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


def _outcome(answer: Element, *, is_default: bool) -> SendOutcome:
    status, info = _child_text(answer, "STATUS"), _child_text(answer, "INFO")
    if not status:
        return SendOutcome(SendStatus.IN_DOUBT)
    if status == _OK:
        return SendOutcome(SendStatus.ACCEPTED, reference=_child_text(answer, "REF") or None)
    if info.startswith(_INVALID_RECEIVER):
        return SendOutcome(SendStatus.REFUSED, result=SmsResult.FAILED_INVALID_RECIPIENT)
    if not _ABOUT_SENDER.search(info):
        return SendOutcome(SendStatus.REFUSED, result=SmsResult.FAILED)
    if is_default:
        return SendOutcome(SendStatus.NOT_SENT, wrong_settings=SENDER_SETTING)
    return SendOutcome(SendStatus.REFUSED, result=SmsResult.FAILED_UNKNOWN_SENDER)


def _child_text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
