"""The OpenAPI 3.1 document, generated from the operations and the types that they read and answer."""

from functools import cache
from typing import Any

from shared.contracts.answers.json_out import to_json
from shared.contracts.answers.operations_answers import ReadinessAnswer
from shared.contracts.answers.problems import ProblemCode
from shared.contracts.api_description import texts
from shared.contracts.api_description.operation import (
    OPEN,
    RETRY_AFTER,
    SCOPES,
    Answer,
    Operation,
    Schema,
    bare,
    coded,
)
from shared.contracts.api_description.operations import OPERATIONS
from shared.contracts.api_description.operations_previews import example_requests
from shared.contracts.api_description.operations_webhooks import EVENTS, called
from shared.contracts.api_description.schemas import component_schemas

_CHALLENGE = {
    "WWW-Authenticate": "The scheme; of a bearer token also what is wrong with it, and the scope needed."
}
_COMMON = {
    401: Answer("No valid credential.", headers=_CHALLENGE),
    403: Answer("The credential does not allow this, or names no organisation.", headers=_CHALLENGE),
    405: Answer("The path exists with another method."),
    411: bare("The request does not say how long its body is.", 411),
    413: bare("The body is too large.", 413),
    415: bare("The body is of another type.", 415),
    429: bare("Over a quota.", 429, RETRY_AFTER),
    499: coded("The caller closed the connection.", ProblemCode.CLIENT_GONE),
    500: Answer("Unexpected; no body."),
    503: coded("A dependency is down; try again.", ProblemCode.TEMPORARY_FAILURE, RETRY_AFTER),
}
_INFO = {
    "title": "Notifications",
    "version": "1",
    "summary": "Notify people and organisations by e-mail or SMS.",
    "description": "Place an order, follow its shipment, or read the feed of shipments that have ended. "
    "What was accepted is sent once, also when a part of the service fails.\n\n"
    "Every operation says which scope its token needs. Errors without a body have the status only.",
    "contact": {"name": "The organisation that runs this service"},
    "license": {"name": "MIT", "identifier": "MIT"},
}
_SERVERS = [{"url": "/", "description": "The service that this document comes from."}]
_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An Altinn token. Every operation names the scope that it needs.",
    },
    "maskinporten": {
        "type": "oauth2",
        "description": "Where organisations get the bearer token: a token from Maskinporten with the scope, "
        "exchanged for an Altinn token. For test environments it is https://test.maskinporten.no/token.",
        "flows": {"clientCredentials": {"tokenUrl": "https://maskinporten.no/token", "scopes": SCOPES}},
    },
    "platformToken": {
        "type": "apiKey",
        "in": "header",
        "name": "PlatformAccessToken",
        "description": "The token of an app on the Altinn platform.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The key for the metrics, from those who operate the service.",
    },
    "basic": {"type": "http", "scheme": "basic", "description": "The name and password of the SMS gateway."},
}

type _References = dict[Any, Schema]


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
            "info": _INFO,
            "servers": _SERVERS,
            "tags": [{"name": name, "description": text} for name, text in texts.TAGS.items()],
            "paths": paths,
            "webhooks": called(references),
            "components": {"schemas": schemas, "securitySchemes": _SECURITY_SCHEMES},
        }
    )


def _operation(operation: Operation, references: _References) -> Schema:
    answers = sorted(answers_of(operation).items())
    value: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": _description(operation),
        "tags": [operation.tag],
        "security": operation.security,
        "responses": {str(status): _response(status, answer, references) for status, answer in answers},
    }
    if operation.parameters:
        value["parameters"] = operation.parameters
    if operation.deprecated:
        value["deprecated"] = True
    content = dict(operation.other_body)
    if operation.body is not None:
        examples = example_requests(operation.name)
        content["application/json"] = {"schema": references[operation.body], "examples": examples}
    if content:
        value["requestBody"] = {"required": True, "content": content}
    return value


def _description(operation: Operation) -> str:
    scopes = [scope for option in operation.security for needed in option.values() for scope in needed]
    needs = f"\n\nThe token needs the scope `{scopes[0]}`." if scopes else ""
    return texts.OPERATIONS[operation.name] + needs


def answers_of(operation: Operation) -> dict[int, Answer]:
    """Return the answers of an operation by status, with those that all operations of its kind have."""
    statuses = [499, 500, 503]
    if operation.path.startswith("/notifications/"):
        statuses.append(405)
    if operation.security != OPEN:
        statuses += [401, 403]
    if any("bearer" in option for option in operation.security):
        statuses.append(429)
    if operation.body is not None or operation.other_body:
        statuses += [411, 413, 415]
    return {status: _COMMON[status] for status in statuses} | operation.answers


def _response(status: int, answer: Answer, references: _References) -> Schema:
    value: Schema = {"description": answer.description}
    headers = dict(answer.headers)
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


def _schemas() -> tuple[_References, dict[str, Schema]]:
    answers = [answer.shape for operation in OPERATIONS for answer in answers_of(operation).values()]
    types = [*answers, *(operation.body for operation in OPERATIONS), *EVENTS]
    return component_schemas(kind for kind in types if kind is not None)
