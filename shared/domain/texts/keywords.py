"""Placeholders in the texts of an order, for the name and the number of a recipient.

Texts are stored once per order and filled in for each recipient right before sending. A placeholder is never
sent as it stands; one without a name is left out, without a gap.
"""

import html
import re
from collections.abc import Mapping

from shared.domain.orders.order import Channel, EmailContentType, OrderRequest, OrderType, Recipient

NAME = "$recipientName$"
NUMBER = "$recipientNumber$"

# the blank that would stay behind where a name is missing goes with it: "Hei $recipientName$!" is "Hei!"
_NAME_AND_BLANK = re.compile(rf"(?:^{re.escape(NAME)}[ \t]?|[ \t]?{re.escape(NAME)})", re.MULTILINE)
_VERBATIM = (OrderType.INSTANT, OrderType.COMPOSED)  # their texts are written for one reader already


def wants_names(order: OrderRequest, channel: Channel) -> bool:
    """Whether the text of this channel names its recipients."""
    return any(NAME in text for text in _texts(order, channel))


def is_personal(order: OrderRequest, channel: Channel) -> bool:
    """Whether the text of this channel differs from recipient to recipient."""
    return any(NAME in text or NUMBER in text for text in _texts(order, channel))


def email_texts(order: OrderRequest, recipient: int, names: Mapping[int, str]) -> tuple[str, str]:
    """Return subject and body for the recipient of this index; `names` are those found, by index.

    ValueError when the order has no e-mail text.
    """
    if order.email is None:
        raise ValueError("the order has no e-mail text")
    subject, body = order.email.subject, order.email.body
    if not is_personal(order, Channel.EMAIL):
        return subject, body
    to, name = order.recipients[recipient], names.get(recipient)
    markup = order.email.content_type is EmailContentType.HTML
    shown = html.escape(name) if name is not None and markup else name
    return _filled(subject, to, name), _filled(body, to, shown)


def sms_text(order: OrderRequest, recipient: int, names: Mapping[int, str]) -> str:
    """Return the text for the recipient of this index; ValueError when the order has no SMS text."""
    if order.sms is None:
        raise ValueError("the order has no SMS text")
    if not is_personal(order, Channel.SMS):
        return order.sms.body
    return _filled(order.sms.body, order.recipients[recipient], names.get(recipient))


def _texts(order: OrderRequest, channel: Channel) -> tuple[str, ...]:
    if order.type in _VERBATIM:
        return ()
    if channel is Channel.EMAIL:
        return () if order.email is None else (order.email.subject, order.email.body)
    return () if order.sms is None else (order.sms.body,)


def _filled(text: str, recipient: Recipient, name: str | None) -> str:
    # a name is put in last: it must not be read as a placeholder itself
    numbered = text.replace(NUMBER, recipient.organization_number or "")  # never a national id
    return numbered.replace(NAME, name) if name else _NAME_AND_BLANK.sub("", numbered)
