"""The daily metrics files: one row per notification, as Parquet.

`ShipmentId` holds the id of the notification and not of its shipment, as consumers of these files expect.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shared.contracts.parquet import Column, ColumnType, to_parquet
from shared.domain.order import Channel

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_NORWEGIAN = ("+47", "0047")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One notification; `custom_length` is the length of a text made for its recipient alone, else 0."""

    notification_id: str
    owner: str
    senders_reference: str | None
    requested_send_at: datetime
    resource_id: str | None
    result: str
    reference: str | None
    mobile_number: str = ""
    sms_parts: int = 0
    sms_length: int = 0
    custom_length: int = 0


@dataclass(frozen=True, slots=True)
class MetricsFile:
    """A file and the headers that describe it."""

    content: bytes
    headers: dict[str, str]


def metrics_file(
    channel: Channel, rows: Sequence[FileRow], *, day: date, environment: str, now: datetime
) -> MetricsFile:
    """Build the file of one channel for a UTC day."""
    columns = _columns(rows, "SmsId" if channel is Channel.SMS else "EmailId")
    columns += _sms_columns(rows) if channel is Channel.SMS else [_text("OperationId", _references(rows))]
    content = to_parquet(columns)
    name = f"{day:%Y%m%d}_{channel.value}_notifications_{_UNSAFE.sub('-', environment)}.parquet"
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return MetricsFile(
        content,
        {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-File-Hash": base64.b64encode(digest).decode(),
            "X-File-Size": str(len(content)),
            "X-Total-FileTransfer-Count": str(len(rows)),
            "X-Generated-At": _round_trip(now, "+00:00"),
            "X-Environment": environment,
        },
    )


def _columns(rows: Sequence[FileRow], id_name: str) -> list[Column]:
    return [
        Column(id_name, ColumnType.INT64, [_number(row.notification_id) for row in rows]),
        _text("ShipmentId", [row.notification_id for row in rows]),
        _text("SendersReference", [row.senders_reference or "" for row in rows]),
        _text("RequestedSendTime", [_round_trip(row.requested_send_at, "Z") for row in rows]),
        _text("CreatorName", [row.owner for row in rows]),
        Column("ResourceId", ColumnType.STRING, [row.resource_id for row in rows], nullable=True),
        _text("Result", [row.result for row in rows]),
    ]


def _sms_columns(rows: Sequence[FileRow]) -> list[Column]:
    return [
        _text("GatewayReference", _references(rows)),
        _text("Rate", [_rate(row.mobile_number) for row in rows]),
        _text("MobileNumberPrefix", [row.mobile_number[:4] for row in rows]),
        Column("AltinnSmsCount", ColumnType.INT32, [row.sms_parts for row in rows]),
        Column("AltinnSmsBodyLength", ColumnType.INT32, [row.sms_length for row in rows]),
        Column("AltinnSmsCustomBodyLength", ColumnType.INT32, [row.custom_length for row in rows]),
    ]


def _text(name: str, values: Sequence[str]) -> Column:
    return Column(name, ColumnType.STRING, values)


def _references(rows: Sequence[FileRow]) -> list[str]:
    return [row.reference or "" for row in rows]


def _rate(number: str) -> str:
    if not number:
        return "n/a"
    return "innland" if number.startswith(_NORWEGIAN) else "utland"


def _number(notification_id: str) -> int:
    """Return a number for an id: the same each time, and as good as unique."""
    digest = hashlib.blake2b(notification_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _round_trip(at: datetime, zone: str) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0") + zone
