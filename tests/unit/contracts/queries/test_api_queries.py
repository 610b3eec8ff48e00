from uuid import UUID

import pytest

from shared.contracts.queries.api_queries import (
    FeedQuery,
    LogQuery,
    MetricsMonth,
    read_feed_query,
    read_log_query,
    read_metrics_form,
    read_senders_reference,
)
from shared.contracts.queries.values import encoded_values, parse_route_uuid, query_of
from shared.runtime.errors import RequestInvalidError

DIALOG = "0196a1d2-7b4e-7c11-9d5e-3f0a4a9b7c55"


def refused(read, *arguments, **options):
    with pytest.raises(RequestInvalidError) as caught:
        read(*arguments, **options)
    return caught.value.errors


def asked(query):
    """Return what a reader is given of a URL with this query."""
    return query_of(f"https://x.no/notifications/api/v1/x?{query}")


BARE = DIALOG.replace("-", "")
HEX = [BARE[:8], BARE[8:12], BARE[12:16], *(BARE[at : at + 2] for at in range(16, 32, 2))]
NUMBERS = f"{{0x{HEX[0]},0x{HEX[1]},0x{HEX[2]},{{{','.join(f'0x{part}' for part in HEX[3:])}}}}}"


@pytest.mark.parametrize(
    "text",
    [
        DIALOG,
        DIALOG.upper(),
        BARE,
        f"{{{DIALOG}}}",
        f"({DIALOG.upper()})",
        f" {DIALOG}",
        f"\n{BARE}\r\n",
        f"\u00a0({DIALOG})\u2003",
        NUMBERS,
        NUMBERS.upper(),
        NUMBERS.replace(",", " ,\t"),
        f" {NUMBERS} ",
    ],
)
def test_a_uuid_of_a_route_may_be_written_in_every_way_of_dotnet(text):
    assert parse_route_uuid("id", text) == UUID(DIALOG)


def test_numbers_of_a_uuid_may_lack_leading_zeros():
    text = "{0x1,0x2,0x3,{0x4,0x5,0x6,0x7,0x8,0x9,0xa,0xb}}"
    assert parse_route_uuid("id", text) == UUID("00000001-0002-0003-0405-060708090a0b")


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "",
        " ",
        DIALOG[:-1],
        "0196a1d27b4e-7c11-9d5e-3f0a4a9b7c55",
        f"urn:uuid:{DIALOG}",
        f"{{{BARE}}}",
        f"({BARE})",
        f"{{{DIALOG})",
        f"{{{DIALOG}",
        f"{DIALOG}}}",
        f"{{{{{DIALOG}}}}}",
        f"{{ {DIALOG} }}",
        f'"{DIALOG}"',
        NUMBERS.replace("0x", "", 1),
        NUMBERS[:-1],
        NUMBERS.replace("{", "(").replace("}", ")"),
        BARE.replace("0", "\u0660"),
    ],
)
def test_anything_else_is_named(text):
    assert refused(parse_route_uuid, "id", text) == {"id": [f"The value '{text}' is not valid."]}


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2&A=3", {"a": "1"}),
        ("a=&a=2", {"a": ""}),
        ("a&b=1", {"a": "", "b": "1"}),
        ("SEQ=1&s%65q=2", {"seq": "1"}),
        ("a=x+y%2Bz%20", {"a": "x y+z "}),
        ("a=1=2;b=3", {"a": "1=2;b=3"}),
        ("&&a=1&", {"a": "1"}),
        ("a=%C3%A6%zz%", {"a": "æ%zz%"}),
        ("a=x,y", {"a": "x,y"}),
    ],
)
def test_of_a_name_given_twice_the_first_value_counts(query, values):
    assert asked(query) == values


def test_a_url_without_a_query_has_no_values():
    assert query_of("https://x.no/a") == {}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", FeedQuery(0, 500, descending=False)),
        ("seq=48213&pageSize=10&orderBy=Desc", FeedQuery(48213, 10, descending=True)),
        ("SEQ=1&PAGESIZE=2&ORDERBY=ASC", FeedQuery(1, 2, descending=False)),
        ("pageSize=0", FeedQuery(0, 1, descending=False)),
        ("pageSize=-7", FeedQuery(0, 1, descending=False)),
        ("pageSize=100000", FeedQuery(0, 500, descending=False)),
        ("pageSize=", FeedQuery(0, 500, descending=False)),
        ("pageSize=%20", FeedQuery(0, 500, descending=False)),
        ("pageSize=%20%097%0A", FeedQuery(0, 7, descending=False)),
        ("pageSize=%2B7", FeedQuery(0, 7, descending=False)),
        ("pageSize=007", FeedQuery(0, 7, descending=False)),
        ("pageSize=7&pageSize=x", FeedQuery(0, 7, descending=False)),
        ("seq=9223372036854775807", FeedQuery(9223372036854775807, 500, descending=False)),
        ("seq=+1", FeedQuery(1, 500, descending=False)),
        ("seq=%2B1", FeedQuery(1, 500, descending=False)),
        ("seq=%201", FeedQuery(1, 500, descending=False)),
        ("seq=1%20", FeedQuery(1, 500, descending=False)),
        ("seq=-0", FeedQuery(0, 500, descending=False)),
        ("seq=" + "0" * 40 + "9", FeedQuery(9, 500, descending=False)),
        ("seq=1&seq=2&Seq=x", FeedQuery(1, 500, descending=False)),
        ("orderBy=0", FeedQuery(0, 500, descending=False)),
        ("orderBy=1", FeedQuery(0, 500, descending=True)),
        ("orderBy=01", FeedQuery(0, 500, descending=True)),
        ("orderBy=%2B1", FeedQuery(0, 500, descending=True)),
        ("orderBy=+1%20", FeedQuery(0, 500, descending=True)),
        ("orderBy=%0Adesc%20", FeedQuery(0, 500, descending=True)),
        ("orderBy=desc&orderBy=asc", FeedQuery(0, 500, descending=True)),
    ],
)
def test_a_page_of_the_feed(query, expected):
    assert read_feed_query(asked(query), 500) == expected


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [
        ("seq=x", "Seq", "x"),
        ("seq=", "Seq", ""),
        ("seq=%20", "Seq", " "),
        ("seq=1_0", "Seq", "1_0"),
        ("seq=0x1", "Seq", "0x1"),
        ("seq=1.0", "Seq", "1.0"),
        ("seq=1,2", "Seq", "1,2"),
        ("seq=%D9%A3", "Seq", "٣"),
        ("seq=x&seq=1", "Seq", "x"),
        ("seq=9223372036854775808", "Seq", "9223372036854775808"),
        ("pageSize=ten", "PageSize", "ten"),
        ("pageSize=0x1", "PageSize", "0x1"),
        ("pageSize=2147483648", "PageSize", "2147483648"),
        ("orderBy=up", "OrderBy", "up"),
        ("orderBy=", "OrderBy", ""),
        ("orderBy=2", "OrderBy", "2"),
        ("orderBy=-1", "OrderBy", "-1"),
        ("orderBy=asc,desc", "OrderBy", "asc,desc"),
        ("orderBy=1.0", "OrderBy", "1.0"),
    ],
)
def test_unreadable_feed_queries(query, key, value):
    assert refused(read_feed_query, asked(query), 500) == {key: [f"The value '{value}' is not valid."]}


def test_all_that_is_wrong_with_a_feed_query_is_told_together():
    assert set(refused(read_feed_query, asked("seq=x&pageSize=y&orderBy=z"), 500)) == {
        "Seq",
        "PageSize",
        "OrderBy",
    }


def test_a_feed_begins_at_zero():
    message = "The field Seq must be between 0 and 9.223372036854776E+18."
    assert refused(read_feed_query, asked("seq=-1"), 500) == {"Seq": [message]}


@pytest.mark.parametrize(
    ("query", "reference"),
    [
        ("SendersReference=sak-99", "sak-99"),
        ("sendersReference=a+b%2Bc%2C%20", "a b+c, "),
        ("sendersReference=sak-1&sendersReference=sak-2", "sak-1"),
        ("sendersReference=" + "%C3%A5" * 8192, "å" * 8192),
    ],
)
def test_a_senders_reference_is_taken_as_it_is(query, reference):
    assert read_senders_reference(asked(query)) == reference


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "A value for the 'sendersReference' parameter or property was not provided."),
        ("sendersReference", "The sendersReference field is required."),
        ("sendersReference=", "The sendersReference field is required."),
        ("sendersReference=%20", "The sendersReference field is required."),
        ("sendersReference=&sendersReference=x", "The sendersReference field is required."),
    ],
)
def test_a_senders_reference_is_mandatory(query, message):
    assert refused(read_senders_reference, asked(query)) == {"sendersReference": [message]}


def test_a_log_query():
    assert read_log_query(asked(f"dialogId={DIALOG.upper()}"), dialog_required=True) == LogQuery(DIALOG, None)
    query = asked(f"dialogId=%7B{DIALOG}%7D&transmissionId=%20t%20&dialogId=x")
    assert read_log_query(query, dialog_required=True) == LogQuery(DIALOG, "t")
    query = asked("transmissionId=t&dialogId=%20")
    assert read_log_query(query, dialog_required=False) == LogQuery(None, "t")


@pytest.mark.parametrize(
    ("query", "dialog_required"),
    [("", True), ("", False), ("dialogId=+", True), ("transmissionId=t", True)],
)
def test_a_log_query_without_the_id_it_needs(query, dialog_required):
    found = refused(read_log_query, asked(query), dialog_required=dialog_required)
    assert found == {"dialogId": ["The dialogId field is required."]}


def test_a_dialog_is_a_uuid():
    found = refused(read_log_query, asked("dialogId=x"), dialog_required=True)
    assert found == {"dialogId": ["The value 'x' is not valid."]}


def test_the_metrics_form():
    assert read_metrics_form(encoded_values("month=+2&Year=2031&month=3")) == MetricsMonth(2031, 2)
    assert refused(read_metrics_form, encoded_values("month=13")) == {
        "month": ["The value '13' is not valid."],
        "year": ["The value '' is not valid."],
    }
