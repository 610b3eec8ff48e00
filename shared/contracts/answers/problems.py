"""Error answers of four kinds: validation problems, problems with a code, bare problems, and empty bodies."""

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TypedDict

from shared.contracts.answers.json_out import Json, to_json, without_nulls
from shared.runtime.errors import (
    ForbiddenError,
    RequestInvalidError,
    ThrottledError,
    TransientError,
    UnauthenticatedError,
)
from shared.runtime.telemetry.operations import traced

JSON_CONTENT_TYPE = "application/json; charset=utf-8"
HELP_PATH = "/notifications/api/v1/docs/errors"
RETRY_SECONDS = 5  # when a dependency is down and nobody knows for how long
CLIENT_CLOSED_REQUEST = 499  # not a registered status; gateways log it when the caller went away

_RFC_SECTIONS = {
    400: "rfc9110#section-15.5.1",
    404: "rfc9110#section-15.5.5",
    405: "rfc9110#section-15.5.6",
    409: "rfc9110#section-15.5.10",
    411: "rfc9110#section-15.5.12",
    413: "rfc9110#section-15.5.14",
    415: "rfc9110#section-15.5.16",
    429: "rfc6585#section-4",
    503: "rfc9110#section-15.6.4",
}


class BareProblem(TypedDict):
    """A problem that says no more than its status."""

    type: str | None
    title: str
    status: int
    traceId: str


class ValidationProblem(BareProblem):
    """A request that breaks rules: every key names a part of it, with all that is wrong there."""

    errors: dict[str, list[str]]


class CodedProblem(TypedDict):
    """A problem with a code of the platform."""

    type: str
    title: str
    status: int
    code: str
    errorCode: str
    statusDescription: str | None
    traceId: str


class ApiKeyProblem(TypedDict):
    """Why an API key was refused."""

    error: str


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """Status, body (None when empty) and headers of an error answer."""

    status: int
    body: bytes | None
    headers: dict[str, str]


class ProblemCode(Enum):
    """A problem of the platform: code, status and title."""

    MISSING_CONTACT = ("NOT-00001", 422, "Missing contact information for recipient(s)")
    CLIENT_GONE = (
        "NOT-00002",
        CLIENT_CLOSED_REQUEST,
        "The client disconnected or cancelled the request before the server could complete processing",
    )
    SHIPMENT_NOT_FOUND = ("NOT-00003", 404, "Shipment not found")
    TEMPORARY_FAILURE = ("NOT-00004", 503, "A temporary network failure occurred")
    # codes of our own, beyond those that the platform may still give
    IDEMPOTENCY_CONFLICT = ("NOT-10001", 409, "The idempotency id was used for another request")

    def __init__(self, code: str, status: int, title: str) -> None:
        self.code = code
        self.status = status
        self.title = title


def validation_problem(error: RequestInvalidError, traceparent: str | None = None) -> ErrorAnswer:
    """Answer 400 with every key and message of a refused request."""
    problem: ValidationProblem = {
        "type": _rfc_section(400),
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": error.errors,
        "traceId": trace_id(traceparent),
    }
    return _answer(400, without_nulls(problem))


def coded_problem(kind: ProblemCode, traceparent: str | None = None) -> ErrorAnswer:
    """Answer with a problem of the platform.

    The running reference service writes `code`, its documentation `errorCode`; both are given.
    """
    problem: CodedProblem = {
        "type": f"urn:altinn:error:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "code": kind.code,
        "errorCode": kind.code,
        "statusDescription": None if kind is ProblemCode.CLIENT_GONE else _phrase(kind.status),
        "traceId": trace_id(traceparent),
    }
    return _answer(kind.status, without_nulls(problem), kind.code)


def unavailable(error: TransientError, traceparent: str | None = None) -> ErrorAnswer:
    """Answer 503 and when to try again: as the throttled dependency asked, else in a few seconds."""
    pause = error.retry_after if isinstance(error, ThrottledError) else RETRY_SECONDS
    return _with_pause(coded_problem(ProblemCode.TEMPORARY_FAILURE, traceparent), pause)


def bare_problem(status: int, traceparent: str | None = None) -> ErrorAnswer:
    """Answer with a problem that says no more than its status."""
    problem: BareProblem = {
        "type": _rfc_section(status),
        "title": _phrase(status),
        "status": status,
        "traceId": trace_id(traceparent),
    }
    return _answer(status, without_nulls(problem))


def too_many_requests(retry_after: float, traceparent: str | None = None) -> ErrorAnswer:
    """Answer 429 and after how many seconds, rounded up, the caller may come again."""
    return _with_pause(bare_problem(429, traceparent), retry_after)


def retry_after_header(seconds: float) -> dict[str, str]:
    """Return the header that says after how many seconds, rounded up, to come again; every 503 has it."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def empty_answer(status: int) -> ErrorAnswer:
    """Answer with a status and no body, as authentication, routing and version 1 reads do."""
    return ErrorAnswer(status, None, _help(str(status)))


def unauthenticated(error: UnauthenticatedError) -> ErrorAnswer:
    """Answer 401 with the challenge that RFC 9110 requires; some client libraries depend on it.

    It names the scope that is needed and what is wrong with the token. RFC 6750 wants no error where there is
    no token.
    """
    if error.scheme != "Bearer":
        basic = f'{error.scheme} realm="notifications"'
        return ErrorAnswer(401, None, {"WWW-Authenticate": basic, **_help("401")})
    reason = {"error": "invalid_token", "error_description": str(error)} if error.presented else {}
    return ErrorAnswer(401, None, _challenge(reason, error.scope) | _help("401"))


def forbidden(error: ForbiddenError) -> ErrorAnswer:
    """Answer 403 with a challenge that says what the credential lacks (RFC 6750)."""
    reason = {"error": "insufficient_scope", "error_description": str(error)}
    return ErrorAnswer(403, None, _challenge(reason, error.scope) | _help("403"))


def _challenge(reason: Mapping[str, str], scope: str | None) -> dict[str, str]:
    parts = {"realm": "notifications", **reason} | ({"scope": scope} if scope else {})
    return {"WWW-Authenticate": "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items())}


def api_key_refused(text: str) -> ErrorAnswer:
    """Answer 401 with the reason, and no challenge: there is no HTTP scheme for API keys."""
    problem: ApiKeyProblem = {"error": text}
    return _answer(401, problem)


def trace_id(traceparent: str | None) -> str:
    """Return the trace id of the request: the caller's trace if it sent one, with a new span."""
    trace, flags = traced(traceparent) or (secrets.token_hex(16), "00")
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"


def _with_pause(answer: ErrorAnswer, seconds: float) -> ErrorAnswer:
    return ErrorAnswer(answer.status, answer.body, {**answer.headers, **retry_after_header(seconds)})


def _answer(status: int, problem: Json, name: str = "") -> ErrorAnswer:
    """Build an error answer; `name` is its code if it has one."""
    headers = {"Content-Type": JSON_CONTENT_TYPE, **_help(name or str(status))}
    return ErrorAnswer(status, to_json(problem), headers)


def _help(name: str) -> dict[str, str]:
    """Return the header that leads to the cause and the cure of an error.

    `type` has the values of the reference system, which clients compare.
    """
    return {"Link": f'<{HELP_PATH}#{name.lower()}>; rel="help"'}


def _rfc_section(status: int) -> str | None:
    section = _RFC_SECTIONS.get(status)
    return f"https://tools.ietf.org/html/{section}" if section else None


def _phrase(status: int) -> str:
    # The standard library has RFC 9110's "Unprocessable Content"; the contract has the older phrase.
    return "Unprocessable Entity" if status == 422 else HTTPStatus(status).phrase
