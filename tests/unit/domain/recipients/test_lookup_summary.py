"""What a caller is told about recipients that had to be looked up."""

from shared.domain.orders.order import ChannelSchema, Recipient
from shared.domain.recipients.contact_points import ContactPoints
from shared.domain.recipients.lookup_summary import LookupStatus, RecipientLookup, summary

KARI, OLA = Recipient(national_identity_number="1" * 11), Recipient(national_identity_number="2" * 11)
FIRM = Recipient(organization_number="9" * 9)
EMAIL = ContactPoints(emails=("a@x.no",))


def told(recipients, contacts, schema=ChannelSchema.EMAIL):
    return summary(recipients, schema, dict(enumerate(contacts)))


def test_nobody_looked_up_is_no_summary():
    assert summary([Recipient(email_address="a@x.no")], ChannelSchema.EMAIL, {}) is None


def test_everybody_reachable_is_success():
    assert told([KARI, FIRM], [EMAIL, EMAIL]) == RecipientLookup(LookupStatus.SUCCESS, [], [])


def test_some_unreachable_is_partial_and_a_reserved_one_is_not_missing():
    reserved = ContactPoints(reserved=True)
    assert told([KARI, OLA, FIRM], [EMAIL, reserved, ContactPoints()]) == RecipientLookup(
        LookupStatus.PARTIAL_SUCCESS, ["2" * 11], ["9" * 9]
    )


def test_p1_equal_unreachable_recipients_count_once():
    assert told([FIRM, FIRM], [ContactPoints()] * 2) == RecipientLookup(LookupStatus.FAILED, [], ["9" * 9])


def test_an_address_of_the_wrong_kind_is_missing_and_of_either_kind_enough_where_one_is_preferred():
    mobile = ContactPoints(mobiles=("+4791234567",))
    assert told([KARI], [mobile]).status is LookupStatus.FAILED
    for schema in (ChannelSchema.EMAIL_PREFERRED, ChannelSchema.EMAIL_AND_SMS):
        assert told([KARI], [mobile], schema).status is LookupStatus.SUCCESS
