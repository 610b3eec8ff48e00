"""Every row of the validation table of rules for recipients of chains: the key and the message."""

import pytest

from shared.contracts.requests.chain_request import read_order_chain
from tests.support.request_bodies import (
    EMAIL_SETTINGS,
    RECIPIENT_EMAIL,
    RECIPIENT_EXTERNAL,
    RECIPIENT_ORGANIZATION,
    RECIPIENT_SMS,
    SMS_SETTINGS,
    chain,
    changed,
    errors,
    person,
)

INVALID_PHONE = "Recipient phone number is not a valid mobile number."

RULES = [
    (chain({}), {"Recipient": ["Must have exactly one recipient."]}),
    (chain(RECIPIENT_EMAIL | RECIPIENT_SMS), {"Recipient": ["Must have exactly one recipient."]}),
    (
        changed(chain(), "recipient.recipientEmail.emailAddress", "kari@localhost"),
        {"Recipient.RecipientEmail.EmailAddress": ["Invalid email address format."]},
    ),
    (
        changed(chain(), "recipient.recipientEmail.emailSettings.senderEmailAddress", ""),
        {"Recipient.RecipientEmail.Settings.SenderEmailAddress": ["The sender email address is not valid."]},
    ),
    (
        chain(person(emailSettings=EMAIL_SETTINGS | {"senderEmailAddress": "x"})),
        {
            "Recipient.RecipientPerson.EmailSettings.SenderEmailAddress": [
                "The sender email address is not valid."
            ]
        },
    ),
    *(
        (
            changed(chain(), "recipient.recipientEmail.emailSettings.sendingTimePolicy", policy),
            {
                "Recipient.RecipientEmail.Settings.SendingTimePolicy": [
                    "Email only supports send time anytime"
                ]
            },
        )
        for policy in ("Daytime", 2, "2", 0, "-0", 3)
    ),
    *(
        (
            changed(chain(), "recipient.recipientEmail.emailSettings.contentType", content_type),
            {
                "Recipient.RecipientEmail.Settings.ContentType": [
                    "Email content type must be either Plain or HTML."
                ]
            },
        )
        for content_type in (2, "2", "+02", -1, "-1", 2**31 - 1)
    ),
    *(
        (
            changed(chain(RECIPIENT_SMS), "recipient.recipientSms.smsSettings.sendingTimePolicy", policy),
            {
                "Recipient.RecipientSms.Settings.SendingTimePolicy": [
                    "SMS only supports send time daytime and anytime"
                ]
            },
        )
        for policy in (0, "0", 3, " 3 ")
    ),
    *(
        (
            chain(person(channelSchema=channel, emailSettings=None, smsSettings=None)),
            {"Recipient.RecipientPerson.ChannelSchema": ["Invalid channel scheme value."]},
        )
        for channel in (5, "5", -1, "+99")
    ),
    (
        chain(person(channelSchema="Email", smsSettings=SMS_SETTINGS | {"sendingTimePolicy": 3})),
        {
            "Recipient.RecipientPerson.SmsSettings.SendingTimePolicy": [
                "SMS only supports send time daytime and anytime"
            ]
        },
    ),
    (
        changed(chain(RECIPIENT_SMS), "recipient.recipientSms.phoneNumber", "40000001"),
        {"Recipient.RecipientSms.PhoneNumber": [INVALID_PHONE]},
    ),
    (
        chain(person(nationalIdentityNumber="1234567890")),
        {
            "Recipient.RecipientPerson.NationalIdentityNumber": [
                "National identity number must be 11 digits long."
            ]
        },
    ),
    (
        chain(person(nationalIdentityNumber="٠٧٨٨٥٧٩٩٩١٢")),
        {
            "Recipient.RecipientPerson.NationalIdentityNumber": [
                "National identity number must be 11 digits long."
            ]
        },
    ),
    (
        changed(chain(RECIPIENT_ORGANIZATION), "recipient.recipientOrganization.orgNumber", "31012843a"),
        {"Recipient.RecipientOrganization.OrgNumber": ["Organization number must be 9 digits long."]},
    ),
    (
        changed(chain(RECIPIENT_EXTERNAL), "recipient.recipientExternalIdentity.externalIdentity", "urn:x:y"),
        {"Recipient.RecipientExternalIdentity.ExternalIdentity": ["Invalid external identity URN format."]},
    ),
    (
        chain(person(channelSchema="Email", emailSettings=None)),
        {
            "Recipient.RecipientPerson.EmailSettings": [
                "EmailSettings must be set when ChannelSchema is Email"
            ]
        },
    ),
    (
        chain(person(channelSchema="Sms", smsSettings=None)),
        {"Recipient.RecipientPerson.SmsSettings": ["SmsSettings must be set when ChannelSchema is Sms"]},
    ),
    (
        chain(person(channelSchema="EmailPreferred", smsSettings=None)),
        {
            "Recipient.RecipientPerson.SmsSettings": [
                "SmsSettings must be set when ChannelSchema is SmsPreferred or EmailPreferred"
            ]
        },
    ),
    (
        chain(person(channelSchema="SmsPreferred", emailSettings=None)),
        {
            "Recipient.RecipientPerson.EmailSettings": [
                "EmailSettings must be set when ChannelSchema is SmsPreferred or EmailPreferred"
            ]
        },
    ),
    (
        chain(person(channelSchema="EmailAndSms", emailSettings=None, smsSettings=None)),
        {
            "Recipient.RecipientPerson.EmailSettings": [
                "EmailSettings must be set when ChannelSchema is EmailAndSms"
            ],
            "Recipient.RecipientPerson.SmsSettings": [
                "SmsSettings must be set when ChannelSchema is EmailAndSms"
            ],
        },
    ),
    (
        chain(person(resourceId="tjeneste")),
        {"Recipient.RecipientPerson.ResourceId": ["ResourceId must have a valid syntax."]},
    ),
    (
        chain(person(resourceId="urn:altinn:resource:")),
        {"Recipient.RecipientPerson.ResourceId": ["ResourceId must have a valid syntax."]},
    ),
    (
        chain(person(resourceAction="read")),
        {
            "Recipient.RecipientPerson.ResourceAction": [
                "ResourceAction cannot be specified without a ResourceId."
            ]
        },
    ),
    (
        chain(person(resourceId="urn:altinn:resource:x", resourceAction="  ")),
        {"Recipient.RecipientPerson.ResourceAction": ["ResourceAction cannot be blank or whitespace."]},
    ),
]


@pytest.mark.parametrize(("document", "expected"), RULES)
def test_a_broken_rule(document, expected):
    assert errors(read_order_chain, document) == expected
