"""E-mail reports in both schemas of Event Grid."""

import json

import pytest

from shared.providers.event_grid import EmailReport, parse_email_reports

KIND = "Microsoft.Communication.EmailDeliveryReportReceived"


def event(status: object = "Delivered", message_id: object = "3f0c", **other: object) -> dict[str, object]:
    data = {"messageId": message_id, "status": status, "recipient": "kari@example.no"}
    return {"id": "e-1", "eventType": KIND, "dataVersion": "1.0", "data": data} | other


def read(*events: object) -> list[EmailReport]:
    reports, problem = parse_email_reports(json.dumps(events[0] if len(events) == 1 else events))
    assert problem is None
    return reports


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
    assert (report.operation_id, report.result) == ("3f0c", result)


def test_cloud_events_and_arrays_are_read_too():
    cloud = event() | {"specversion": "1.0", "type": KIND}
    del cloud["eventType"]
    assert [report.operation_id for report in read(cloud, event(message_id=" b "))] == ["3f0c", "b"]
    assert len(parse_email_reports(json.dumps([event()]).encode())[0]) == 1


def test_i06_other_events_are_left_out():
    engagement = "Microsoft.Communication.EmailEngagementTrackingReportReceived"
    assert read(event(eventType=engagement)) == []
    assert len(read(event(eventType=engagement), event())) == 1


UNREADABLE = [
    (event(status=None), "e-mail report with unknown status"),
    (event(status="delivered"), "e-mail report with unknown status"),
    (event(status="Snoozed"), "e-mail report with unknown status"),
    (event(status=[]), "e-mail report with unknown status"),
    (event(message_id=""), "e-mail report without message id"),
    (event(message_id=" "), "e-mail report without message id"),
    (event(message_id=None), "e-mail report without message id"),
    (event(message_id=7), "e-mail report without message id"),
    (event(data=None), "e-mail report without data"),
    (event(data=[]), "e-mail report without data"),
    (event(eventType=None), "event has no type"),
    ({}, "event has no type"),
    ("text", "event is not an object"),
    (None, "event is not an object"),
    (1, "event is not an object"),
    ([event()], "event is not an object"),
]


@pytest.mark.parametrize(("bad", "problem"), UNREADABLE)
def test_an_unreadable_event_is_told_and_takes_nothing_from_its_neighbours(bad, problem):
    first, last = event(message_id="a"), event("Bounced", message_id="b")
    reports, told = parse_email_reports(json.dumps([first, bad, bad, last]))
    assert [(report.operation_id, report.result) for report in reports] == [
        ("a", "Delivered"),
        ("b", "Failed_Bounced"),
    ]
    assert told == problem


@pytest.mark.parametrize(("bad", "problem"), [each for each in UNREADABLE if not isinstance(each[0], list)])
def test_an_unreadable_event_alone_is_told(bad, problem):
    assert parse_email_reports(json.dumps(bad)) == ([], problem)


def test_the_first_of_several_problems_is_told():
    assert parse_email_reports(json.dumps([None, event(status="Snoozed")])) == ([], "event is not an object")


def test_what_is_no_json_is_told():
    for body in (b"", b"\xff\xfe", "{", "[" * 100_000):
        assert parse_email_reports(body) == ([], "event is not JSON")
