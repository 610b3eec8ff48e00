import pytest

from shared.domain.recipients.phone import e164, normalize_register_number


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("99315000", "+4799315000"),
        ("41234567", "+4741234567"),
        ("00233517846", "+233517846"),
        ("004791234567", "+4791234567"),
        ("4123", "4123"),
        ("81549300", "81549300"),
        ("21234567", "21234567"),
        ("+4791234567", "+4791234567"),
        ("913 150 00", "913 150 00"),
        ("", ""),
    ],
)
def test_register_numbers_get_a_country_code_where_only_one_reading_is_possible(number, expected):
    assert normalize_register_number(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+4790000001", "+4790000001"),
        ("004790000001", "+4790000001"),
        ("+47 900 00 001 ", "+4790000001"),
        ("+47-900-00-001", "+4790000001"),
        ("+47 (900) 00.001", "+4790000001"),
        ("+4790000001 ext 5", "+4790000001"),
        ("+4790000001;ext=5", "+4790000001"),
        ("+4790000001 x5", "+4790000001"),
        ("+4790000001#5", "+4790000001"),
        ("+44 (0)7911 123456", "+447911123456"),
        ("+47\uff19\uff10\uff10\uff10\uff10\uff10\uff10\uff11", "+4790000001"),
    ],
)
def test_a_gateway_gets_digits_only(number, expected):
    assert e164(number) == expected
