"""How the control API reads requests, and how it answers those that make no sense."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from devstack.simulators.altinn.registers import InvalidPartyError
from devstack.simulators.faults.rules import InvalidRuleError
from devstack.simulators.tokens.token_request import InvalidTokenRequestError


class InvalidRequestError(ValueError):
    """A control request that makes no sense; the text says why."""


@web.middleware
async def explain_bad_requests(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 400 with the reason for a request that makes no sense."""
    try:
        return await handler(request)
    except (InvalidRequestError, InvalidPartyError, InvalidRuleError, InvalidTokenRequestError) as error:
        return web.json_response({"error": str(error)}, status=400)


async def json_body(request: web.Request) -> Any:
    """Return the JSON of the body."""
    try:
        return json.loads(await request.read())
    except ValueError as error:
        raise InvalidRequestError("the body is not JSON") from error


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object of the body."""
    document = await json_body(request)
    if not isinstance(document, dict):
        raise InvalidRequestError("expected a JSON object")
    return document


def whole_number(text: str) -> int:
    """Return the number in a query parameter."""
    if not (text.isascii() and text.isdigit()):
        raise InvalidRequestError("count and skip are whole numbers")
    return int(text)
