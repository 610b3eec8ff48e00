"""Reads JSON requests of the simulated platform; malformed ones are answered with 400."""

import json
from typing import Any

from aiohttp import web


def malformed(detail: str) -> web.HTTPBadRequest:
    """Return a 400 that says what is wrong with the request."""
    return web.HTTPBadRequest(text=json.dumps({"error": detail}), content_type="application/json")


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object of the body."""
    if request.content_type != "application/json":
        raise malformed("the content type is not application/json")
    try:
        document = json.loads(await request.read())
    except ValueError as error:
        raise malformed("the body is not JSON") from error
    if not isinstance(document, dict):
        raise malformed("the body is not an object")
    return document


def text_list(document: dict[str, Any], name: str) -> list[str]:
    """Return a required array of strings."""
    values = document.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise malformed(f"{name} is not an array of strings")
    return values
