"""Error answers: four families, told apart by the members `errors` and `code` or by an empty body."""

import re
import secrets
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from shared.contracts.answers.json_out import JsonObject, present, to_json
from shared.runtime.errors import RequestInvalidError

JSON_CONTENT_TYPE = "application/json; charset=utf-8"
CLIENT_CLOSED_REQUEST = 499  # not a registered status; what gateways log when the caller went away

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_RFC_9110_SECTIONS = {
    400: "15.5.1",
    404: "15.5.5",
    405: "15.5.6",
    409: "15.5.10",
    411: "15.5.12",
    413: "15.5.14",
    415: "15.5.16",
    503: "15.6.4",
}


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

    def __init__(self, code: str, status: int, title: str) -> None:
        self.code = code
        self.status = status
        self.title = title


def validation_problem(error: RequestInvalidError, traceparent: str | None = None) -> ErrorAnswer:
    """Answer 400 with every key and message of a refused request."""
    return _answer(
        400,
        present(
            type=_rfc_section(400),
            title="One or more validation errors occurred.",
            status=400,
            errors=error.errors,
            traceId=trace_id(traceparent),
        ),
    )


def coded_problem(problem: ProblemCode, traceparent: str | None = None) -> ErrorAnswer:
    """Answer with a problem of the platform.

    The running reference service writes `code`, its documentation `errorCode`; both are given.
    """
    phrase = None if problem is ProblemCode.CLIENT_GONE else _phrase(problem.status)
    return _answer(
        problem.status,
        present(
            type=f"urn:altinn:error:{problem.code}",
            title=problem.title,
            status=problem.status,
            code=problem.code,
            errorCode=problem.code,
            statusDescription=phrase,
            traceId=trace_id(traceparent),
        ),
    )


def bare_problem(status: int, traceparent: str | None = None) -> ErrorAnswer:
    """Answer with nothing but what the status says."""
    return _answer(
        status,
        present(
            type=_rfc_section(status), title=_phrase(status), status=status, traceId=trace_id(traceparent)
        ),
    )


def empty_answer(status: int) -> ErrorAnswer:
    """Answer with a status and no body, as authentication, routing and version 1 reads do."""
    return ErrorAnswer(status, None, {})


def unauthenticated(scheme: str) -> ErrorAnswer:
    """Answer 401 with the challenge that RFC 9110 asks for: clients of some libraries wait for it."""
    return ErrorAnswer(401, None, {"WWW-Authenticate": f'{scheme} realm="notifications"'})


def trace_id(traceparent: str | None) -> str:
    """Return the id under which the request is traced: the caller's trace, a span of our own."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None or match[1] == _NO_TRACE or match[2] == _NO_SPAN:
        return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
    return f"00-{match[1]}-{secrets.token_hex(8)}-{match[3]}"


def _answer(status: int, problem: JsonObject) -> ErrorAnswer:
    return ErrorAnswer(status, to_json(problem), {"Content-Type": JSON_CONTENT_TYPE})


def _rfc_section(status: int) -> str | None:
    section = _RFC_9110_SECTIONS.get(status)
    return f"https://tools.ietf.org/html/rfc9110#section-{section}" if section else None


def _phrase(status: int) -> str:
    # The standard library follows RFC 9110's "Unprocessable Content"; the contract has the older phrase.
    return "Unprocessable Entity" if status == 422 else HTTPStatus(status).phrase
