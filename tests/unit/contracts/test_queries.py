from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.contracts.dashboard_query import DashboardQuery, RecipientKind, read_dashboard_query
from shared.contracts.queries import (
    FeedQuery,
    LogQuery,
    MetricsMonth,
    parse_route_uuid,
    read_feed_query,
    read_log_query,
    read_metrics_form,
    read_senders_reference,
)
from shared.errors import RequestInvalidError
from tests.unit.contracts.contract_requests import NOW

DIALOG = "0196a1d2-7b4e-7c11-9d5e-3f0a4a9b7c55"


def refused(read, *arguments, **options):
    with pytest.raises(RequestInvalidError) as caught:
        read(*arguments, **options)
    return caught.value.errors


@pytest.mark.parametrize("text", [DIALOG, DIALOG.upper(), DIALOG.replace("-", "")])
def test_a_uuid_of_a_route_may_be_written_in_three_ways(text):
    assert parse_route_uuid("id", text) == UUID(DIALOG)


@pytest.mark.parametrize(
    "text", ["abc", "", DIALOG[:-1], "0196a1d27b4e-7c11-9d5e-3f0a4a9b7c55", f"urn:uuid:{DIALOG}"]
)
def test_anything_else_is_named(text):
    assert refused(parse_route_uuid, "id", text) == {"id": [f"The value '{text}' is not valid."]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, FeedQuery(0, 500, descending=False)),
        ({"seq": "48213", "pageSize": "10", "orderBy": "Desc"}, FeedQuery(48213, 10, descending=True)),
        ({"SEQ": "1", "PAGESIZE": "2", "ORDERBY": "ASC"}, FeedQuery(1, 2, descending=False)),
        ({"pageSize": "0"}, FeedQuery(0, 1, descending=False)),
        ({"pageSize": "-7"}, FeedQuery(0, 1, descending=False)),
        ({"pageSize": "100000"}, FeedQuery(0, 500, descending=False)),
        ({"pageSize": ""}, FeedQuery(0, 500, descending=False)),
        ({"seq": "9223372036854775807"}, FeedQuery(9223372036854775807, 500, descending=False)),
    ],
)
def test_a_page_of_the_feed(query, expected):
    assert read_feed_query(query, 500) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"seq": "-1"}, {"Seq": ["The field Seq must be between 0 and 9.223372036854776E+18."]}),
        ({"seq": "x"}, {"Seq": ["The value 'x' is not valid."]}),
        ({"seq": ""}, {"Seq": ["The value '' is not valid."]}),
        ({"seq": "1_0"}, {"Seq": ["The value '1_0' is not valid."]}),
        ({"seq": "٣"}, {"Seq": ["The value '٣' is not valid."]}),
        ({"seq": "9223372036854775808"}, {"Seq": ["The value '9223372036854775808' is not valid."]}),
        ({"pageSize": "ten"}, {"PageSize": ["The value 'ten' is not valid."]}),
        ({"pageSize": "2147483648"}, {"PageSize": ["The value '2147483648' is not valid."]}),
        ({"orderBy": "up"}, {"OrderBy": ["The value 'up' is not valid."]}),
        (
            {"seq": "x", "pageSize": "y", "orderBy": "z"},
            {
                "Seq": ["The value 'x' is not valid."],
                "PageSize": ["The value 'y' is not valid."],
                "OrderBy": ["The value 'z' is not valid."],
            },
        ),
    ],
)
def test_unreadable_feed_queries(query, expected):
    assert refused(read_feed_query, query, 500) == expected


def test_a_senders_reference_is_mandatory():
    assert read_senders_reference({"SendersReference": "sak-99"}) == "sak-99"
    assert refused(read_senders_reference, {}) == {
        "sendersReference": ["A value for the 'sendersReference' parameter or property was not provided."]
    }
    assert refused(read_senders_reference, {"sendersReference": ""}) == {
        "sendersReference": ["The sendersReference field is required."]
    }


def test_a_log_query():
    assert read_log_query({"dialogId": DIALOG.upper()}, dialog_required=True) == LogQuery(DIALOG, None)
    query = {"dialogId": DIALOG, "transmissionId": " t "}
    assert read_log_query(query, dialog_required=True) == LogQuery(DIALOG, "t")
    assert read_log_query({"transmissionId": "t", "dialogId": " "}, dialog_required=False) == LogQuery(
        None, "t"
    )


@pytest.mark.parametrize(
    ("query", "dialog_required"),
    [({}, True), ({}, False), ({"dialogId": " "}, True), ({"transmissionId": "t"}, True)],
)
def test_a_log_query_without_the_id_it_needs(query, dialog_required):
    found = refused(read_log_query, query, dialog_required=dialog_required)
    assert found == {"dialogId": ["The dialogId field is required."]}


def test_a_dialog_is_a_uuid():
    found = refused(read_log_query, {"dialogId": "x"}, dialog_required=True)
    assert found == {"dialogId": ["The value 'x' is not valid."]}


def test_the_metrics_form():
    assert read_metrics_form({"month": "2", "Year": "2031"}) == MetricsMonth(2031, 2)
    assert refused(read_metrics_form, {"month": "13"}) == {
        "month": ["The value '13' is not valid."],
        "year": ["The value '' is not valid."],
    }


PERSON = {"nationalidentitynumber": "07885799912"}


def dashboard(query, headers=PERSON, kind=RecipientKind.PERSON, now=NOW):
    return read_dashboard_query(kind, headers, query, now=now)


def test_the_dashboard_looks_back_a_week_by_default():
    assert dashboard({}) == DashboardQuery(RecipientKind.PERSON, "07885799912", NOW - timedelta(days=7), NOW)


def test_the_dashboard_takes_a_range_in_any_zone():
    query = dashboard({"from": "2031-01-01T00:00:00+01:00", "to": "2031-02-01T00:00:00Z"})
    assert query.from_at == datetime(2030, 12, 31, 23, 0, tzinfo=UTC)
    assert query.to_at == datetime(2031, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "headers", "expected"),
    [
        (RecipientKind.PERSON, {}, "'NationalIdentityNumber' is required and cannot be empty"),
        (
            RecipientKind.PERSON,
            {"NationalIdentityNumber": " "},
            "'NationalIdentityNumber' is required and cannot be empty",
        ),
        (
            RecipientKind.PERSON,
            {"NationalIdentityNumber": "123"},
            "National identity number must be 11 digits long.",
        ),
        (RecipientKind.ORGANIZATION, PERSON, "'OrganizationNumber' is required and cannot be empty"),
        (
            RecipientKind.ORGANIZATION,
            {"OrganizationNumber": "12345678x"},
            "Organization number must be 9 digits long.",
        ),
    ],
)
def test_the_dashboard_needs_a_number_in_a_header(kind, headers, expected):
    assert refused(dashboard, {}, headers, kind) == {kind.value: [expected]}


def test_an_organization_is_found_by_its_own_header():
    query = dashboard({}, {"OrganizationNumber": "310128435"}, RecipientKind.ORGANIZATION)
    assert query.identifier == "310128435"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from": "x"}, {"From": ["The value 'x' is not valid."]}),
        ({"from": "2031-02-01"}, {"From": ["The 'from' value must be UTC."]}),
        ({"to": "2031-02-28T00:00:00"}, {"To": ["The 'to' value must be UTC."]}),
        (
            {"from": "2031-02-02T00:00:00Z", "to": "2031-02-02T00:00:00Z"},
            {"From": ["'from' must be earlier than 'to'."]},
        ),
        ({"from": "2031-03-01T12:00:01Z"}, {"From": ["'from' must not be in the future."]}),
        ({"from": "2021-03-01T11:59:59Z"}, {"From": ["'from' must not be earlier than 10 years ago."]}),
        ({"to": "2031-03-01T12:00:01Z"}, {"To": ["'to' must not be in the future."]}),
        (
            {"to": "2031-02-22T12:00:00Z"},
            {"To": ["'to' must be later than the default 'from' (7 days ago)."]},
        ),
    ],
)
def test_ranges_the_dashboard_refuses(query, expected):
    assert refused(dashboard, query) == expected


def test_ten_years_before_a_leap_day():
    leap_day = datetime(2032, 2, 29, 12, 0, tzinfo=UTC)
    assert dashboard({"from": "2022-02-28T12:00:00Z"}, now=leap_day).from_at.year == 2022
