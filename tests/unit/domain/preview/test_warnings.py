"""What a sender probably did not mean."""

from dataclasses import replace
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
from shared.domain.preview.warnings import Warned, WarningKind, is_sms_sender, text_warnings

NOW = datetime(2031, 3, 3, tzinfo=UTC)
PERSON = Recipient(national_identity_number="01017012345")
ORGANIZATION = Recipient(organization_number="310000019")
ADDRESS = Recipient("kari@example.no")
BOTH = ChannelSchema.EMAIL_AND_SMS


def order(
    text="hei", *recipients, schema=BOTH, kind=OrderType.NOTIFICATION, sender="Altinn", email="post@own.no"
):
    return OrderRequest(
        kind,
        NOW,
        schema,
        recipients or (ADDRESS,),
        email=EmailTemplate(email, "Emne", text),
        sms=SmsTemplate(sender, text),
    )


def warned(wanted, *sms):
    return list(text_warnings(wanted, sms, email_domain="own.no"))


def test_an_ordinary_order_has_none():
    assert warned(order()) == []
    assert warned(order("Til $recipientName$", PERSON, ORGANIZATION)) == []


def test_a_placeholder_without_source_tells_for_how_many():
    text = "$recipientName$ $recipientNumber$"
    found = warned(order(text, PERSON, ORGANIZATION, ADDRESS, schema=ChannelSchema.SMS))
    kind = WarningKind.PLACEHOLDER_WITHOUT_SOURCE
    assert found == [
        Warned(kind, Channel.SMS, "$recipientName$", 1),
        Warned(kind, Channel.SMS, "$recipientNumber$", 2),
    ]


@pytest.mark.parametrize("kind", [OrderType.INSTANT, OrderType.COMPOSED])
def test_kinds_without_placeholders_send_them_as_they_are(kind):
    found = warned(order("$recipientName$", kind=kind))
    assert [(each.kind, each.channel) for each in found] == [
        (WarningKind.PLACEHOLDER_AS_WRITTEN, Channel.SMS),
        (WarningKind.PLACEHOLDER_AS_WRITTEN, Channel.EMAIL),
    ]


def test_shortened_links_matter_in_sms():
    assert warned(order("bit.ly/x")) == [Warned(WarningKind.SHORTENED_LINK, Channel.SMS, "bit.ly")]
    assert warned(order("bit.ly/x", schema=ChannelSchema.EMAIL)) == []
    in_fields = warned(order("Se {{link}}"), "Se t.co/1", "Se t.co/2")
    assert in_fields == [Warned(WarningKind.SHORTENED_LINK, Channel.SMS, "t.co")]


def test_senders_of_channels_that_are_used_are_looked_at():
    strange = order(sender="Skatteetaten!", email="post@other.no")
    assert warned(strange) == [
        Warned(WarningKind.SENDER_REFUSED, Channel.SMS, "Skatteetaten!"),
        Warned(WarningKind.SENDER_REFUSED, Channel.EMAIL, "other.no"),
    ]
    assert [each.channel for each in warned(replace(strange, channel_schema=ChannelSchema.SMS))] == [
        Channel.SMS
    ]
    assert warned(order(email="Post@OWN.no")) == []


@pytest.mark.parametrize(
    ("sender", "taken"),
    [
        ("Altinn", True),
        ("12345678901", True),
        ("+4791000000", True),
        ("1" * 15, True),
        ("1" * 16, False),
        ("NAV Oslo 11", True),
        ("NAV Oslo 1 1", False),
        ("Brønnøysund", False),
        ("", False),
    ],
)
def test_what_the_gateway_takes_as_sender(sender, taken):
    assert is_sms_sender(sender) == taken
