import pytest

from shared.contracts.reading.members import CHANNELS, CONTENT_TYPES, TIME_POLICIES
from shared.domain.orders.order import ChannelSchema, EmailContentType, SendingTimePolicy

KINDS = [
    (CHANNELS, ChannelSchema, ["Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms"], 0),
    (CONTENT_TYPES, EmailContentType, ["Plain", "Html"], 0),
    (TIME_POLICIES, SendingTimePolicy, ["Anytime", "Daytime"], 1),
]


@pytest.mark.parametrize(("members", "kind", "names", "first"), KINDS)
def test_every_member_has_a_name_and_a_number(members, kind, names, first):
    assert len(names) == len(kind)
    for number, name in enumerate(names, first):
        assert members.read(name) is kind(name)
        assert members.read(number) is kind(name)


@pytest.mark.parametrize(
    "written",
    [
        "EMAILPREFERRED",
        "emailpreferred",
        " EmailPreferred",
        "EmailPreferred\n",
        "\t EmailPreferred\u00a0",
        "2",
        "02",
        "+2",
        " 2",
        "2 ",
        "+0002",
        2,
    ],
)
def test_spellings_of_one_member(written):
    assert CHANNELS.read(written) is ChannelSchema.EMAIL_PREFERRED


def test_zero_may_be_negative():
    assert CHANNELS.read("-0") is ChannelSchema.EMAIL


@pytest.mark.parametrize(
    ("written", "number"),
    [(5, 5), ("5", 5), (-1, -1), ("-1", -1), ("+05", 5), (2**31 - 1, 2**31 - 1), (-(2**31), -(2**31))],
)
def test_a_number_of_no_member_is_told_apart_from_a_name(written, number):
    assert CHANNELS.read(written) == number


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        False,
        2.0,
        [],
        [1],
        {},
        "",
        " ",
        "Letter",
        "Email, Sms",
        "Email,",
        "1,2",
        "2.0",
        "2e0",
        "0x2",
        "2_",
        "+ 2",
        "--2",
        "\u0662",
        "\uff25mail",
        "E mail",
        "Email\0",
        2**31,
        str(2**31),
        "9" * 5000,
        "Channel.Email",
    ],
)
def test_everything_else_is_unreadable(written):
    with pytest.raises(ValueError, match="one of 'Email', 'Sms', 'EmailPreferred'"):
        CHANNELS.read(written)
