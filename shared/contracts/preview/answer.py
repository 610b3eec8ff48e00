"""A preview as an answer: addresses masked, and of looked-up recipients no more than placing tells."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import TypedDict

from shared.contracts.answers.json_out import without_nulls
from shared.contracts.answers.v1_order_answers import LookupAnswer, lookup_answer
from shared.contracts.answers.wire_types import Instant
from shared.contracts.preview.warning_texts import warning_text
from shared.contracts.reading.timestamps import format_instant
from shared.domain.orders.condition import ConditionAnswer
from shared.domain.orders.order import Channel, EmailContentType, OrderType
from shared.domain.preview.departures import Departure
from shared.domain.preview.preview import Preview, ShipmentPreview
from shared.domain.preview.prices import Price
from shared.domain.preview.reach import Count, Message, Reach, Reached, Reason
from shared.domain.preview.texts import ShownText
from shared.domain.preview.warnings import Warned, WarningKind
from shared.domain.texts.sms_size import ForcingCharacter, SmsSize
from shared.domain.texts.sms_text import SmsEncoding
from shared.domain.trace.events import Register
from shared.runtime.logs import mask_email, mask_phone


class ForcingCharacterAnswer(TypedDict):
    """A character that makes an SMS dearer."""

    character: str
    code: str
    name: str | None
    count: int
    positions: list[int]


class SmsSizeAnswer(TypedDict):
    """In what form and in how many parts a text is sent."""

    encoding: SmsEncoding
    units: int
    parts: int
    partsWithoutForcing: int
    forcing: list[ForcingCharacterAnswer]


class ShownTextAnswer(TypedDict):
    """A text as its reader sees it."""

    channel: Channel
    recipient: int | None
    subject: str | None
    body: str
    contentType: EmailContentType | None
    sender: str
    hasExampleName: bool | None
    sms: SmsSizeAnswer | None


class MessagePreviewAnswer(TypedDict):
    """A message to an address of the order."""

    channel: Channel
    address: str
    reason: Reason


class ReachedAnswer(TypedDict):
    """One recipient."""

    recipient: int
    reach: Reach
    register: Register | None
    reserved: bool | None
    messages: list[MessagePreviewAnswer] | None
    duplicates: list[Channel] | None
    without: list[Channel] | None


class CountsAnswer(TypedDict):
    """How many recipients and messages there are."""

    recipients: int
    given: int
    found: int
    reserved: int
    missing: int
    unusable: int
    emails: int
    sms: int
    duplicates: int


class DepartureAnswer(TypedDict):
    """When one channel sends."""

    channel: Channel
    earliest: Instant | None
    latest: Instant | None
    held: bool
    worthUntil: Instant


class PriceAnswer(TypedDict):
    """What the messages cost."""

    currency: str
    total: str
    email: str | None
    sms: str | None


class TriedConditionAnswer(TypedDict):
    """What a condition endpoint answered."""

    met: bool | None
    reason: str


class WarningAnswer(TypedDict):
    """What a sender probably did not mean."""

    kind: WarningKind
    channel: Channel | None
    detail: str | None
    count: int | None
    text: str


class ShipmentPreviewAnswer(TypedDict):
    """One order of the chain."""

    type: OrderType
    sendersReference: str | None
    requestedSendTime: Instant
    departures: list[DepartureAnswer]
    counts: CountsAnswer
    recipients: list[ReachedAnswer]
    texts: list[ShownTextAnswer]
    price: PriceAnswer | None
    condition: TriedConditionAnswer | None
    warnings: list[WarningAnswer]


class PreviewAnswer(TypedDict):
    """What placing would come to."""

    previewedAt: Instant
    accepted: bool
    repeat: bool
    recipientLookup: LookupAnswer | None
    shipments: list[ShipmentPreviewAnswer]


def preview_answer(preview: Preview) -> PreviewAnswer:
    """Build the answer to a preview."""
    answer: PreviewAnswer = {
        "previewedAt": format_instant(preview.at),
        "accepted": preview.is_accepted,
        "repeat": preview.is_known,
        "recipientLookup": None if preview.lookup is None else lookup_answer(preview.lookup),
        "shipments": [_shipment(shipment) for shipment in preview.shipments],
    }
    return without_nulls(answer)


def _shipment(shipment: ShipmentPreview) -> ShipmentPreviewAnswer:
    order = shipment.order
    answer: ShipmentPreviewAnswer = {
        "type": order.type,
        "sendersReference": order.reference,
        "requestedSendTime": format_instant(order.requested_send_at),
        "departures": [_departure(departure) for departure in shipment.departures],
        "counts": _counts(shipment.count),
        "recipients": [_reached(one) for one in shipment.recipients],
        "texts": [_text(shipment, text) for text in shipment.texts],
        "price": None if shipment.price is None else _price(shipment.price),
        "condition": None if shipment.condition is None else _condition(shipment.condition),
        "warnings": [_warning(warned) for warned in shipment.warnings],
    }
    return without_nulls(answer)


def _departure(departure: Departure) -> DepartureAnswer:
    answer: DepartureAnswer = {
        "channel": departure.channel,
        "earliest": None if departure.earliest is None else format_instant(departure.earliest),
        "latest": None if departure.latest is None else format_instant(departure.latest),
        "held": departure.is_held,
        "worthUntil": format_instant(departure.worth_until),
    }
    return without_nulls(answer)


def _counts(count: Count) -> CountsAnswer:
    return {
        "recipients": count.recipients.total(),
        "given": count.recipients[Reach.GIVEN],
        "found": count.recipients[Reach.FOUND],
        "reserved": count.recipients[Reach.RESERVED],
        "missing": count.recipients[Reach.MISSING],
        "unusable": count.recipients[Reach.UNUSABLE],
        "emails": count.messages[Channel.EMAIL],
        "sms": count.messages[Channel.SMS],
        "duplicates": count.duplicates,
    }


def _reached(one: Reached) -> ReachedAnswer:
    is_given = one.register is None
    answer: ReachedAnswer = {
        "recipient": one.index,
        "reach": one.reach,
        "register": one.register,
        "reserved": False if is_given else None,  # no register is asked about an address of the order
        "messages": [_message(message) for message in one.messages] if is_given else None,
        "duplicates": _channels(one.duplicates),
        "without": _channels(one.without),
    }
    return without_nulls(answer)


def _channels(channels: Sequence[Channel]) -> list[Channel] | None:
    return list(channels) or None


def _message(message: Message) -> MessagePreviewAnswer:
    mask = mask_email if message.channel is Channel.EMAIL else mask_phone
    return {"channel": message.channel, "address": mask(message.address), "reason": message.reason}


def _text(shipment: ShipmentPreview, text: ShownText) -> ShownTextAnswer:
    email, sms = shipment.order.email, shipment.order.sms
    is_email = text.channel is Channel.EMAIL
    answer: ShownTextAnswer = {
        "channel": text.channel,
        "recipient": text.index,
        "subject": text.subject,
        "body": text.body,
        "contentType": email.content_type if email is not None and is_email else None,
        "sender": (email.from_address if is_email and email else "") or (sms.sender if sms else ""),
        "hasExampleName": True if text.has_example_name else None,
        "sms": None if text.sms is None else _sms_size(text.sms),
    }
    return without_nulls(answer)


def _sms_size(size: SmsSize) -> SmsSizeAnswer:
    return {
        "encoding": size.encoding,
        "units": size.units,
        "parts": size.parts,
        "partsWithoutForcing": size.parts_without,
        "forcing": [_forcing(each) for each in size.forcing],
    }


def _forcing(forcing: ForcingCharacter) -> ForcingCharacterAnswer:
    answer: ForcingCharacterAnswer = {
        "character": forcing.character,
        "code": f"U+{ord(forcing.character):04X}",
        "name": unicodedata.name(forcing.character, None),
        "count": forcing.count,
        "positions": list(forcing.positions),
    }
    return without_nulls(answer)


def _price(price: Price) -> PriceAnswer:
    answer: PriceAnswer = {
        "currency": price.currency,
        "total": _amount(price.total),
        "email": None if price.email is None else _amount(price.email),
        "sms": None if price.sms is None else _amount(price.sms),
    }
    return without_nulls(answer)


def _amount(amount: Decimal) -> str:
    return format(amount, "f")


def _condition(answer: ConditionAnswer) -> TriedConditionAnswer:
    tried: TriedConditionAnswer = {"met": answer.met, "reason": answer.reason}
    return without_nulls(tried)


def _warning(warned: Warned) -> WarningAnswer:
    answer: WarningAnswer = {
        "kind": warned.kind,
        "channel": warned.channel,
        "detail": warned.detail,
        "count": warned.count,
        "text": warning_text(warned),
    }
    return without_nulls(answer)
