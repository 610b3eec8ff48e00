"""Turns what a use case returns or raises into an HTTP answer, and registers the endpoints that use this."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

import azure.functions as func

from shared.app.running_app import running_app, tell
from shared.app.use_cases import App
from shared.auth.keys import ApiKeyRefusedError
from shared.auth.own_pages import refuse_other_sites
from shared.contracts.answers import problems
from shared.contracts.answers.json_out import Json, to_json
from shared.contracts.answers.problems import JSON_CONTENT_TYPE, ErrorAnswer, ProblemCode
from shared.contracts.queries.values import parse_route_uuid
from shared.contracts.reading.media_type import is_json, json_encoding
from shared.runtime.beside_loop import ANSWERS
from shared.runtime.errors import (
    ForbiddenError,
    IdempotencyConflictError,
    MissingContactError,
    NotCancellableError,
    OrderNotFoundError,
    PermanentError,
    RequestInvalidError,
    ShipmentNotFoundError,
    TooManyRequestsError,
    TooManyWebhooksError,
    TransientError,
    UnauthenticatedError,
    UnknownResourceError,
    UnsupportedMediaTypeError,
    WebhookNotFoundError,
)
from shared.runtime.telemetry.operations import of_request, working_on

API = "notifications/api/v1"

_QUICK_ITEMS = 2000  # written in some milliseconds

type Handler = Callable[[App, func.HttpRequest], Awaitable[func.HttpResponse]]

_log = logging.getLogger(__name__)


class BodyTooLargeError(Exception):
    """The body is over the configured limit: 413."""


class LengthRequiredError(Exception):
    """The body came in chunks, without its length, so the Functions host left it out: 411."""


# Answers are about persons: no cache keeps them, and no browser takes them for anything but their type.
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_EMPTY: Mapping[type[Exception], int] = {OrderNotFoundError: 404}
_BARE: Mapping[type[Exception], int] = {
    NotCancellableError: 409,
    TooManyWebhooksError: 409,
    WebhookNotFoundError: 404,
    LengthRequiredError: 411,
    BodyTooLargeError: 413,
    UnsupportedMediaTypeError: 415,
}
_CODED: Mapping[type[Exception], ProblemCode] = {
    IdempotencyConflictError: ProblemCode.IDEMPOTENCY_CONFLICT,
    ShipmentNotFoundError: ProblemCode.SHIPMENT_NOT_FOUND,
    MissingContactError: ProblemCode.MISSING_CONTACT,
}


def endpoint(bp: func.Blueprint, method: str, path: str) -> Callable[[Handler], Handler]:
    """Register a handler as the function of its name for one method of one path.

    The handler checks the caller's credential itself, so the host asks for no function key.
    """

    def register(handle: Handler) -> Handler:
        @bp.function_name(handle.__name__)
        @bp.route(path, methods=[method], auth_level=func.AuthLevel.ANONYMOUS)
        async def serve(req: func.HttpRequest) -> func.HttpResponse:
            return await answer(req, handle)

        return handle

    return register


async def answer(request: func.HttpRequest, handle: Handler) -> func.HttpResponse:
    """Run a handler and turn every error of the tree into its documented answer."""
    with working_on(of_request(request.headers.get("traceparent"))):
        answered = await _answered(request, handle)
        tell()
    for name, value in _PRIVATE.items():
        answered.headers.setdefault(name, value)
    return answered


async def _answered(request: func.HttpRequest, handle: Handler) -> func.HttpResponse:
    try:
        _refuse_lost_body(request)
        app = await running_app()
        if request.headers.get("Cookie"):
            _refuse_other_sites(app, request)
        return await handle(app, request)
    except Exception as error:  # noqa: BLE001  every error becomes an answer
        refused = _refusal(error, request.headers.get("traceparent"))
        if refused is None:
            _log.exception("unexpected error in %s %s", request.method, type(error).__name__)
            refused = problems.empty_answer(500)
        return _response(refused)


def json_answer(
    value: Json | Sequence[Json], status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Return a JSON answer in the layout of the API."""
    return func.HttpResponse(
        to_json(value), status_code=status, headers={"Content-Type": JSON_CONTENT_TYPE, **(headers or {})}
    )


async def large_answer(
    build: Callable[[], Json | Sequence[Json]], items: int, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Build an answer about this many recipients or notifications; one of many beside the event loop."""
    if items <= _QUICK_ITEMS:
        return json_answer(build(), headers=headers)
    return await ANSWERS.run(lambda: json_answer(build(), headers=headers))


def bare_answer(request: func.HttpRequest, status: int) -> func.HttpResponse:
    """Return a problem that says no more than its status."""
    return _response(problems.bare_problem(status, request.headers.get("traceparent")))


def json_body(request: func.HttpRequest, limit: int) -> bytes:
    """Return the body of a request that must be JSON, in UTF-8.

    415 for another type or an unknown charset, 413 for too many bytes, 400 for bytes that are no text.
    """
    body: bytes = request.get_body() or b""
    refuse_other_types(request)
    if len(body) > limit:
        raise BodyTooLargeError
    content_type = request.headers.get("Content-Type") or ""
    encoding = json_encoding(content_type)
    if encoding is None:
        raise UnsupportedMediaTypeError(content_type)
    try:
        return body if encoding == "utf-8" else body.decode(encoding).encode()
    except UnicodeDecodeError:
        raise RequestInvalidError({"$": [f"The body is not {encoding}."]}) from None


def refuse_other_types(request: func.HttpRequest) -> None:
    """Raise the error for 415 when a request names a type other than JSON, or has a body and names none."""
    content_type = request.headers.get("Content-Type") or ""
    if not is_json(content_type) and (content_type.strip() or request.get_body()):
        raise UnsupportedMediaTypeError(content_type)


def route_id(request: func.HttpRequest) -> str:
    """Return the UUID in the route, hyphenated and in lower case; RequestInvalidError for another text."""
    return str(parse_route_uuid("id", request.route_params["id"]))


def _response(answer: ErrorAnswer) -> func.HttpResponse:
    return func.HttpResponse(answer.body, status_code=answer.status, headers=answer.headers)


def _refuse_other_sites(app: App, request: func.HttpRequest) -> None:
    cookie, own = app.settings.jwt_cookie_name, app.settings.base_uri
    refuse_other_sites(request.method, request.url, request.headers, cookie_name=cookie, base_uri=own)


def _refuse_lost_body(request: func.HttpRequest) -> None:
    # Without this the answer would be that the body is missing: https://github.com/Azure/azure-functions-host/issues/7930
    if request.headers.get("Transfer-Encoding") and not request.get_body():
        raise LengthRequiredError


def _refusal(error: Exception, traceparent: str | None) -> ErrorAnswer | None:
    kind = type(error)
    if kind in _EMPTY:
        return problems.empty_answer(_EMPTY[kind])
    if kind in _BARE:
        return problems.bare_problem(_BARE[kind], traceparent)
    if kind in _CODED:
        return problems.coded_problem(_CODED[kind], traceparent)
    match error:
        case ApiKeyRefusedError():
            return problems.api_key_refused(error.text)
        case UnauthenticatedError():
            return problems.unauthenticated(error)
        case ForbiddenError():
            return problems.forbidden(error)
        case TooManyRequestsError():
            return problems.too_many_requests(error.retry_after, traceparent)
        case RequestInvalidError():
            return problems.validation_problem(error, traceparent)
        case UnknownResourceError():
            return problems.validation_problem(RequestInvalidError({"ResourceId": [str(error)]}), traceparent)
        case TransientError():
            _log.warning("a dependency is unavailable: %s", error)
            return problems.unavailable(error, traceparent)
        case PermanentError():
            return problems.validation_problem(RequestInvalidError({"": [str(error)]}), traceparent)
        case _:
            return None
