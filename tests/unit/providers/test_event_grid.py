"""E-mail reports in both schemas of Event Grid."""

import json

import pytest

from shared.errors import PermanentError
from shared.providers.event_grid import EmailReport, parse_email_reports

KIND = "Microsoft.Communication.EmailDeliveryReportReceived"


def event(status: object = "Delivered", message_id: object = "3f0c", **other: object) -> dict[str, object]:
    data = {"messageId": message_id, "status": status, "recipient": "kari@example.no"}
    return {"id": "e-1", "eventType": KIND, "dataVersion": "1.0", "data": data} | other


def read(*events: object) -> list[EmailReport]:
    return parse_email_reports(json.dumps(events[0] if len(events) == 1 else events))


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("Delivered", "Delivered"),
        ("Bounced", "Failed_Bounced"),
        ("Failed", "Failed"),
        ("Expanded", "Failed"),
        ("FilteredSpam", "Failed_FilteredSpam"),
        ("Quarantined", "Failed_Quarantined"),
        ("Suppressed", "Failed_SupressedRecipient"),
    ],
)
def test_statuses(status, result):
    (report,) = read(event(status))
    assert (report.operation_id, report.result, report.status) == ("3f0c", result, status)


def test_cloud_events_and_arrays_are_read_too():
    cloud = event() | {"specversion": "1.0", "type": KIND}
    del cloud["eventType"]
    assert [report.operation_id for report in read(cloud, event(message_id=" b "))] == ["3f0c", "b"]
    assert len(parse_email_reports(json.dumps([event()]).encode())) == 1


def test_i06_other_events_are_left_out():
    engagement = "Microsoft.Communication.EmailEngagementTrackingReportReceived"
    assert read(event(eventType=engagement)) == []
    assert len(read(event(eventType=engagement), event())) == 1


@pytest.mark.parametrize(
    "bad",
    [
        event(status=None),
        event(status="delivered"),
        event(status=[]),
        event(message_id=""),
        event(message_id=" "),
        event(message_id=None),
        event(message_id=7),
        event(data=None),
        event(eventType=None),
        "text",
        None,
    ],
)
def test_unusable_events_are_permanent_errors(bad):
    with pytest.raises(PermanentError):
        read(bad)


def test_what_is_no_json_is_a_permanent_error():
    for body in (b"", b"\xff\xfe", "{", "[" * 100_000):
        with pytest.raises(PermanentError):
            parse_email_reports(body)
