"""The messages that the simulated providers delivered, as their recipients would see them."""

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

_KEPT_PER_CHANNEL = 50_000


@dataclass(frozen=True, slots=True)
class CapturedAttachment:
    """A file that came with an e-mail; `size` in bytes. The content is not kept."""

    name: str
    content_type: str
    size: int


@dataclass(slots=True)
class CapturedEmail:
    """One e-mail. `duplicates` counts repeats that the provider recognised and did not send."""

    operation_id: str
    recipients: tuple[str, ...]
    sender: str
    subject: str
    body: str
    content_type: Literal["Plain", "Html"]
    at: datetime
    attachments: tuple[CapturedAttachment, ...] = ()
    duplicates: int = field(default=0)

    def to_json(self) -> dict[str, Any]:
        """Return the e-mail as the outbox shows it."""
        return {
            "id": self.operation_id,
            "operationId": self.operation_id,
            "to": self.recipients[0],
            "recipients": list(self.recipients),
            "from": self.sender,
            "subject": self.subject,
            "body": self.body,
            "contentType": self.content_type,
            "at": self.at.isoformat(),
            "duplicates": self.duplicates,
            "attachments": [
                {"name": item.name, "contentType": item.content_type, "size": item.size}
                for item in self.attachments
            ],
        }


@dataclass(frozen=True, slots=True)
class CapturedSms:
    """One SMS; `to` is E.164 with a leading plus, `reference` is the id in delivery reports."""

    reference: str
    to: str
    sender: str
    text: str
    ttl_minutes: int | None
    encoding: Literal["text", "unicode"]
    at: datetime

    def to_json(self) -> dict[str, Any]:
        """Return the SMS as the outbox shows it."""
        return {
            "reference": self.reference,
            "to": self.to,
            "from": self.sender,
            "text": self.text,
            "ttlMinutes": self.ttl_minutes,
            "encoding": self.encoding,
            "at": self.at.isoformat(),
        }


class Outbox:
    """The newest e-mails and SMS, at most 50 000 of each."""

    def __init__(self) -> None:
        self._emails: OrderedDict[str, CapturedEmail] = OrderedDict()
        self._sms: deque[CapturedSms] = deque()
        self._received: Counter[str] = (
            Counter()
        )  # number of kept messages by address, so that waiting needs no search
        self._news = asyncio.Event()

    def add_email(self, email: CapturedEmail) -> None:
        """Keep an e-mail that was accepted under a new operation id."""
        self._emails[email.operation_id] = email
        self._received.update(map(_address_key, email.recipients))
        if len(self._emails) > _KEPT_PER_CHANNEL:
            _, oldest = self._emails.popitem(last=False)
            self._received.subtract(map(_address_key, oldest.recipients))
        self._announce()

    def add_sms(self, sms: CapturedSms) -> None:
        """Keep an SMS that the gateway accepted."""
        self._sms.append(sms)
        self._received[_address_key(sms.to)] += 1
        if len(self._sms) > _KEPT_PER_CHANNEL:
            self._received[_address_key(self._sms.popleft().to)] -= 1
        self._announce()

    def count_duplicate(self, operation_id: str) -> None:
        """Note that a repeat of an e-mail was recognised."""
        if email := self._emails.get(operation_id):
            email.duplicates += 1

    def messages(self, to: str | None = None) -> tuple[list[CapturedEmail], list[CapturedSms]]:
        """Return e-mails and SMS, oldest first; with `to` only those to this address or number."""
        if to is None:
            return list(self._emails.values()), list(self._sms)
        wanted = _address_key(to)
        emails = [email for email in self._emails.values() if wanted in map(_address_key, email.recipients)]
        return emails, [sms for sms in self._sms if sms.to == wanted]

    async def wait(self, to: str | None, count: int, seconds: float) -> None:
        """Wait, at most `seconds`, until there are `count` messages (to one address or number)."""
        try:
            async with asyncio.timeout(seconds):
                while self._count(to) < count:
                    await self._news.wait()
        except TimeoutError:
            return

    def clear(self) -> None:
        """Forget every message."""
        self._emails.clear()
        self._sms.clear()
        self._received.clear()

    def _count(self, to: str | None) -> int:
        if to is None:
            return len(self._emails) + len(self._sms)
        return self._received[_address_key(to)]

    def _announce(self) -> None:
        # Waiters hold the current event. Those that find too few messages wait for the next event.
        self._news.set()
        self._news = asyncio.Event()


def international(number: str) -> str:
    """Write a phone number as E.164 with a leading plus; anything else comes back as it is."""
    digits = number.strip().removeprefix("+").removeprefix("00")
    return f"+{digits}" if digits.isascii() and digits.isdigit() else number


def _address_key(address: str) -> str:
    return address.casefold() if "@" in address else international(address)
