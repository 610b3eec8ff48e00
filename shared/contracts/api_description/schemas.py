"""The schemas of the OpenAPI document, made from the types that requests are read into and answers built as.

Two things are written here because no type says them: which members exclude each other, and what everything
means (`texts`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.contracts.answers.json_out import NULL_SHOWN
from shared.contracts.api_description import texts
from shared.contracts.api_description.operation import Schema
from shared.contracts.reading.wire_model import NEEDED

_PLACE = "#/components/schemas/{model}"
_NULL = {"type": "null"}

# Exactly one of the members on the left has to be given; an object with it has the name on the right.
EXCLUSIVE: Mapping[str, Mapping[str, str]] = {
    "ChainRecipient": {
        "recipientEmail": "ToEmailAddress",
        "recipientSms": "ToPhoneNumber",
        "recipientPerson": "ToPerson",
        "recipientOrganization": "ToOrganization",
        "recipientExternalIdentity": "ToExternalIdentity",
    },
    "ChainReminder": {"delayDays": "ReminderAfterDays", "requestedSendTime": "ReminderAtTime"},
}


class _Generator(GenerateJsonSchema):
    """Describes a member of an answer that may be None as optional: answers leave nulls out."""

    def typed_dict_field_schema(self, schema: core_schema.TypedDictField) -> JsonSchemaValue:
        """Describe a member without its null."""
        member = schema["schema"]
        return self.generate_inner(member["schema"] if _is_left_out(member) else member)

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Whether a member is always there."""
        if field["type"] == "typed-dict-field":
            return not _is_left_out(field["schema"])
        return super().field_is_required(field, total)


def _is_left_out(member: Any) -> bool:
    """Whether a member of an answer is left out where it has no value."""
    return member["type"] == "nullable" and not member.get("metadata", {}).get(NULL_SHOWN)


def component_schemas(types: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """Return a reference to the schema of every type, by type, and all schemas by name."""
    references, generated = TypeAdapter.json_schemas(
        [(kind, "serialization", TypeAdapter(kind)) for kind in dict.fromkeys(types)],
        ref_template=_PLACE,
        schema_generator=_Generator,
    )
    schemas: dict[str, Schema] = {}
    for name, schema in generated["$defs"].items():
        described = _described(name, _without_titles(schema))
        schemas |= _alternatives(name, described) if name in EXCLUSIVE else {name: described}
    return {kind: reference for (kind, _), reference in references.items()}, schemas


def _described(name: str, schema: Schema) -> Schema:
    members: dict[str, Schema] = schema.get("properties", {})
    required = [
        member for member, value in members.items() if member in schema.get("required", ()) or NEEDED in value
    ]
    finished: Schema = {**schema, "description": texts.of_schema(name)}
    if members:
        finished["properties"] = {
            member: _member(value) | {"description": texts.of_member(name, member)}
            for member, value in members.items()
        }
    if required:
        finished["required"] = required
    return finished


def _member(schema: Schema) -> Schema:
    """Return the schema of a member without what only reading needs: nulls and defaults that rules refuse."""
    value = {key: item for key, item in schema.items() if key != NEEDED}
    if NEEDED in schema:
        value.pop("default", None)
        value = _without_null(value)
    if value.get("default", ...) is None:
        del value["default"]
    if "items" in value:
        value["items"] = _without_null(value["items"])
    for place, option in enumerate(value.get("anyOf", ())):
        if "items" in option:
            value["anyOf"][place] = _member(option)
    return value


def _without_null(schema: Schema) -> Schema:
    options = [option for option in schema.get("anyOf", ()) if option != _NULL]
    if not options:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return rest | (options[0] if len(options) == 1 else {"anyOf": options})


def _alternatives(name: str, schema: Schema) -> dict[str, Schema]:
    """Return an object with exclusive members as one schema for each of them, and the choice between them."""
    members, of_member = schema["properties"], EXCLUSIVE[name]
    common = {member: value for member, value in members.items() if member not in of_member}
    made: dict[str, Schema] = {
        name: {
            "description": schema["description"],
            "oneOf": [{"$ref": _PLACE.format(model=alternative)} for alternative in of_member.values()],
        }
    }
    for member, alternative in of_member.items():
        made[alternative] = {
            "type": "object",
            "description": texts.of_schema(alternative),
            "properties": {member: _without_null(members[member]), **common},
            "required": [member, *schema.get("required", ())],
        }
    return made


def _without_titles(value: Any) -> Any:
    """Return schemas without the titles that only repeat the name of a property."""
    if isinstance(value, dict):
        return {
            key: _without_titles(item)
            for key, item in value.items()
            if not (key == "title" and isinstance(item, str))
        }
    return [_without_titles(item) for item in value] if isinstance(value, list) else value
