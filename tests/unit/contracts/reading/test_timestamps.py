from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.contracts.reading.timestamps import format_instant, parse_instant, parse_typed_instant


def is_same(parsed, expected):
    return parsed == expected and parsed.tzinfo == expected.tzinfo


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-03-04T09:15:00+01:00", datetime(2031, 3, 4, 8, 15, tzinfo=UTC)),
        ("2031-03-04T09:15Z", datetime(2031, 3, 4, 9, 15, tzinfo=UTC)),
        ("2031-03-04T09:15:07.1234567Z", datetime(2031, 3, 4, 9, 15, 7, 123456, tzinfo=UTC)),
        ("2031-03-04T09:15:07.5-14:00", datetime(2031, 3, 4, 23, 15, 7, 500000, tzinfo=UTC)),
        ("2031-03-04T09:15:00+01", datetime(2031, 3, 4, 8, 15, tzinfo=UTC)),
        ("2031-03-04T09:15-01", datetime(2031, 3, 4, 10, 15, tzinfo=UTC)),
        ("2031-03-04T09:15:00+14", datetime(2031, 3, 3, 19, 15, tzinfo=UTC)),
        ("2031-03-04T09:15:00.Z", datetime(2031, 3, 4, 9, 15, tzinfo=UTC)),
        ("2031-03-04T09:15:00.+01:00", datetime(2031, 3, 4, 8, 15, tzinfo=UTC)),
        ("2031-03-04T09:15:07.1234567890123456Z", datetime(2031, 3, 4, 9, 15, 7, 123456, tzinfo=UTC)),
        ("2031-03-04", datetime(2031, 3, 4)),  # noqa: DTZ001
        ("2031-03-04T09:15:00", datetime(2031, 3, 4, 9, 15)),  # noqa: DTZ001
    ],
)
def test_reads_iso_8601(text, expected):
    assert is_same(parse_instant(text), expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2031-02-29T00:00:00Z",
        "2031-13-01",
        "2031-03-04 09:15:00Z",
        "2031-03-04T24:00:00Z",
        "2031-03-04T09:15:60Z",
        "2031-03-04T09:15:00z",
        "2031-03-04T09:15:00+15:00",
        "2031-03-04T09:15:00+01:60",
        "2031-03-04T09:15:00+0100",
        "2031-03-04T09:15:00+1",
        "2031-03-04T09:15:00+15",
        "2031-03-04T09:15:00+01:",
        "2031-03-04T09:15:00.",
        "2031-03-04T09:15.Z",
        "2031-03-04T09:15:00,5Z",
        "2031-03-04T09:15:00.12345678901234567Z",
        "2031-03-04t09:15:00Z",
        " 2031-03-04T09:15:00Z",
        "2031-03-04Z",
        "20310304T091500Z",
        "2031-03-04T09:15:00Z\n",
        "٢٠٣١-03-04",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_refuses_everything_else(text):
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2031, 3, 4, 8, 15, tzinfo=UTC), "2031-03-04T08:15:00Z"),
        (datetime(2031, 3, 4, 8, 15, 7, 210000, tzinfo=UTC), "2031-03-04T08:15:07.21Z"),
        (datetime(2031, 3, 4, 8, 15, 7, 1, tzinfo=UTC), "2031-03-04T08:15:07.000001Z"),
        (datetime(2031, 3, 4, 8, 15, tzinfo=timezone(timedelta(hours=1))), "2031-03-04T07:15:00Z"),
    ],
)
def test_writes_utc_without_trailing_zeros(at, expected):
    assert format_instant(at) == expected


NINE = datetime(2031, 3, 4, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2031-03-04T09:15:00Z", NINE),
        (" 2031-03-04T09:15:00Z\n", NINE),
        ("2031-03-04t09:15:00z", NINE),
        ("2031-03-04 09:15Z", NINE),
        ("2031-03-04T09:15:00 Z", NINE),
        ("2031-03-04T10:15:00 +01:00", NINE),
        ("2031-03-04T10:15:00+0100", NINE),
        ("2031-03-04 10:15:00.000+01", NINE),
        ("2031-03-04Z", datetime(2031, 3, 4, tzinfo=UTC)),
        ("2031-03-04 +01:00", datetime(2031, 3, 3, 23, tzinfo=UTC)),
        ("2031-03-04", datetime(2031, 3, 4)),  # noqa: DTZ001
        ("2031-03-04 09:15", datetime(2031, 3, 4, 9, 15)),  # noqa: DTZ001
    ],
)
def test_people_may_type_an_instant_in_more_ways(text, expected):
    assert is_same(parse_typed_instant(text), expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "now",
        "2031-03-0410",
        "2031-03-04T09Z",
        "2031-03-04T09:15:0001",
        "2031-03-04T09:15Z01",
        "2031-03-04T09:15 01:00",
        "2031-03-04T09:15+1",
        "2031-03-04T24:00Z",
        "04.03.2031",
        "2031-W10-2",
    ],
)
def test_people_have_to_type_an_instant_nevertheless(text):
    with pytest.raises(ValueError, match=r"."):
        parse_typed_instant(text)
