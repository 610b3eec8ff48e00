"""One operation of the public API, as the OpenAPI document describes it, and the parts that many share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from shared.contracts.answers.problems import (
    BareProblem,
    CodedProblem,
    ProblemCode,
    ValidationProblem,
    bare_problem,
    coded_problem,
)
from shared.contracts.api_description import examples
from shared.contracts.reading.wire_model import WireModel

BASE = "/notifications/api/v1"

type Schema = dict[str, Any]

type Security = list[dict[str, list[str]]]  # each credential that suffices, with the scopes that it needs

SCOPES = {
    "altinn:serviceowner/notifications.create": "Place orders, follow and cancel them, read the feed.",
    "altinn:serviceowner/notifications.composedemail.create": "Place e-mails with files.",
    "altinn:notifications.support.admin": "See what anybody was sent, and repair what failed.",
}
_CREATE, _COMPOSED, _SUPPORT = SCOPES


def _token_with(scope: str) -> Security:
    """Return a bearer token, and how a token with the scope is had, for tools that fetch tokens."""
    return [{"bearer": []}, {"maskinporten": [scope]}]


CREATE: Security = [*_token_with(_CREATE), {"platformToken": []}]
COMPOSED: Security = _token_with(_COMPOSED)
SUPPORT: Security = _token_with(_SUPPORT)
PERSON: Security = [{"bearer": []}]
API_KEY: Security = [{"apiKey": []}]
SUPPORT_OR_KEY: Security = [*SUPPORT, *API_KEY]
WEBHOOK: Security = [{"basic": []}]
OPEN: Security = []

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
LOCATION = {"Location": "Where the order is."}
RETRY_AFTER = {"Retry-After": "After how many seconds to come again."}


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer: the type that its builder returns (None: no body), or another media type."""

    description: str
    shape: Any = None
    example: Any = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = NO_HEADERS  # what they say, by name


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answers` holds the answers of its own; errors common to all are added."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    security: Security
    answers: dict[int, Answer]
    body: type[WireModel] | None = None
    parameters: list[Schema] = field(default_factory=list)
    deprecated: bool = False
    other_body: dict[str, Schema] = field(default_factory=dict)  # by media type: its schema and an example


def bare(description: str, status: int, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """Describe an answer whose problem says no more than its status."""
    return Answer(description, BareProblem, examples.problem(bare_problem(status)), headers=headers)


def coded(description: str, kind: ProblemCode, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """Describe an answer with a problem of the platform."""
    return Answer(description, CodedProblem, examples.problem(coded_problem(kind)), headers=headers)


TEXT: Schema = {"type": "string"}
UUID: Schema = {"type": "string", "format": "uuid"}
INT32: Schema = {"type": "integer", "format": "int32"}
INVALID = Answer("The request breaks rules.", ValidationProblem, examples.VALIDATION_PROBLEM)
OTHER_TYPE = bare("The request names a type other than JSON.", 415)


def path(name: str, description: str, example: str, schema: Schema = UUID) -> Schema:
    """Describe a variable of the path."""
    return _parameter("path", name, description, schema, required=True, example=example)


def query(
    name: str, description: str, schema: Schema, *, required: bool = False, example: Any = None
) -> Schema:
    """Describe a parameter of the query."""
    return _parameter("query", name, description, schema, required=required, example=example)


def header(
    name: str, description: str, schema: Schema, *, required: bool = True, example: Any = None
) -> Schema:
    """Describe a header of the request."""
    return _parameter("header", name, description, schema, required=required, example=example)


def _parameter(
    place: str, name: str, description: str, schema: Schema, *, required: bool, example: Any
) -> Schema:
    value = {"name": name, "in": place, "required": required, "description": description, "schema": schema}
    return value if example is None else {**value, "example": example}
