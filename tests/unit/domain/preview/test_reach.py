"""Who can be reached, by which messages, and what is not told of people whom registers know."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.preview.reach import Count, Message, Reach, Reached, Reason, reached
from shared.domain.recipients.contact_points import ContactPoints
from shared.domain.trace.events import Register

NOW = datetime(2031, 3, 3, tzinfo=UTC)
EMAIL, SMS = Channel.EMAIL, Channel.SMS
KARI, OLA = "kari@example.no", "+4790000001"
PERSON = Recipient(national_identity_number="01017012345")
ORGANIZATION = Recipient(organization_number="310000019")


def order(*recipients, schema=ChannelSchema.EMAIL_PREFERRED):
    return OrderRequest(
        OrderType.NOTIFICATION,
        NOW,
        schema,
        recipients,
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate("Altinn", "hei"),
    )


def seen(wanted, contacts=(), *, tells_reserved=False):
    return list(reached([wanted], dict(contacts), NOW, tells_reserved=tells_reserved))


@pytest.mark.parametrize(
    ("schema", "given", "messages"),
    [
        (ChannelSchema.EMAIL, (KARI, None), [(EMAIL, KARI, Reason.ONLY_CHANNEL)]),
        (ChannelSchema.SMS, (KARI, OLA), [(SMS, OLA, Reason.ONLY_CHANNEL)]),
        (ChannelSchema.EMAIL_PREFERRED, (KARI, None), [(EMAIL, KARI, Reason.PREFERRED)]),
        (ChannelSchema.EMAIL_PREFERRED, (None, OLA), [(SMS, OLA, Reason.INSTEAD)]),
        (ChannelSchema.SMS_PREFERRED, (KARI, None), [(EMAIL, KARI, Reason.INSTEAD)]),
        (
            ChannelSchema.SMS_PREFERRED,
            (KARI, OLA),
            [(EMAIL, KARI, Reason.BOTH_ADDRESSES), (SMS, OLA, Reason.BOTH_ADDRESSES)],
        ),
        (
            ChannelSchema.EMAIL_AND_SMS,
            (KARI, OLA),
            [(EMAIL, KARI, Reason.BOTH_CHANNELS), (SMS, OLA, Reason.BOTH_CHANNELS)],
        ),
    ],
)
def test_why_a_message_goes_out_on_its_channel(schema, given, messages):
    (one,) = seen(order(Recipient(*given), schema=schema))
    assert one == Reached(0, Reach.GIVEN, messages=tuple(Message(*each) for each in messages))


def test_an_address_of_another_kind_reaches_nobody_and_half_of_both_is_told():
    (one,) = seen(order(Recipient(mobile_number=OLA), schema=ChannelSchema.EMAIL))
    assert one == Reached(0, Reach.UNUSABLE, without=(EMAIL,))
    (one,) = seen(order(Recipient(KARI), schema=ChannelSchema.EMAIL_AND_SMS))
    assert (one.reach, one.without) == (Reach.GIVEN, (SMS,))


def test_an_address_on_another_page_gets_one_message():
    first, second = (
        order(Recipient(KARI), Recipient("KARI@EXAMPLE.NO")),
        order(Recipient(KARI), Recipient("b@x.no")),
    )
    found = list(reached([first, second], {}, NOW, tells_reserved=True))
    assert [one.index for one in found] == [0, 1, 2, 3]
    assert [len(one.messages) for one in found] == [1, 0, 0, 1]
    assert [one.duplicates for one in found] == [(), (EMAIL,), (EMAIL,), ()]
    count = Count(Counter(), Counter())
    for one in found:
        count.add(one)
    assert (count.recipients, count.messages, count.duplicates) == ({Reach.GIVEN: 4}, {EMAIL: 2}, 2)


@pytest.mark.parametrize(
    ("points", "version_1", "version_2"),
    [
        (ContactPoints(emails=(KARI,)), Reach.FOUND, Reach.FOUND),
        (ContactPoints(mobiles=(OLA,)), Reach.FOUND, Reach.FOUND),
        (ContactPoints(), Reach.MISSING, Reach.MISSING),
        (ContactPoints(emails=(KARI,), reserved=True), Reach.RESERVED, Reach.FOUND),
        (ContactPoints(reserved=True), Reach.RESERVED, Reach.FOUND),
    ],
)
@pytest.mark.parametrize("recipient", [PERSON, ORGANIZATION])
def test_of_those_looked_up_only_what_placing_tells(points, version_1, version_2, recipient):
    register = Register.PERSONS if recipient is PERSON else Register.ORGANIZATIONS
    for reach, tells_reserved in ((version_1, True), (version_2, False)):
        (one,) = seen(order(recipient), {0: points}, tells_reserved=tells_reserved)
        assert one == Reached(0, reach, register)


def test_what_registers_know_changes_nothing_that_is_told_of_addresses():
    wanted = order(PERSON, Recipient(KARI), Recipient(mobile_number=OLA))
    same = ContactPoints(emails=(KARI,), mobiles=(OLA,))
    assert seen(wanted, {0: same}) == seen(wanted, {0: ContactPoints(emails=("other@example.no",))})
