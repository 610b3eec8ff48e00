"""The OpenAPI 3.1 document, generated from the operations and the types that they read and answer."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.contracts.answers.json_out import NULL_SHOWN, to_json
from shared.contracts.answers.operations_answers import ReadinessAnswer
from shared.contracts.answers.problems import ProblemCode
from shared.contracts.api_description.examples import REQUESTS
from shared.contracts.api_description.operation import (
    OPEN,
    RETRY_AFTER,
    Answer,
    Operation,
    Schema,
    bare,
    coded,
)
from shared.contracts.api_description.operations import OPERATIONS

_CHALLENGE = "The scheme; of a bearer token also what is wrong with it and the scope that is needed."
_COMMON = {
    401: Answer("No valid credential.", headers={"WWW-Authenticate": _CHALLENGE}),
    403: Answer(
        "The credential does not allow this, or names no organisation.",
        headers={"WWW-Authenticate": _CHALLENGE},
    ),
    405: Answer("The path exists with another method."),
    411: bare("The request does not say how long its body is.", 411),
    413: bare("The body is too large.", 413),
    415: bare("The body is of another type.", 415),
    429: bare("Over a quota; Retry-After says after how many seconds to come again.", 429, RETRY_AFTER),
    499: coded("The caller closed the connection.", ProblemCode.CLIENT_GONE),
    500: Answer("Unexpected; no body."),
    503: coded("A dependency is down; try again.", ProblemCode.TEMPORARY_FAILURE, RETRY_AFTER),
}
_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An Altinn token with the scope altinn:serviceowner/notifications.create.",
    },
    "platformToken": {"type": "apiKey", "in": "header", "name": "PlatformAccessToken"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "basic": {"type": "http", "scheme": "basic"},
}

type _References = dict[Any, Schema]


class _Schemas(GenerateJsonSchema):
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


@cache
def document() -> bytes:
    """Return the document as JSON; built on first use, which takes some ten milliseconds."""
    references, schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, references)
    return to_json(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Notifications",
                "version": "1",
                "description": "Notify people and organisations by e-mail or SMS.",
            },
            "paths": paths,
            "components": {"schemas": schemas, "securitySchemes": _SECURITY_SCHEMES},
        }
    )


def _operation(operation: Operation, references: _References) -> Schema:
    answers = sorted(_answers(operation).items())
    value: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": operation.security,
        "responses": {str(status): _response(status, answer, references) for status, answer in answers},
    }
    if operation.parameters:
        value["parameters"] = operation.parameters
    if operation.deprecated:
        value["deprecated"] = True
    content: Schema = {media_type: {"schema": body} for media_type, body in operation.other_body.items()}
    if operation.body is not None:
        schema = references[operation.body]
        content["application/json"] = {"schema": schema, "example": REQUESTS[operation.name]}
    if content:
        value["requestBody"] = {"required": True, "content": content}
    return value


def _answers(operation: Operation) -> dict[int, Answer]:
    """Return the answers of an operation by status, with those that all operations of its kind have."""
    statuses = [499, 500, 503]
    if operation.path.startswith("/notifications/"):
        statuses.append(405)
    if operation.security != OPEN:
        statuses += [401, 403]
    if {"bearer": []} in operation.security:
        statuses.append(429)
    if operation.body is not None or operation.other_body:
        statuses += [411, 413, 415]
    return {status: _COMMON[status] for status in statuses} | operation.answers


def _response(status: int, answer: Answer, references: _References) -> Schema:
    value: Schema = {"description": answer.description}
    headers = {"Location": "Where the order is."} if answer.location else {}
    headers |= answer.headers
    if status >= 400 and answer.media_type == "application/json" and answer.shape is not ReadinessAnswer:
        headers["Link"] = "The page with the cause and the cure of this error, as rel=help."
    if headers:
        value["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
        }
    if answer.shape is not None:
        content: Schema = {"schema": references[answer.shape]}
        if answer.example is not None:
            content["example"] = answer.example
        value["content"] = {answer.media_type: content}
    elif answer.media_type != "application/json":
        value["content"] = {answer.media_type: {"schema": {"type": "string"}}}
    return value


def _schemas() -> tuple[_References, Schema]:
    """Return a reference to the schema of every type, by type, and the schemas by name."""
    answers = [answer.shape for operation in OPERATIONS for answer in _answers(operation).values()]
    types = dict.fromkeys([*answers, *(operation.body for operation in OPERATIONS)])
    references, schemas = TypeAdapter.json_schemas(
        [(kind, "serialization", TypeAdapter(kind)) for kind in types if kind is not None],
        ref_template="#/components/schemas/{model}",
        schema_generator=_Schemas,
    )
    named = {name: _without_titles(schema) for name, schema in schemas["$defs"].items()}
    return {kind: reference for (kind, _), reference in references.items()}, named


def _without_titles(value: Any) -> Any:
    """Return the schemas without the titles that only repeat the name of a property."""
    if isinstance(value, dict):
        return {
            key: _without_titles(item)
            for key, item in value.items()
            if not (key == "title" and isinstance(item, str))
        }
    return [_without_titles(item) for item in value] if isinstance(value, list) else value
