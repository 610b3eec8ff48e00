"""The OpenAPI 3.1 document, generated from the request models, the answers and the table of operations."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from shared.contracts.answers.json_out import to_json
from shared.contracts.api_description import answers as a
from shared.contracts.api_description import examples
from shared.contracts.api_description.operations import NOBODY, OPERATIONS, Answer, Operation, Schema

_REFERENCE = "#/components/schemas/{model}"
_TITLES = {
    401: Answer("No valid credential."),
    403: Answer("The credential does not allow this, or names no organisation."),
    405: Answer("The path exists with another method."),
    411: Answer("The request does not tell the length of its body.", a.BareProblem, examples.bare(411)),
    413: Answer("The body is too large.", a.BareProblem, examples.bare(413)),
    415: Answer("The body is of another type.", a.BareProblem, examples.bare(415)),
    499: Answer("The caller went away.", a.CodedProblem, examples.problem("NOT-00002")),
    500: Answer("Unexpected; no body."),
    503: Answer("A dependency is down; try again.", a.CodedProblem, examples.problem("NOT-00004")),
}


@cache
def document() -> bytes:
    """Return the document as JSON; built on first use, which takes some ten milliseconds."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return to_json(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Notifications",
                "version": "1",
                "description": "Tell people and organisations something by e-mail or SMS.",
            },
            "paths": paths,
            "components": {"schemas": schemas, "securitySchemes": _security_schemes()},
        }
    )


def _operation(operation: Operation) -> Schema:
    answers = dict(operation.answers)
    for status in _common(operation):
        answers.setdefault(status, _TITLES[status])
    value: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": operation.security,
        "responses": {str(status): _response(answer) for status, answer in sorted(answers.items())},
    }
    if operation.parameters:
        value["parameters"] = operation.parameters
    if operation.deprecated:
        value["deprecated"] = True
    if operation.body is not None:
        schema = {"$ref": _REFERENCE.format(model=operation.body.__name__)}
        content = {"application/json": {"schema": schema, "example": operation.example}}
        value["requestBody"] = {"required": True, "content": content}
    elif operation.other_body is not None:
        content = {media_type: {"schema": schema} for media_type, schema in operation.other_body.items()}
        value["requestBody"] = {"required": True, "content": content}
    return value


def _common(operation: Operation) -> list[int]:
    """Return the statuses any operation of this kind may answer with."""
    statuses = [500, 503]
    if operation.path.startswith("/notifications/"):
        statuses.append(405)
    if operation.security != NOBODY:
        statuses += [401, 403]
    if operation.body is not None or operation.other_body is not None:
        statuses += [411, 413, 415]
    return [*statuses, 499]


def _response(answer: Answer) -> Schema:
    value: Schema = {"description": answer.description}
    if answer.location:
        value["headers"] = {"Location": {"description": "Where the order is.", "schema": {"type": "string"}}}
    if answer.shape is not None:
        content: Schema = {"schema": _reference(answer.shape)}
        if answer.example is not None:
            content["example"] = answer.example
        value["content"] = {answer.media_type: content}
    elif answer.media_type != "application/json":
        value["content"] = {answer.media_type: {"schema": {"type": "string"}}}
    return value


def _reference(shape: Any) -> Schema:
    if getattr(shape, "__origin__", None) is list:
        return {"type": "array", "items": _reference(shape.__args__[0])}
    return {"$ref": _REFERENCE.format(model=shape.__name__)}


def _schemas() -> Schema:
    models = {operation.body for operation in OPERATIONS if operation.body is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, requests = models_json_schema(
        [(model, "serialization") for model in ordered], by_alias=True, ref_template=_REFERENCE
    )
    answers = [kind for name, kind in vars(a).items() if name.endswith(("Answer", "Problem"))]
    schemas = dict(requests["$defs"])
    for kind in answers:
        schema = TypeAdapter(kind).json_schema(ref_template=_REFERENCE)
        schemas |= schema.pop("$defs", {})
        schemas[kind.__name__] = schema
    return {name: _without_titles(schema) for name, schema in schemas.items()}


def _without_titles(value: Any) -> Any:
    """Return the schemas without the titles that only repeat the name of a property."""
    if isinstance(value, dict):
        return {
            key: _without_titles(item)
            for key, item in value.items()
            if not (key == "title" and isinstance(item, str))
        }
    return [_without_titles(item) for item in value] if isinstance(value, list) else value


def _security_schemes() -> Schema:
    return {
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
