"""Texts of an order as a recipient reads them: placeholders for name and number, and fields of the caller's.

Texts are stored once per order and filled in for each recipient right before sending. A placeholder is never
sent as it stands; one without a name is left out, without a gap.
"""

import html
import re
from collections.abc import Callable, Mapping

from shared.domain.orders.order import (
    LONG_TEXT,
    Channel,
    EmailContentType,
    OrderRequest,
    OrderType,
    Recipient,
)
from shared.domain.texts.merge_fields import fields_in, merged
from shared.domain.texts.single_line import single_line

NAME = "$recipientName$"
NUMBER = "$recipientNumber$"

# the blank that would stay behind where a name is missing goes with it: "Hei $recipientName$!" is "Hei!"
_NAME_AND_BLANK = re.compile(rf"(?:^{re.escape(NAME)}[ \t]?|[ \t]?{re.escape(NAME)})", re.MULTILINE)
_VERBATIM = (OrderType.INSTANT, OrderType.COMPOSED)  # their texts are written for one reader already


def wants_names(order: OrderRequest, channel: Channel) -> bool:
    """Whether the text of this channel names its recipients."""
    return order.type not in _VERBATIM and any(NAME in text for text in _texts(order, channel))


def tells_who(order: OrderRequest, channel: Channel) -> bool:
    """Whether the text of this channel has the name or the number of its recipient."""
    return order.type not in _VERBATIM and any(map(_has_keyword, _texts(order, channel)))


def used_fields(order: OrderRequest, channel: Channel) -> frozenset[str]:
    """Return the names of the fields in the text of this channel; none if the order brings no fields."""
    if not order.has_fields:
        return frozenset()
    return frozenset(name for text in _texts(order, channel) for name in fields_in(text))


def is_personal(order: OrderRequest, channel: Channel) -> bool:
    """Whether the text of this channel differs from recipient to recipient."""
    return tells_who(order, channel) or bool(used_fields(order, channel))


def email_texts(order: OrderRequest, recipient: int, names: Mapping[int, str]) -> tuple[str, str]:
    """Return subject and body for the recipient of this index; `names` are those found, by index.

    ValueError when the order has no e-mail text.
    """
    if order.email is None:
        raise ValueError("the order has no e-mail text")
    shown = html.escape if order.email.content_type is EmailContentType.HTML else str
    subject = _filled(order, order.email.subject, recipient, names, single_line)
    return subject, _filled(order, order.email.body, recipient, names, shown)


def sms_text(order: OrderRequest, recipient: int, names: Mapping[int, str]) -> str:
    """Return the text for the recipient of this index; ValueError when the order has no SMS text."""
    if order.sms is None:
        raise ValueError("the order has no SMS text")
    return _filled(order, order.sms.body, recipient, names, str)


def has_long_email(order: OrderRequest) -> bool:
    """Whether a recipient of this order or page gets an e-mail of more than LONG_TEXT characters."""
    if order.email is None:
        return False
    return len(order.email.body) > LONG_TEXT or any(
        len(email_texts(order, index, {})[1]) > LONG_TEXT
        for index, to in enumerate(order.recipients)
        if to.fields
    )


def _texts(order: OrderRequest, channel: Channel) -> tuple[str, ...]:
    if channel is Channel.EMAIL:
        return () if order.email is None else (order.email.subject, order.email.body)
    return () if order.sms is None else (order.sms.body,)


def _has_keyword(text: str) -> bool:
    return NAME in text or NUMBER in text


def _filled(
    order: OrderRequest, text: str, recipient: int, names: Mapping[int, str], shown: Callable[[str], str]
) -> str:
    """Return a text for a recipient; `shown` makes names and values safe where they are put."""
    to, name = order.recipients[recipient], names.get(recipient)

    def fill(around: str) -> str:
        if order.type in _VERBATIM or not _has_keyword(around):
            return around
        return _with_keywords(around, to, None if name is None else shown(name))

    if not to.fields:
        return fill(text)
    return merged(text, {field: shown(value) for field, value in to.fields.items()}, fill)


def _with_keywords(text: str, recipient: Recipient, name: str | None) -> str:
    # a name is put in last: it must not be read as a placeholder itself
    numbered = text.replace(NUMBER, recipient.organization_number or "")  # never a national id
    return numbered.replace(NAME, name) if name else _NAME_AND_BLANK.sub("", numbered)
