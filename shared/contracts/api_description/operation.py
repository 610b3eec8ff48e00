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

CREATE: list[dict[str, list[str]]] = [{"bearer": []}, {"platformToken": []}]
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
API_KEY: list[dict[str, list[str]]] = [{"apiKey": []}]
KEY_OR_BEARER: list[dict[str, list[str]]] = [{"apiKey": []}, {"bearer": []}]
WEBHOOK: list[dict[str, list[str]]] = [{"basic": []}]
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
RETRY_AFTER = {"Retry-After": "After how many seconds to come again."}
OPEN: list[dict[str, list[str]]] = []


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer: the type that its builder returns (None: no body), or another media type."""

    description: str
    shape: Any = None
    example: Any = None
    media_type: str = "application/json"
    location: bool = False
    headers: Mapping[str, str] = NO_HEADERS  # what they say, by name


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answers` holds the answers of its own; errors common to all are added."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    security: list[dict[str, list[str]]]
    answers: dict[int, Answer]
    body: type[WireModel] | None = None
    parameters: list[Schema] = field(default_factory=list)
    deprecated: bool = False
    other_body: dict[str, Schema] = field(default_factory=dict)


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
NO_ORDER = Answer("No such order, or another owner's.")
NO_SHIPMENT = coded("No such shipment, or another owner's.", ProblemCode.SHIPMENT_NOT_FOUND)
OTHER_TYPE = bare("The request names a type other than JSON.", 415)


def path(name: str, description: str, schema: Schema = UUID) -> Schema:
    """Describe a variable of the path."""
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def query(name: str, description: str, schema: Schema, *, required: bool = False) -> Schema:
    """Describe a parameter of the query."""
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


def header(name: str, description: str, schema: Schema, *, required: bool = True) -> Schema:
    """Describe a header of the request."""
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}
