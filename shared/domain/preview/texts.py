"""The texts that recipients of an order would read, rendered as sending renders them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.domain.orders.lifetime import uses
from shared.domain.orders.order import Channel, OrderRequest
from shared.domain.preview.reach import Reach, Reached
from shared.domain.recipients.contact_points import needs_lookup
from shared.domain.texts.keywords import email_texts, is_personal, sms_text, wants_names
from shared.domain.texts.sms_size import SmsSize, is_sent_whole, size_of
from shared.domain.texts.sms_text import as_sent, segment_count

EXAMPLE_NAME = "Ola Nordmann"  # no register is asked for names before an order is sent
MOST_TEXTS = 10  # of one channel, where each recipient reads another
_MOST_CHARACTERS = 64 * 1024  # of those after the first


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text on one channel. `index` is of its recipient, None if all read the same.

    `subject` is of e-mails, `sms` of SMS. `has_example_name` says that a name in it stands for the real one.
    """

    channel: Channel
    index: int | None
    subject: str | None
    body: str
    sms: SmsSize | None = None
    has_example_name: bool = False


def shown_texts(order: OrderRequest, recipients: Iterable[Reached]) -> Iterator[ShownText]:
    """Yield the texts of each channel: one for all, or those of the first recipients that get one."""
    recipients = list(recipients)
    for channel in Channel:
        if not uses(order, channel) or (order.email if channel is Channel.EMAIL else order.sms) is None:
            continue
        if not is_personal(order, channel):
            yield _text(order, channel, 0, {}, for_all=True)
            continue
        left = _MOST_CHARACTERS
        readers = [one.index for one in recipients if _may_read(order, one, channel)]
        for place, index in enumerate(readers[:MOST_TEXTS]):
            text = _text(order, channel, index, _names(order, index, channel))
            if place and len(text.body) > left:
                break
            left -= len(text.body)
            yield text


@dataclass(frozen=True, slots=True)
class SmsTotal:
    """In how many parts all SMS to addresses of an order are charged, and how many of the SMS are cut."""

    parts: int = 0
    cut: int = 0


def sms_total(order: OrderRequest, recipients: Iterable[Reached]) -> SmsTotal:
    """Render every SMS to an address of the order, and sum them up."""
    readers = [one.index for one in recipients if any(m.channel is Channel.SMS for m in one.messages)]
    if not readers:
        return SmsTotal()
    times = 1
    if not is_personal(order, Channel.SMS):
        readers, times = readers[:1], len(readers)
    parts = cut = 0
    for index in readers:
        text = as_sent(sms_text(order, index, {}))
        parts += times * segment_count(text)
        cut += times * (not is_sent_whole(text))
    return SmsTotal(parts, cut)


def _may_read(order: OrderRequest, one: Reached, channel: Channel) -> bool:
    if one.reach is Reach.FOUND or (one.reach is Reach.RESERVED and order.ignore_reservation):
        return True
    return any(message.channel is channel for message in one.messages)


def _names(order: OrderRequest, index: int, channel: Channel) -> Mapping[int, str]:
    """Return an example in the place of a name that a register would be asked for."""
    recipient = order.recipients[index]
    is_known = recipient.national_identity_number or recipient.organization_number
    asks = is_known and needs_lookup(recipient, order.channel_schema) and wants_names(order, channel)
    return {index: EXAMPLE_NAME} if asks else {}


def _text(
    order: OrderRequest, channel: Channel, index: int, names: Mapping[int, str], *, for_all: bool = False
) -> ShownText:
    shown_index = None if for_all else index
    if channel is Channel.EMAIL:
        subject, body = email_texts(order, index, names)
        return ShownText(channel, shown_index, subject, body, has_example_name=bool(names))
    text = as_sent(sms_text(order, index, names))
    return ShownText(channel, shown_index, None, text, size_of(text), bool(names))
