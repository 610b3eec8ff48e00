"""The messages that the simulated providers delivered, as their recipients would see them."""

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Literal

_KEPT_PER_CHANNEL = 50_000


@dataclass(frozen=True, slots=True)
class CapturedAttachment:
    """A file that came with an e-mail; `size` in bytes. The content is not kept."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class SentReport:
    """What a provider reported about a message, in its own words, such as `Delivered` or `DELIVRD`."""

    status: str
    at: datetime

    def to_json(self) -> dict[str, str]:
        """Return the report as the outbox shows it."""
        return {"status": self.status, "at": self.at.isoformat()}


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
    reports: list[SentReport] = field(default_factory=list)

    @property
    def texts(self) -> tuple[str, ...]:
        """What a search looks through."""
        return (self.operation_id, *self.recipients, self.sender, self.subject, self.body)

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
            "reports": [report.to_json() for report in self.reports],
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
    reports: list[SentReport] = field(default_factory=list)

    @property
    def texts(self) -> tuple[str, ...]:
        """What a search looks through."""
        return (self.reference, self.to, self.sender, self.text)

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
            "reports": [report.to_json() for report in self.reports],
        }


class Outbox:
    """The newest e-mails and SMS, at most 50 000 of each. `revision` grows with every change."""

    def __init__(self) -> None:
        self.revision = 0
        self._all: dict[str, CapturedEmail | CapturedSms] = {}  # by id, oldest first
        self._emails: OrderedDict[str, CapturedEmail] = OrderedDict()
        self._sms: deque[CapturedSms] = deque()
        self._received: Counter[str] = (
            Counter()
        )  # number of kept messages by address, so that waiting needs no search
        self._news = asyncio.Event()

    def add_email(self, email: CapturedEmail) -> None:
        """Keep an e-mail that was accepted under a new operation id."""
        self._emails[email.operation_id] = self._all[email.operation_id] = email
        self._received.update(map(_address_key, email.recipients))
        if len(self._emails) > _KEPT_PER_CHANNEL:
            oldest_id, oldest = self._emails.popitem(last=False)
            del self._all[oldest_id]
            self._received.subtract(map(_address_key, oldest.recipients))
        self._announce()

    def add_sms(self, sms: CapturedSms) -> None:
        """Keep an SMS that the gateway accepted."""
        self._sms.append(sms)
        self._all[sms.reference] = sms
        self._received[_address_key(sms.to)] += 1
        if len(self._sms) > _KEPT_PER_CHANNEL:
            oldest = self._sms.popleft()
            del self._all[oldest.reference]
            self._received[_address_key(oldest.to)] -= 1
        self._announce()

    def count_duplicate(self, operation_id: str) -> None:
        """Note that a repeat of an e-mail was recognised."""
        if email := self._emails.get(operation_id):
            email.duplicates += 1
            self.revision += 1

    def note_report(self, message_id: str, status: str, at: datetime) -> None:
        """Note that a report about a message was sent; one that is not kept any more has none."""
        if (message := self._all.get(message_id)) is not None:
            message.reports.append(SentReport(status, at))
            self.revision += 1

    def find(self, message_id: str) -> CapturedEmail | CapturedSms | None:
        """Return the message with this operation id or reference."""
        return self._all.get(message_id)

    def search(self, text: str, skip: int, count: int) -> tuple[int, list[CapturedEmail | CapturedSms]]:
        """Return how many messages hold the text in any case, and `count` of them, newest first."""
        newest_first = reversed(self._all.values())
        if not (wanted := text.strip().casefold()):
            return len(self._all), list(islice(newest_first, skip, skip + count))
        found = [m for m in newest_first if any(wanted in part.casefold() for part in m.texts)]
        return len(found), found[skip : skip + count]

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
        self._all.clear()
        self._received.clear()
        self.revision += 1

    def _count(self, to: str | None) -> int:
        if to is None:
            return len(self._emails) + len(self._sms)
        return self._received[_address_key(to)]

    def _announce(self) -> None:
        self.revision += 1
        # Waiters hold the current event. Those that find too few messages wait for the next event.
        self._news.set()
        self._news = asyncio.Event()


def international(number: str) -> str:
    """Write a phone number as E.164 with a leading plus; anything else comes back as it is."""
    digits = number.strip().removeprefix("+").removeprefix("00")
    return f"+{digits}" if digits.isascii() and digits.isdigit() else number


def _address_key(address: str) -> str:
    return address.casefold() if "@" in address else international(address)
