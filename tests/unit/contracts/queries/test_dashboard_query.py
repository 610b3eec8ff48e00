from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.queries.dashboard_query import DashboardQuery, read_dashboard_query, read_email_query
from shared.contracts.queries.values import query_of
from shared.domain.recipients.identity_kind import IdentityKind
from shared.runtime.errors import RequestInvalidError
from tests.support.request_bodies import NOW

HEADERS = {
    IdentityKind.PERSON: "NationalIdentityNumber",
    IdentityKind.ORGANIZATION: "OrganizationNumber",
}
PERSON = {"NationalIdentityNumber": "07885799912"}


def dashboard(query, headers=PERSON, kind=IdentityKind.PERSON, now=NOW):
    return read_dashboard_query(kind, headers, query_of(f"https://x.no/?{query}"), now=now)


def refused(*arguments):
    with pytest.raises(RequestInvalidError) as caught:
        dashboard(*arguments)
    return caught.value.errors


def test_the_dashboard_looks_back_a_week_by_default():
    assert dashboard("") == DashboardQuery("07885799912", NOW - timedelta(days=7), NOW)


def test_the_dashboard_takes_a_range_in_any_zone():
    query = dashboard("from=2031-01-01T00:00:00%2B01:00&To=2031-02-01T00:00:00Z&from=x")
    assert query.from_at == datetime(2030, 12, 31, 23, 0, tzinfo=UTC)
    assert query.to_at == datetime(2031, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("blank", ["from=&to=", "from=%20", "to=+%20"])
def test_blank_bounds_of_the_dashboard_are_none(blank):
    assert dashboard(blank) == dashboard("")


def test_bounds_of_the_dashboard_may_be_typed():
    query = dashboard("from=2031-01-01+01:00%2B0100&to=2031-02-01z")
    assert (query.from_at, query.to_at) == (
        datetime(2031, 1, 1, tzinfo=UTC),
        datetime(2031, 2, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("kind", "headers", "expected"),
    [
        (IdentityKind.PERSON, {}, "'NationalIdentityNumber' is required and cannot be empty"),
        (
            IdentityKind.PERSON,
            {"NationalIdentityNumber": " "},
            "'NationalIdentityNumber' is required and cannot be empty",
        ),
        (
            IdentityKind.PERSON,
            {"NationalIdentityNumber": "123"},
            "National identity number must be 11 digits long.",
        ),
        (IdentityKind.ORGANIZATION, PERSON, "'OrganizationNumber' is required and cannot be empty"),
        (
            IdentityKind.ORGANIZATION,
            {"OrganizationNumber": "12345678x"},
            "Organization number must be 9 digits long.",
        ),
    ],
)
def test_the_dashboard_needs_a_number_in_a_header(kind, headers, expected):
    assert refused("", headers, kind) == {HEADERS[kind]: [expected]}


def test_an_organization_is_found_by_its_own_header():
    query = dashboard("", {"OrganizationNumber": "310128435"}, IdentityKind.ORGANIZATION)
    assert query.sought == "310128435"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from=x", {"From": ["The value 'x' is not valid."]}),
        ("from=2031-02-01", {"From": ["The 'from' value must be UTC."]}),
        ("to=2031-02-28T00:00:00", {"To": ["The 'to' value must be UTC."]}),
        (
            "from=2031-02-02T00:00:00Z&to=2031-02-02T00:00:00Z",
            {"From": ["'from' must be earlier than 'to'."]},
        ),
        ("from=2031-03-01T12:00:01Z", {"From": ["'from' must not be in the future."]}),
        ("from=2021-03-01T11:59:59Z", {"From": ["'from' must not be earlier than 10 years ago."]}),
        ("to=2031-03-01T12:00:01Z", {"To": ["'to' must not be in the future."]}),
        (
            "to=2031-02-22T12:00:00Z",
            {"To": ["'to' must be later than the default 'from' (7 days ago)."]},
        ),
    ],
)
def test_ranges_the_dashboard_refuses(query, expected):
    assert refused(query) == expected


def test_ten_years_before_a_leap_day():
    leap_day = datetime(2032, 2, 29, 12, 0, tzinfo=UTC)
    assert dashboard("from=2022-02-28T12:00:00Z", now=leap_day).from_at.year == 2022


def test_an_email_address_is_read_from_its_header():
    query = read_email_query({"EmailAddress": " Kari@example.no "}, {}, now=NOW)
    assert query == DashboardQuery("Kari@example.no", NOW - timedelta(days=7), NOW)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "'EmailAddress' is required and cannot be empty"),
        ({"EmailAddress": "kari"}, "'EmailAddress' must be an e-mail address."),
    ],
)
def test_what_is_no_email_address_is_refused_without_quoting_it(headers, told):
    with pytest.raises(RequestInvalidError) as caught:
        read_email_query(headers, {}, now=NOW)
    assert caught.value.errors == {"EmailAddress": [told]}
