"""What a sender probably did not mean, although an order with it would be accepted."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.orders.lifetime import uses
from shared.domain.orders.order import Channel, OrderRequest, OrderType
from shared.domain.texts.keywords import NAME, NUMBER
from shared.domain.texts.link_shorteners import shorteners_in

_NUMERIC_SENDER = re.compile(r"\+?[0-9]{1,15}")
_NAMED_SENDER = re.compile(r"[ -~]{1,11}")  # visible ASCII: no national letters
_AS_WRITTEN = (OrderType.INSTANT, OrderType.COMPOSED)


class WarningKind(StrEnum):
    """What a warning is about; the value is the wire name."""

    PLACEHOLDER_WITHOUT_SOURCE = "PlaceholderWithoutSource"
    PLACEHOLDER_AS_WRITTEN = "PlaceholderAsWritten"
    SENDER_REFUSED = "SenderRefused"
    SHORTENED_LINK = "ShortenedLink"
    SMS_CUT = "SmsCut"
    NEVER_LEAVES = "NeverLeaves"
    CONDITION_NOT_ANSWERED = "ConditionNotAnswered"
    IDEMPOTENCY_ID_KNOWN = "IdempotencyIdKnown"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning. `detail` is the placeholder, sender, host or reason, `count` of recipients or texts."""

    kind: WarningKind
    channel: Channel | None = None
    detail: str | None = None
    count: int | None = None


def text_warnings(order: OrderRequest, sms: Iterable[str], *, email_domain: str) -> Iterator[Warned]:
    """Yield what the texts and senders of an order show, whoever receives it.

    `sms` are texts as recipients read them. `email_domain` is that of the default sender, which is set up at
    the provider.
    """
    if order.sms is not None and uses(order, Channel.SMS):
        yield from _placeholders(order, Channel.SMS, order.sms.body)
        for host in dict.fromkeys(host for text in (order.sms.body, *sms) for host in shorteners_in(text)):
            yield Warned(WarningKind.SHORTENED_LINK, Channel.SMS, host)
        if not is_sms_sender(order.sms.sender):
            yield Warned(WarningKind.SENDER_REFUSED, Channel.SMS, order.sms.sender)
    if order.email is not None and uses(order, Channel.EMAIL):
        yield from _placeholders(order, Channel.EMAIL, f"{order.email.subject}\n{order.email.body}")
        domain = order.email.from_address.rpartition("@")[2]
        if domain.casefold() != email_domain.casefold():
            yield Warned(WarningKind.SENDER_REFUSED, Channel.EMAIL, domain)


def is_sms_sender(sender: str) -> bool:
    """Whether the gateway takes a sender: up to 15 digits, or up to 11 letters of ASCII."""
    return bool(_NUMERIC_SENDER.fullmatch(sender) or _NAMED_SENDER.fullmatch(sender.strip()))


def _placeholders(order: OrderRequest, channel: Channel, text: str) -> Iterator[Warned]:
    for placeholder in (NAME, NUMBER):
        if placeholder not in text:
            continue
        if order.type in _AS_WRITTEN:
            yield Warned(WarningKind.PLACEHOLDER_AS_WRITTEN, channel, placeholder)
        elif without := _without_source(order, placeholder):
            yield Warned(WarningKind.PLACEHOLDER_WITHOUT_SOURCE, channel, placeholder, without)


def _without_source(order: OrderRequest, placeholder: str) -> int:
    """Return for how many recipients nothing is put in the place of a placeholder."""
    persons_count = placeholder == NAME
    return sum(
        not (each.organization_number or (persons_count and each.national_identity_number))
        for each in order.recipients
    )
