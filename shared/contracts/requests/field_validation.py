"""Rules for fields: every text of the order names only what a recipient has, and is no worse for its values.

A recipient has all fields that the texts of its channels use, and no others. With them the texts obey the
rules that hold for any text: none is blank or longer than its limit.
"""

import html
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.contracts.reading import limits
from shared.contracts.reading.request_errors import RequestErrors, internal_key
from shared.contracts.requests.text_models import (
    EmailText,
    SmsText,
    V1EmailTemplate,
    V1EmailText,
    V1SmsTemplate,
    V1SmsText,
)
from shared.domain.orders.order import Channel, ChannelSchema, EmailContentType
from shared.domain.texts.merge_fields import StrayBracesError, fields_in, is_field_name, without_places

type EmailModel = EmailText | V1EmailTemplate | V1EmailText
type SmsModel = SmsText | V1SmsTemplate | V1SmsText

NAME_RULE = (
    "The name of a field must be a letter from a to z, and then letters, digits and underscores: "
    "50 characters at most."
)
_ESCAPED = 6  # characters at most that one takes in markup, such as &quot;


@dataclass(frozen=True, slots=True)
class FieldText:
    """One text of an order: the path to it, and what it may become; `is_markup` if values are escaped."""

    path: tuple[str, ...]
    text: str
    longest: int
    is_markup: bool = False


def email_field_texts(email: EmailModel, *path: str) -> tuple[FieldText, ...]:
    """Return the texts of an e-mail at a path."""
    is_markup = email.content_type is EmailContentType.HTML
    return (
        FieldText((*path, "subject"), email.subject, limits.TEXT_LENGTH),
        FieldText((*path, "body"), email.body, limits.EMAIL_BODY_LENGTH, is_markup),
    )


def sms_field_texts(sms: SmsModel, *path: str) -> tuple[FieldText, ...]:
    """Return the text of an SMS at a path."""
    return (FieldText((*path, "body"), sms.body, limits.SMS_BODY_LENGTH),)


def may_get(channel: Channel, schema: ChannelSchema) -> bool:
    """Whether a recipient may get a message on this channel."""
    only = {ChannelSchema.EMAIL: Channel.EMAIL, ChannelSchema.SMS: Channel.SMS}
    return only.get(schema, channel) is channel


class FieldRules:
    """What the fields of every recipient of an order must fulfil, by its texts, which are read once."""

    def __init__(self, texts: Sequence[FieldText], errors: RequestErrors) -> None:
        """Read texts; braces that begin no field are errors at their paths."""
        self._texts: list[_ReadText] = []
        for text in texts:
            try:
                self._texts.append(_ReadText(text))
            except StrayBracesError as error:
                where = f"The braces at character {error.at + 1} begin no field."
                how = "A field is written {{name}}; braces to be read as such are given as a field's value."
                errors.add(f"{where} {how}", *text.path)
        self._are_read = len(self._texts) == len(texts)
        self._names = frozenset(name for text in self._texts for name in text.uses)

    def check(self, fields: Mapping[str, str] | None, errors: RequestErrors) -> None:
        """Check the fields of one recipient; the path of `errors` leads to it."""
        given, errors = fields or {}, errors.at("fields")
        if len(given) > limits.FIELDS:
            errors.add(f"At most {limits.FIELDS} fields are allowed.")
            return
        if not all(map(is_field_name, given)):
            errors.add(NAME_RULE)
            return
        for name, value in given.items():
            if len(value) > limits.FIELD_BYTES or len(value.encode()) > limits.FIELD_BYTES:
                errors.add(f"The field '{name}' must not have more than {limits.FIELD_BYTES} bytes in UTF-8.")
        if given.keys() != self._names:
            self._tell_difference(given.keys(), errors)
            return
        for text in self._texts:
            text.check(given, errors)

    def _tell_difference(self, given: Collection[str], errors: RequestErrors) -> None:
        for name in sorted(self._names.difference(given)):
            errors.add(f"The field '{name}' is missing: a text uses it.")
        if self._are_read:  # else it may be used where a text could not be read
            for name in sorted(set(given) - self._names):
                errors.add(f"The field '{name}' is used in no text that this recipient may get.")


class _ReadText:
    """A text, how often it uses which field, and what is left to check for each recipient."""

    def __init__(self, text: FieldText) -> None:
        """Read a text; StrayBracesError."""
        self.uses: Counter[str] = fields_in(text.text)
        around = without_places(text.text)
        self._text, self._around = text, len(around)
        self._may_be_blank = bool(text.text.strip()) and not around.strip()
        most = limits.FIELD_BYTES * (_ESCAPED if text.is_markup else 1)
        self._may_be_long = self._around + most * self.uses.total() > text.longest

    def check(self, fields: Mapping[str, str], errors: RequestErrors) -> None:
        """Check the text with all of its fields."""
        where = internal_key(self._text.path)
        if self._may_be_blank and not any(fields[name].strip() for name in self.uses):
            errors.add(f"With these fields nothing is left of {where}.")
        if self._may_be_long and self._length(fields) > self._text.longest:
            errors.add(f"With these fields {where} has more than {self._text.longest} characters.")

    def _length(self, fields: Mapping[str, str]) -> int:
        shown = html.escape if self._text.is_markup else str
        return self._around + sum(times * len(shown(fields[name])) for name, times in self.uses.items())
