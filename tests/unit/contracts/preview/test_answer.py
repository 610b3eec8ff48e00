"""The answer to a preview: masked, complete, and with a sentence for every warning."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest

from shared.contracts.answers.json_out import to_json
from shared.contracts.api_description.preview_example import PREVIEW
from shared.contracts.preview.answer import preview_answer
from shared.contracts.preview.warning_texts import warning_text
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.preview.departures import Departure
from shared.domain.preview.preview import Preview, ShipmentPreview
from shared.domain.preview.prices import Price
from shared.domain.preview.reach import Count, Message, Reach, Reached, Reason
from shared.domain.preview.texts import shown_texts
from shared.domain.preview.warnings import Warned, WarningKind
from shared.domain.recipients.lookup_summary import LookupStatus, RecipientLookup
from shared.domain.trace.events import Register

NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)
EMAIL, NUMBER = "kari.nordmann@example.no", "+4790000001"
NIN = "01017012345"


def answer():
    order = OrderRequest(
        OrderType.NOTIFICATION,
        NOW,
        ChannelSchema.EMAIL_AND_SMS,
        (Recipient(EMAIL, NUMBER), Recipient(national_identity_number=NIN)),
        email=EmailTemplate("post@example.no", "Emne", "Tekst"),
        sms=SmsTemplate("Altinn", "\u2019\ue000"),
    )
    reasons = Reason.BOTH_CHANNELS
    given = Reached(
        0,
        Reach.GIVEN,
        messages=(Message(Channel.EMAIL, EMAIL, reasons), Message(Channel.SMS, NUMBER, reasons)),
    )
    people = (given, Reached(1, Reach.RESERVED, Register.PERSONS))
    shipment = ShipmentPreview(
        order,
        Count(Counter({Reach.GIVEN: 1, Reach.RESERVED: 1}), Counter({Channel.EMAIL: 1, Channel.SMS: 1})),
        people,
        (Departure(Channel.SMS, None, None, is_held=False, worth_until=NOW),),
        tuple(shown_texts(order, people)),
        Price("NOK", Decimal("0.470"), Decimal("0.02"), Decimal("1E+1")),
        (Warned(WarningKind.NEVER_LEAVES, Channel.SMS),),
    )
    lookup = RecipientLookup(LookupStatus.FAILED, (NIN,), ())
    return orjson.loads(to_json(preview_answer(Preview(NOW, False, False, (shipment,), lookup))))


def test_addresses_of_recipients_are_masked():
    text = str(answer()["shipments"])
    assert EMAIL not in text
    assert NUMBER not in text
    assert NIN not in text
    messages = answer()["shipments"][0]["recipients"][0]["messages"]
    assert [message["address"] for message in messages] == ["ka***@example.no", "***01"]


def test_of_those_looked_up_there_is_no_channel_and_no_reservation_but_the_lists_of_version_1():
    told = answer()
    assert told["shipments"][0]["recipients"][1] == {
        "recipient": 1,
        "reach": "Reserved",
        "register": "persons",
    }
    assert told["recipientLookup"] == {"status": "Failed", "isReserved": [NIN], "missingContact": []}


def test_characters_are_named_and_amounts_are_written_out():
    shipment = answer()["shipments"][0]
    sms = shipment["texts"][1]["sms"]
    assert sms["forcing"] == [
        {
            "character": "\u2019",
            "code": "U+2019",
            "name": "RIGHT SINGLE QUOTATION MARK",
            "count": 1,
            "positions": [1],
        },
        {"character": "\ue000", "code": "U+E000", "count": 1, "positions": [2]},
    ]
    assert shipment["price"] == {"currency": "NOK", "total": "0.470", "email": "0.02", "sms": "10"}
    assert shipment["texts"][0]["sender"] == "post@example.no"
    assert shipment["departures"] == [{"channel": "sms", "held": False, "worthUntil": "2031-03-03T09:00:00Z"}]


@pytest.mark.parametrize("kind", WarningKind)
@pytest.mark.parametrize("channel", Channel)
def test_every_warning_has_a_sentence(kind, channel):
    for count in (1, 2):
        text = warning_text(Warned(kind, channel, "detail", count))
        assert text.endswith(".")
        assert "None" not in text


def test_the_example_shows_one_character_that_makes_three_parts():
    sms = PREVIEW["shipments"][0]["texts"][0]["sms"]
    assert (sms["partsWithoutForcing"], sms["parts"], len(sms["forcing"])) == (1, 3, 1)
