"""The base of every request model, and the simple types of its members.

The attributes of a model have the names that the keys of `errors` show (in snake_case), because those are
part of the contract. `wire` declares the JSON name where it is another one. A value that cannot be read is a
ValueError here; its text says what is expected, as the end of a sentence that `expectations` begins.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from shared.contracts.reading import limits
from shared.contracts.reading.members import CHANNELS, CONTENT_TYPES, INT32, TIME_POLICIES, Members
from shared.contracts.reading.timestamps import parse_instant
from shared.domain.orders.order import ChannelSchema, EmailContentType, SendingTimePolicy
from shared.domain.texts.merge_fields import FIELD_NAME, is_field_name

NEEDED = "x-needed"  # marks what the OpenAPI document calls required, although reading has a default
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")


class WireModel(BaseModel):
    """A JSON object of a request, as `json_body.read_json` returns it: with names in lower case.

    Unknown properties are ignored. Errors never quote the request.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        loc_by_alias=False,
        hide_input_in_errors=True,
        defer_build=True,  # until first use: building all models would add a tenth of a second to every start
        alias_generator=AliasGenerator(
            validation_alias=lambda name: name.replace("_", ""), serialization_alias=to_camel
        ),
    )


def members_of(kind: type) -> Mapping[str, FieldInfo]:
    """Return what a model or a pydantic dataclass declares of each member, by attribute; empty for others."""
    members: Mapping[str, FieldInfo] = getattr(kind, "__pydantic_fields__", {})
    return members


class FoundProblems:
    """Counts the problems in the lists of one request; the context of its validation."""

    def __init__(self) -> None:
        self.count = 0


def _read_item(value: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    found = info.context
    assert isinstance(found, FoundProblems)
    if found.count >= limits.REPORTED_PROBLEMS:
        return None  # the request is refused, and no more is told about it
    try:
        item = read(value)
    except ValidationError as error:
        found.count += error.error_count()
        raise
    if isinstance(value, dict):
        value.clear()  # what was read of a large request is not kept twice
    return item


# Of each item of a long list. Reading stops at the problems that are told. It also lets other threads run
# between two items: without it the interpreter reads the whole list in one call.
OneOfMany = WrapValidator(_read_item)


def wire(name: str) -> Any:
    """Declare the JSON name of a field whose attribute is called something else."""
    return Field(validation_alias=name.lower(), serialization_alias=name)


def missing_like_null() -> Any:
    """Declare a field that may not be null; a missing one is reported like null."""
    return Field(default=None, validate_default=True, json_schema_extra={NEEDED: True})


def refused_without(default: Any = None, **schema: Any) -> Any:
    """Declare a field that a rule asks for: its default lets all rules be reported together.

    `schema` is what the rule asks of its value, as JSON Schema.
    """
    return Field(default=default, json_schema_extra={NEEDED: True, **schema})


def _numbers[E](members: Members[E]) -> Any:
    return Field(ge=min(members.numbers), le=max(members.numbers))


def _read_integer(value: object) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in INT32:
        raise ValueError("a whole number of 32 bits")
    return value


def _read_instant(value: object) -> datetime:
    try:
        if isinstance(value, str):
            return parse_instant(value)
    except ValueError:
        pass
    raise ValueError("a time in ISO 8601, such as '2031-05-02T07:00:00Z'")


def _read_fields(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("an object with a string for each field")
    for name, text in value.items():
        if not isinstance(text, str):
            whose = f"'{name}'" if is_field_name(name) else "each field"
            raise ValueError(f"an object with a string for {whose}")
    return value


def _text(longest: int) -> StringConstraints:
    return StringConstraints(max_length=longest)


def _mandatory(longest: int) -> StringConstraints:
    return StringConstraints(max_length=longest, pattern=r"\S")


# An int that was read is an unknown number, which a rule refuses; the API describes only the known numbers.
Schema = Annotated[ChannelSchema | Annotated[int, _numbers(CHANNELS)], PlainValidator(CHANNELS.read)]
ContentType = Annotated[
    EmailContentType | Annotated[int, _numbers(CONTENT_TYPES)], PlainValidator(CONTENT_TYPES.read)
]
TimePolicy = Annotated[
    SendingTimePolicy | Annotated[int, _numbers(TIME_POLICIES)], PlainValidator(TIME_POLICIES.read)
]

# An e-mail may leave at any hour only; a rule refuses the other policy.
EmailTimePolicy = Annotated[TimePolicy, WithJsonSchema({"anyOf": [{"const": "Anytime"}, {"const": 1}]})]

Integer = Annotated[int, PlainValidator(_read_integer)]  # 32 bit; a JSON string holding a number counts
PositiveInteger = Annotated[Integer, Field(json_schema_extra={"minimum": 1, "maximum": INT32[-1]})]
Instant = Annotated[datetime, PlainValidator(_read_instant)]  # UTC, or naive when no zone was written
# May be left out but not be null, unlike the other optional members of the API.
SendTime = Annotated[
    datetime | None,
    PlainValidator(_read_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

# The names are those of the caller; what `read_json` returns has them in lower case.
Fields = Annotated[
    dict[str, str],
    PlainValidator(_read_fields),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": limits.FIELDS,
            "propertyNames": {"pattern": FIELD_NAME},
            "additionalProperties": {"type": "string", "maxLength": limits.FIELD_BYTES},
        }
    ),
]

Text = Annotated[str, _mandatory(limits.TEXT_LENGTH)]
OptionalText = Annotated[str, _text(limits.TEXT_LENGTH)]
Url = Annotated[Text, Field(json_schema_extra={"format": "uri"})]
OptionalUrl = Annotated[OptionalText, Field(json_schema_extra={"format": "uri"})]
Address = Annotated[str, _mandatory(limits.ADDRESS_LENGTH)]
OptionalAddress = Annotated[str, _text(limits.ADDRESS_LENGTH)]
EmailBody = Annotated[str, _mandatory(limits.EMAIL_BODY_LENGTH)]
OptionalEmailBody = Annotated[str, _text(limits.EMAIL_BODY_LENGTH)]
SmsBody = Annotated[str, _mandatory(limits.SMS_BODY_LENGTH)]
OptionalSmsBody = Annotated[str, _text(limits.SMS_BODY_LENGTH)]
