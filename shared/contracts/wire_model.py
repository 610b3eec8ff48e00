"""The base of every request model, and how the simple types of the wire are read.

A model's attributes carry the names that the `errors` of a 400 use (in snake_case), because those are part of
the contract. Where the JSON name is another one, the attribute says so with `wire`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, PlainValidator, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from shared.contracts import limits
from shared.contracts.instants import parse_instant
from shared.domain.order import ChannelSchema, EmailContentType, SendingTimePolicy

_INT32 = range(-(2**31), 2**31)
_INTEGER = re.compile(r"-?[0-9]{1,10}")


class WireModel(BaseModel):
    """A JSON object of a request, as `json_body.read_json` returns it: with names in lower case.

    Unknown properties are ignored. Errors never repeat what was sent.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        loc_by_alias=False,
        hide_input_in_errors=True,
        defer_build=True,  # until first used: building all of them takes a tenth of a second of every start
        alias_generator=AliasGenerator(
            validation_alias=lambda name: name.replace("_", ""), serialization_alias=to_camel
        ),
    )


def wire(name: str) -> Any:
    """Declare the JSON name of a field whose attribute is called something else."""
    return Field(validation_alias=name.lower(), serialization_alias=name)


def left_out_like_null() -> Any:
    """Declare a field that may not be null and for which being left out is no other mistake than null."""
    return Field(default=None, validate_default=True)


def _unreadable() -> PydanticCustomError:
    return PydanticCustomError("unreadable", "The JSON value could not be converted.")


def _name_reader[E: StrEnum](kind: type[E]) -> Callable[[object], E]:
    members = {member.value.lower(): member for member in kind}

    def read(value: object) -> E:
        member = members.get(value.lower()) if isinstance(value, str) else None
        if member is None:
            raise _unreadable()
        return member

    return read


def _read_integer(value: object) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT32:
        raise _unreadable()
    return value


def _read_instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise _unreadable()
    try:
        return parse_instant(value)
    except ValueError:
        raise _unreadable() from None


def _text(longest: int) -> StringConstraints:
    return StringConstraints(max_length=longest)


def _mandatory(longest: int) -> StringConstraints:
    return StringConstraints(max_length=longest, pattern=r"\S")


# Members in any case; integers, which the reference system lets through by accident, are refused.
Channel = Annotated[ChannelSchema, PlainValidator(_name_reader(ChannelSchema))]
ContentType = Annotated[EmailContentType, PlainValidator(_name_reader(EmailContentType))]
TimePolicy = Annotated[SendingTimePolicy, PlainValidator(_name_reader(SendingTimePolicy))]

Integer = Annotated[int, PlainValidator(_read_integer)]  # 32 bit; a JSON string holding a number counts
Instant = Annotated[datetime, PlainValidator(_read_instant)]  # UTC, or naive when no zone was written
# May be left out but not be null, unlike every other optional field of the API.
SendTime = Annotated[datetime | None, PlainValidator(_read_instant)]

IdempotencyId = Annotated[str, _mandatory(limits.IDEMPOTENCY_ID_LENGTH)]
Identifier = Annotated[str, _mandatory(limits.REFERENCE_LENGTH)]
Reference = Annotated[str, _text(limits.REFERENCE_LENGTH)]
Address = Annotated[str, _mandatory(limits.ADDRESS_LENGTH)]
OptionalAddress = Annotated[str, _text(limits.ADDRESS_LENGTH)]
Sender = Annotated[str, _text(limits.SENDER_LENGTH)]
Url = Annotated[str, _text(limits.URL_LENGTH)]
MandatoryUrl = Annotated[str, _mandatory(limits.URL_LENGTH)]
Subject = Annotated[str, _mandatory(limits.SUBJECT_LENGTH)]
OptionalSubject = Annotated[str, _text(limits.SUBJECT_LENGTH)]
EmailBody = Annotated[str, _mandatory(limits.EMAIL_BODY_LENGTH)]
OptionalEmailBody = Annotated[str, _text(limits.EMAIL_BODY_LENGTH)]
SmsBody = Annotated[str, _mandatory(limits.SMS_BODY_LENGTH)]
OptionalSmsBody = Annotated[str, _text(limits.SMS_BODY_LENGTH)]
