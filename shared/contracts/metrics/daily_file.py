"""The daily metrics files: one row per notification, as Parquet.

`ShipmentId` holds the id of the notification and not of its shipment, as consumers of these files expect.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shared.contracts.metrics.parquet import Column, ColumnType, ParquetWriter
from shared.domain.orders.ended_shipment import SentNotification
from shared.domain.orders.order import Channel

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_NORWEGIAN = ("+47", "0047")


type _ColumnOf = tuple[Column, Callable[[SentNotification], str | int | None]]


@dataclass(frozen=True, slots=True)
class FinishedFile:
    """A file and the headers that describe it."""

    content: bytes
    headers: dict[str, str]


class MetricsFile:
    """The file of one channel for a UTC day, written in parts."""

    def __init__(self, channel: Channel, day: date) -> None:
        self._channel = channel
        self._day = day
        self._columns = _SMS if channel is Channel.SMS else _EMAIL
        self._writer = ParquetWriter([column for column, _ in self._columns])

    def add(self, rows: Sequence[SentNotification]) -> None:
        """Write rows as one row group: at least one, better some thousand. They are not kept in memory."""
        self._writer.write([[value(row) for row in rows] for _, value in self._columns])

    def finish(self, environment: str, now: datetime) -> FinishedFile:
        """Return the file; nothing can be added afterwards."""
        content = self._writer.finish()
        name = (
            f"{self._day:%Y%m%d}_{self._channel.value}_notifications_{_UNSAFE.sub('-', environment)}.parquet"
        )
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        return FinishedFile(
            content,
            {
                "Content-Type": "application/octet-stream",
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-File-Hash": base64.b64encode(digest).decode(),
                "X-File-Size": str(len(content)),
                "X-Total-FileTransfer-Count": str(self._writer.rows),
                "X-Generated-At": _round_trip(now, "+00:00"),
                "X-Environment": environment,
            },
        )


def _rate(number: str) -> str:
    if not number:
        return "n/a"
    return "innland" if number.startswith(_NORWEGIAN) else "utland"


def _number(notification_id: str) -> int:
    """Return a number of 63 bits for an id: always the same one, and practically unique."""
    digest = hashlib.blake2b(notification_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _round_trip(at: datetime, zone: str) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0") + zone


def _text(name: str, value: Callable[[SentNotification], str]) -> _ColumnOf:
    return Column(name, ColumnType.STRING), value


def _small(name: str, value: Callable[[SentNotification], int]) -> _ColumnOf:
    return Column(name, ColumnType.INT32), value


def _columns(id_name: str, *more: _ColumnOf) -> tuple[_ColumnOf, ...]:
    return (
        (Column(id_name, ColumnType.INT64), lambda row: _number(str(row.item))),
        _text("ShipmentId", lambda row: str(row.item)),
        _text("SendersReference", lambda row: row.shipment.senders_reference or ""),
        _text(
            "RequestedSendTime",
            lambda row: _round_trip(row.shipment.requested_send_at or row.shipment.closed_at, "Z"),
        ),
        _text("CreatorName", lambda row: row.owner),
        (Column("ResourceId", ColumnType.STRING, nullable=True), lambda row: row.shipment.resource_id),
        _text("Result", lambda row: row.notification.result.value),
        *more,
    )


_EMAIL = _columns("EmailId", _text("OperationId", lambda row: row.notification.reference or ""))
_SMS = _columns(
    "SmsId",
    _text("GatewayReference", lambda row: row.notification.reference or ""),
    _text("Rate", lambda row: _rate(row.notification.address)),
    _text("MobileNumberPrefix", lambda row: row.notification.address[:4]),
    _small("AltinnSmsCount", lambda row: row.size.parts if row.size else 0),
    _small(
        "AltinnSmsBodyLength",
        lambda row: row.shipment.sms_template.characters if row.shipment.sms_template else 0,
    ),
    # of a text that was made for this recipient alone
    _small(
        "AltinnSmsCustomBodyLength",
        lambda row: row.size.characters if row.size and row.shipment.sms_texts else 0,
    ),
)
