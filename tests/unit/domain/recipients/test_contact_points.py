"""Which addresses of a register are usable, and which of them an order uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.reading.phone_numbers import is_phone_number
from shared.domain.orders.order import Channel, ChannelSchema, Recipient
from shared.domain.recipients.contact_points import (
    ContactPoints,
    UserContact,
    cleaned,
    is_reachable,
    needs_lookup,
    selected,
)
from shared.domain.recipients.contact_points import given as given_addresses
from shared.domain.recipients.email_address import is_email_address

EMAIL, SMS = Channel.EMAIL, Channel.SMS
PERSON = Recipient(national_identity_number="01017012345")

emails = st.sampled_from(["a@x.no", "A@X.no", "b@x.no", " b@x.no", "not an address", ""])
mobiles = st.sampled_from(
    ["91234567", "+4791234567", "004791234567", "+4741234567", "21234567", "+4722334455", "x", ""]
)
users = st.builds(UserContact, st.integers(1, 5), emails, mobiles)
points = st.builds(
    ContactPoints,
    st.lists(emails, max_size=4).map(tuple),
    st.lists(mobiles, max_size=4).map(tuple),
    st.lists(users, max_size=5).map(tuple),
    st.booleans(),
)


def all_of(contact):
    return (
        [*contact.emails, *(user.email for user in contact.users if user.email)],
        [*contact.mobiles, *(user.mobile for user in contact.users if user.mobile)],
    )


@given(points)
def test_what_is_kept_is_usable_once_and_stays_so(raw):
    clean = cleaned(raw, is_phone_number)
    found_emails, found_mobiles = all_of(clean)
    assert all(is_email_address(address) for address in found_emails)
    assert all(is_phone_number(number) for number in found_mobiles)
    for found in (found_emails, found_mobiles):
        assert len({text.casefold() for text in found}) == len(found)
    assert all(user.email or user.mobile for user in clean.users)
    assert clean.reserved == raw.reserved
    assert cleaned(clean, is_phone_number) == clean


@given(points)
def test_no_usable_address_is_lost(raw):
    found_emails, found_mobiles = all_of(cleaned(raw, is_phone_number))
    wanted = [text.strip() for text in all_of(raw)[0] if is_email_address(text)]
    assert {text.casefold() for text in wanted} == {text.casefold() for text in found_emails}
    valid = {"91234567", "+4791234567", "004791234567", "+4741234567"} & set(all_of(raw)[1])
    assert len(found_mobiles) == len({number[-8:] for number in valid})


@given(points, st.sampled_from(ChannelSchema))
def test_only_known_addresses_are_used_and_somebody_reachable_is_reached(raw, schema):
    clean = cleaned(raw, is_phone_number)
    used = selected(clean, schema)
    found_emails, found_mobiles = all_of(clean)
    assert set(used.get(EMAIL, ())) <= set(found_emails)
    assert set(used.get(SMS, ())) <= set(found_mobiles)
    assert used, "there is always a channel to tell of success or failure on"
    if schema in (ChannelSchema.EMAIL_PREFERRED, ChannelSchema.SMS_PREFERRED):
        assert is_reachable(clean, schema) == bool(found_emails or found_mobiles)


@pytest.mark.parametrize("written", ["91234567", "004791234567", "+4791234567"])
def test_numbers_are_completed(written):
    assert cleaned(ContactPoints(mobiles=(written,)), is_phone_number).mobiles == ("+4791234567",)


def test_a_number_that_is_no_mobile_is_missing():
    assert cleaned(ContactPoints(mobiles=("21234567",)), is_phone_number).mobiles == ()


LANDLINES = ["+4722334455", "004722334455", "+47 22 33 44 55", "+4780012345", "+4702017", "+47580012345678"]


@pytest.mark.parametrize("number", LANDLINES)
def test_norwegian_number_that_is_no_mobile_is_missing_and_a_preferred_channel_falls_back(number):
    contact = ContactPoints(
        emails=("post@x.no",), mobiles=(number,), users=(UserContact(1, "a@x.no", number),)
    )
    clean = cleaned(contact, is_phone_number)
    assert clean.mobiles == ()
    assert selected(clean, ChannelSchema.SMS_PREFERRED) == {EMAIL: ("post@x.no", "a@x.no")}
    assert selected(clean, ChannelSchema.EMAIL_AND_SMS)[SMS] == ()
    assert not is_reachable(clean, ChannelSchema.SMS)


@pytest.mark.parametrize("number", ["+442071234567", "00442071234567", "+4681234567"])
def test_landlines_of_other_countries_are_kept(number):
    kept = cleaned(ContactPoints(mobiles=(number,)), is_phone_number).mobiles
    assert kept == ("+" + number.removeprefix("00").removeprefix("+"),)


def test_addresses_differing_in_case_are_one():
    two = (UserContact(1, "Felles@x.no"), UserContact(2, "felles@x.no"))
    assert cleaned(ContactPoints(users=two), is_phone_number).users == (UserContact(1, "Felles@x.no"),)


@pytest.mark.parametrize("spelt", ["post@BLÅBÆR.no", "post@bla\u030abær.no", "POST@xn--blbr-roah.no"])
def test_addresses_with_one_ascii_form_are_one(spelt):
    two = ContactPoints(emails=("post@blåbær.no", spelt), mobiles=("+4791234567", "+47 912 34 567"))
    clean = cleaned(two, is_phone_number)
    assert (clean.emails, clean.mobiles) == (("post@blåbær.no",), ("+4791234567",))


def test_a_users_address_equal_to_an_official_one_is_not_repeated():
    contact = ContactPoints(emails=("post@x.no",), users=(UserContact(1, "POST@x.no", "91234567"),))
    assert cleaned(contact, is_phone_number).users == (UserContact(1, "", "+4791234567"),)


def test_w12_an_invalid_number_of_a_user_with_an_address_is_dropped():
    contact = ContactPoints(users=(UserContact(1, "a@x.no", "21234567"),))
    assert cleaned(contact, is_phone_number).users == (UserContact(1, "a@x.no", ""),)


def test_preferred_falls_back_for_official_addresses_as_a_group_and_for_each_user_alone():
    contact = ContactPoints(
        emails=("post@x.no",),
        mobiles=("+4790000000",),
        users=(UserContact(1, "", "+4791111111"), UserContact(2, "b@x.no", "+4792222222")),
    )
    assert selected(contact, ChannelSchema.EMAIL_PREFERRED) == {
        EMAIL: ("post@x.no", "b@x.no"),
        SMS: ("+4791111111",),
    }
    assert selected(contact, ChannelSchema.SMS_PREFERRED) == {
        SMS: ("+4790000000", "+4791111111", "+4792222222")
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (ChannelSchema.EMAIL, {EMAIL: ()}),
        (ChannelSchema.SMS, {SMS: ()}),
        (ChannelSchema.EMAIL_PREFERRED, {EMAIL: ()}),
        (ChannelSchema.SMS_PREFERRED, {SMS: ()}),
        (ChannelSchema.EMAIL_AND_SMS, {EMAIL: (), SMS: ()}),
    ],
)
def test_somebody_unreachable_fails_where_they_should_have_been_reached(schema, expected):
    assert selected(ContactPoints(), schema) == expected
    assert given_addresses(Recipient(), schema) == expected


def test_both_addresses_given_are_both_used_where_one_is_preferred():
    both = Recipient(email_address="a@x.no", mobile_number="+4791234567")
    for schema in (ChannelSchema.EMAIL_PREFERRED, ChannelSchema.SMS_PREFERRED):
        assert given_addresses(both, schema) == {EMAIL: ("a@x.no",), SMS: ("+4791234567",)}


@pytest.mark.parametrize("schema", ChannelSchema)
def test_looked_up_are_identities_without_address(schema):
    assert needs_lookup(PERSON, schema)
    assert not needs_lookup(Recipient(email_address="a@x.no", mobile_number="+4791234567"), schema)
    assert not needs_lookup(Recipient(), schema)
