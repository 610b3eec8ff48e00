"""Which notifications an order becomes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.expansion import MAX_NOTIFICATIONS, expand
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.recipients.contact_points import ContactPoints, UserContact, needs_lookup

NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)
PERSON, ORGANIZATION = Recipient(national_identity_number="1" * 11), Recipient(organization_number="9" * 9)
KARI = ContactPoints(emails=("kari@x.no",), mobiles=("+4791234567",))


def order(schema, *recipients, text="hei", **more):
    email, sms = EmailTemplate("from@x.no", text, text), SmsTemplate("Altinn", text)
    return OrderRequest(OrderType.NOTIFICATION, NOW, schema, recipients, email=email, sms=sms, **more)


def rows(*arguments):
    return [(n.channel.value, n.address, n.result.value) for n in expand(*arguments)]


def test_reserved_person_becomes_one_failure_per_channel():
    reserved = {0: replace(KARI, reserved=True)}
    one = order(ChannelSchema.EMAIL, PERSON)
    assert rows(one, NOW, reserved) == [("email", "", "Failed_RecipientReserved")]
    both = order(ChannelSchema.EMAIL_AND_SMS, PERSON)
    assert [channel for channel, _, _ in rows(both, NOW, reserved)] == ["email", "sms"]
    ignoring = order(ChannelSchema.EMAIL, PERSON, ignore_reservation=True)
    assert rows(ignoring, NOW, reserved) == [("email", "kari@x.no", "New")]


@pytest.mark.parametrize("schema", ChannelSchema)
def test_nobody_known_is_an_explicit_failure(schema):
    found = rows(order(schema, PERSON), NOW, {0: ContactPoints()})
    assert {result for _, _, result in found} == {"Failed_RecipientNotIdentified"}


def test_w13_address_only_recipient_of_both_channels_fails_on_the_one_it_lacks():
    found = rows(order(ChannelSchema.EMAIL_AND_SMS, Recipient(email_address="a@x.no")), NOW)
    assert found == [("email", "a@x.no", "New"), ("sms", "", "Failed_RecipientNotIdentified")]


def test_w13_address_only_recipients_stay_different():
    several = [Recipient(email_address=f"a{n}@x.no") for n in range(5)]
    assert len(expand(order(ChannelSchema.EMAIL_PREFERRED, *several), NOW)) == 5


def test_w12_one_text_to_one_address_is_one_message():
    same = [Recipient(email_address="a@x.no"), Recipient(email_address="A@X.no"), PERSON]
    found = expand(order(ChannelSchema.EMAIL, *same), NOW, {2: ContactPoints(emails=("a@x.no",))})
    assert [n.address for n in found] == ["a@x.no"]
    numbers = [Recipient(mobile_number="+47 912 34 567"), Recipient(mobile_number="004791234567")]
    assert len(expand(order(ChannelSchema.SMS, *numbers), NOW)) == 1


IDENTITIES = [
    PERSON,
    ORGANIZATION,
    Recipient(external_identity="urn:altinn:party:username:kari"),
]
NOBODY_KNOWN = [ContactPoints(), ContactPoints(emails=("kari@x.no",), reserved=True)]


@pytest.mark.parametrize("schema", ChannelSchema)
@pytest.mark.parametrize("recipient", IDENTITIES)
@pytest.mark.parametrize("known", NOBODY_KNOWN)
@pytest.mark.parametrize("text", ["hei", "til $recipientName$"])
def test_one_recipient_named_twice_who_cannot_be_reached_fails_once(schema, recipient, known, text):
    once = order(schema, recipient, text=text)
    thrice = order(schema, recipient, recipient, recipient, text=text)
    assert rows(thrice, NOW, dict.fromkeys(range(3), known)) == rows(once, NOW, {0: known})
    assert rows(thrice, NOW) == rows(once, NOW), "not looked up in time"


def test_spellings_of_one_recipient_fail_once():
    spelt = [Recipient(external_identity=f"urn:altinn:party:username:{name}") for name in ("kari", "KARI")]
    assert len(expand(order(ChannelSchema.SMS, *spelt), NOW, dict.fromkeys((0, 1), ContactPoints()))) == 1
    alike = [Recipient(email_address=address) for address in ("p@blåbær.no", "P@xn--blbr-roah.no")]
    numbers = [Recipient(mobile_number=number) for number in ("+4791234567", "0047 912 34 567")]
    assert rows(order(ChannelSchema.EMAIL_AND_SMS, *alike, *numbers), NOW) == [
        ("email", "p@blåbær.no", "New"),
        ("email", "", "Failed_RecipientNotIdentified"),
        ("sms", "", "Failed_RecipientNotIdentified"),
        ("sms", "+4791234567", "New"),
    ]


def test_different_recipients_who_cannot_be_reached_fail_each():
    several = [PERSON, ORGANIZATION, replace(PERSON, national_identity_number="2" * 11)]
    contacts = dict.fromkeys(range(3), ContactPoints())
    assert [n.recipient for n in expand(order(ChannelSchema.SMS, *several), NOW, contacts)] == [0, 1, 2]
    lacking = [Recipient(email_address=f"a{n}@x.no") for n in range(3)]
    assert len(expand(order(ChannelSchema.EMAIL_AND_SMS, *lacking), NOW)) == 6


def test_failure_that_another_page_tells_is_not_told_again():
    page, told = order(ChannelSchema.EMAIL_AND_SMS, PERSON), set()
    assert len(expand(page, NOW, {0: ContactPoints()}, told)) == 2
    assert expand(page, NOW, {0: ContactPoints()}, told) == ()
    assert rows(page, NOW, {0: KARI}, told) == [("email", "kari@x.no", "New"), ("sms", "+4791234567", "New")]


def test_different_texts_to_one_address_are_different_messages():
    personal = order(ChannelSchema.EMAIL, PERSON, ORGANIZATION, text="til $recipientName$")
    contacts = dict.fromkeys((0, 1), ContactPoints(emails=("regnskap@x.no",)))
    assert [n.recipient for n in expand(personal, NOW, contacts)] == [0, 1]


def test_one_email_and_one_sms():
    contact = ContactPoints(emails=("post@x.no",), users=(UserContact(1, "", "+4791234567"),))
    assert rows(order(ChannelSchema.EMAIL_PREFERRED, ORGANIZATION), NOW, {0: contact}) == [
        ("email", "post@x.no", "New"),
        ("sms", "+4791234567", "New"),
    ]


def test_more_addresses_than_a_row_holds_are_shared_out():
    many = ContactPoints(emails=tuple(f"a{n}@x.no" for n in range(MAX_NOTIFICATIONS)))
    few = ContactPoints(emails=("b@x.no",))
    found = expand(order(ChannelSchema.EMAIL, ORGANIZATION, PERSON), NOW, {0: many, 1: few})
    assert len(found) <= MAX_NOTIFICATIONS
    assert found[-1].address == "b@x.no"


recipients = st.sampled_from(
    [PERSON, ORGANIZATION, Recipient(email_address="a@x.no"), Recipient(mobile_number="+4791234567")]
)
contacts = st.builds(
    ContactPoints,
    st.lists(st.sampled_from(["a@x.no", "b@x.no", "c@x.no"]), max_size=3, unique=True).map(tuple),
    st.lists(st.sampled_from(["+4791234567", "+4741234567"]), max_size=2, unique=True).map(tuple),
    reserved=st.booleans(),
)


@given(st.sampled_from(ChannelSchema), st.lists(recipients, min_size=1, max_size=6), st.data())
def test_every_recipient_is_told_of_and_nobody_is_written_to_twice(schema, several, data):
    asked = order(schema, *several)
    known = {
        index: data.draw(contacts)
        for index, recipient in enumerate(several)
        if needs_lookup(recipient, schema)
    }
    found = expand(asked, NOW, known)
    assert [n.slot for n in found] == list(range(1, len(found) + 1))
    written = [(n.channel, n.address.casefold()) for n in found if n.address]
    assert len(set(written)) == len(written)
    assert all(n.is_unsent == bool(n.address) for n in found)
    failed = [(n.channel, several[n.recipient]) for n in found if not n.address]
    assert len(set(failed)) == len(failed)
    addresses = {address for _, address in written}
    for index, recipient in enumerate(several):
        own = known.get(index, ContactPoints())
        elsewhere = {recipient.email_address, recipient.mobile_number, *own.emails, *own.mobiles} & addresses
        assert elsewhere or any(several[n.recipient] == recipient for n in found)
    assert all(n.channel in Channel for n in found)


def with_fields(**fields):
    return Recipient(email_address="kari@x.no", mobile_number="+4791234567", fields=fields)


def test_one_address_gets_a_message_for_each_set_of_values_that_its_text_shows():
    once, again, other = with_fields(a="1", b="1"), with_fields(b="1", a="1"), with_fields(a="2", b="1")
    asked = order(ChannelSchema.EMAIL_AND_SMS, once, again, other)
    texts = {"email": EmailTemplate("from@x.no", "hei", "{{A}} {{b}}"), "sms": SmsTemplate("Altinn", "{{b}}")}
    found = expand(replace(asked, **texts), NOW)
    assert [(n.channel, n.recipient) for n in found] == [
        (Channel.EMAIL, 0),
        (Channel.EMAIL, 2),
        (Channel.SMS, 0),
    ]


def test_values_are_told_apart_where_one_ends_and_the_next_begins():
    several = [with_fields(a="1\n1 2", b="3"), with_fields(a="1", b="2\n1 3"), with_fields(a="", b="1")]
    asked = order(ChannelSchema.EMAIL, *several, text="{{a}}{{b}}")
    assert len(expand(asked, NOW)) == 3
