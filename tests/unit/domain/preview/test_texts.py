"""The texts that are shown, and the parts that are charged."""

from dataclasses import replace
from datetime import UTC, datetime

from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.preview.reach import Message, Reach, Reached, Reason
from shared.domain.preview.texts import EXAMPLE_NAME, MOST_TEXTS, SmsTotal, shown_texts, sms_total

NOW = datetime(2031, 3, 3, tzinfo=UTC)
PERSON = Recipient(national_identity_number="01017012345")
ORGANIZATION = Recipient(organization_number="310000019")
IDENTITY = Recipient(external_identity="urn:altinn:party:username:selma")


def order(text, *recipients, schema=ChannelSchema.SMS, **more):
    return OrderRequest(
        more.pop("type", OrderType.NOTIFICATION),
        NOW,
        schema,
        recipients,
        email=EmailTemplate("from@example.no", text, text),
        sms=SmsTemplate("Altinn", text),
    )


def to(index, channel=Channel.SMS):
    return Reached(index, Reach.GIVEN, messages=(Message(channel, "+4790000001", Reason.ONLY_CHANNEL),))


def found(index):
    return Reached(index, Reach.FOUND)


def test_a_text_that_all_read_is_shown_once_as_it_is_sent():
    texts = list(shown_texts(order("a\tb\u200b", Recipient(), Recipient()), [to(0), to(1)]))
    assert [(text.channel, text.index, text.body, text.sms.parts) for text in texts] == [
        (Channel.SMS, None, "a b", 1)
    ]


def test_both_channels_are_shown_and_only_those_with_a_text():
    both = order("hei", Recipient(), schema=ChannelSchema.EMAIL_AND_SMS)
    assert [text.channel for text in shown_texts(both, [to(0)])] == [Channel.EMAIL, Channel.SMS]
    email = order("hei", Recipient(), schema=ChannelSchema.EMAIL)
    (text,) = shown_texts(email, [to(0, Channel.EMAIL)])
    assert (text.subject, text.body, text.sms) == ("hei", "hei", None)


def test_a_name_of_those_looked_up_is_an_example_and_a_number_is_their_own():
    wanted = order("Til $recipientName$ ($recipientNumber$)", ORGANIZATION, PERSON, IDENTITY, Recipient())
    texts = list(shown_texts(wanted, [found(0), found(1), found(2), to(3)]))
    assert [(text.index, text.body, text.has_example_name) for text in texts] == [
        (0, f"Til {EXAMPLE_NAME} (310000019)", True),
        (1, f"Til {EXAMPLE_NAME} ()", True),
        (2, "Til ()", False),
        (3, "Til ()", False),
    ]


def test_instant_orders_have_no_placeholders():
    (text,) = shown_texts(order("$recipientName$", Recipient(), type=OrderType.INSTANT), [to(0)])
    assert text.body == "$recipientName$"


def test_of_personal_texts_the_first_are_shown_and_those_of_nobody_are_not():
    wanted = order("$recipientNumber$", *[Recipient()] * 30)
    people = [Reached(0, Reach.MISSING), Reached(1, Reach.RESERVED), *(to(index) for index in range(2, 30))]
    texts = list(shown_texts(wanted, people))
    assert [text.index for text in texts] == list(range(2, 2 + MOST_TEXTS))


def test_a_reserved_person_reads_a_text_if_the_order_ignores_that():
    wanted = order("$recipientNumber$", PERSON)
    reserved = [Reached(0, Reach.RESERVED)]
    assert not list(shown_texts(wanted, reserved))
    assert list(shown_texts(replace(wanted, ignore_reservation=True), reserved))


def test_long_personal_texts_are_shown_as_far_as_there_is_room():
    wanted = order("$recipientNumber$" + "x" * 40_000, *[Recipient()] * 5)
    assert len(list(shown_texts(wanted, map(to, range(5))))) == 1


def test_parts_are_those_of_all_sms_to_addresses():
    wanted = order("x" * 161, *[Recipient()] * 3)
    assert sms_total(wanted, [to(0), to(1), to(2, Channel.EMAIL), found(2)]) == SmsTotal(parts=4)
    personal = order("x" * 160 + "$recipientNumber$", Recipient(organization_number="310000019"), Recipient())
    assert sms_total(personal, [to(0), to(1)]) == SmsTotal(parts=3)
    assert sms_total(wanted, [found(0)]) == SmsTotal()


def test_sms_that_are_cut_are_counted_with_the_fields_of_each():
    short, long = Recipient(fields={"felt": "x"}), Recipient(fields={"felt": "x" * 45})
    assert sms_total(order("x" * 2100 + "{{felt}}", short, long), [to(0), to(1)]).cut == 1
    assert sms_total(order("x" * 2145, Recipient(), Recipient()), [to(0), to(1)]).cut == 2


def test_texts_with_fields_are_shown_for_each_with_their_values():
    wanted = order("Sak {{sak}}", Recipient(fields={"sak": "1"}), Recipient(fields={"sak": "\u2019"}))
    texts = list(shown_texts(wanted, [to(0), to(1)]))
    assert [(text.index, text.body, text.sms.encoding) for text in texts] == [
        (0, "Sak 1", "gsm-7"),
        (1, "Sak \u2019", "ucs-2"),
    ]
