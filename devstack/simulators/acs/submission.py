"""The body of `POST /emails:send`, checked the way the service checks it."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from devstack.simulators.outbox import CapturedAttachment

_ADDRESS = re.compile(r"[^@\s<>,;]{1,64}@[A-Za-z0-9æøåÆØÅ-]+(\.[A-Za-z0-9æøåÆØÅ-]+)+")
_MAX_RECIPIENTS = 50


class AcsError(Exception):
    """A refusal by the service: HTTP status, error code and message of the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class EmailSubmission:
    """A request to send one e-mail, already valid."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    body: str
    content_type: Literal["Plain", "Html"]
    attachments: tuple[CapturedAttachment, ...]

    @classmethod
    def parse(cls, raw: bytes) -> "EmailSubmission":
        """Read and check the JSON body; AcsError 400 says what is wrong with it."""
        document = _object(_json(raw), "body")
        content = _object(document.get("content"), "content")
        plain, html = content.get("plainText"), content.get("html")
        body = html or plain
        if not isinstance(body, str) or not body:
            raise _bad_request("content.plainText or content.html is required")
        return cls(
            sender=_address(document.get("senderAddress")),
            recipients=_recipients(_object(document.get("recipients"), "recipients")),
            subject=_text(content.get("subject"), "content.subject"),
            body=body,
            content_type="Html" if html else "Plain",
            attachments=tuple(
                _attachment(item) for item in _list(document.get("attachments"), "attachments")
            ),
        )


def addressed_to(raw: bytes) -> list[str]:
    """Return the recipients of a body that may be invalid, for fault rules; empty when it cannot be read."""
    try:
        recipients = json.loads(raw)["recipients"]
        return [entry["address"] for kind in ("to", "cc", "bcc") for entry in recipients.get(kind) or []]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise _bad_request("the body is not JSON") from error


def _recipients(document: dict[str, Any]) -> tuple[str, ...]:
    entries = [
        _object(entry, f"recipients.{kind}")
        for kind in ("to", "cc", "bcc")
        for entry in _list(document.get(kind), f"recipients.{kind}")
    ]
    if not 1 <= len(entries) <= _MAX_RECIPIENTS:
        raise _bad_request(f"between 1 and {_MAX_RECIPIENTS} recipients are required")
    return tuple(_address(entry.get("address")) for entry in entries)


def _attachment(item: object) -> CapturedAttachment:
    document = _object(item, "attachments")
    encoded = _text(document.get("contentInBase64"), "attachments.contentInBase64")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad_request("attachments.contentInBase64 is not base64") from error
    return CapturedAttachment(
        name=_text(document.get("name"), "attachments.name"),
        content_type=_text(document.get("contentType"), "attachments.contentType"),
        size=len(content),
    )


def _address(value: object) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise AcsError(400, "InvalidEmailAddress", "Invalid format for email address")
    return value


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad_request(f"{name} must be an object")
    return value


def _list(value: object, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _bad_request(f"{name} must be an array")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _bad_request(f"{name} must be a string")
    return value


def _bad_request(message: str) -> AcsError:
    return AcsError(400, "BadRequest", message)
