"""The effect of a fault rule on an HTTP request, before and after the request is carried out."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from devstack.simulators.faults.rules import Action, FaultRule

_SILENCE_SECONDS = 120.0


async def before_effect(rule: FaultRule | None, request: web.Request) -> web.Response | None:
    """Apply a rule that acts before the request is carried out; None means carry it out."""
    if rule is None:
        return None
    match rule.action:
        case Action.STATUS:
            return error_response(rule)
        case Action.DISCONNECT:
            return drop_connection(request)
        case Action.TIMEOUT:
            await asyncio.sleep(_SILENCE_SECONDS if rule.delay_seconds is None else rule.delay_seconds)
            return drop_connection(request)
        case Action.DELAY:
            await asyncio.sleep(rule.delay_seconds or 0.0)
            return None
        case _:
            return None


async def after_effect(rule: FaultRule | None, request: web.Request, answer: web.Response) -> web.Response:
    """Apply a rule that acts after the request was carried out, or return the answer unchanged."""
    if rule is None:
        return answer
    match rule.action:
        case Action.AFTER if rule.status is not None:
            return error_response(rule)
        case Action.AFTER:
            await asyncio.sleep(rule.delay_seconds or 0.0)
            return drop_connection(request)
        case Action.MALFORMED:
            return web.Response(status=answer.status, body=b"<unfinished", content_type=answer.content_type)
        case _:
            return answer


def error_response(rule: FaultRule) -> web.Response:
    """Answer with the status of the rule, in the error form that Azure services share."""
    status = rule.answer_status
    code = HTTPStatus(status).phrase.replace(" ", "") if status in set(HTTPStatus) else f"Status{status}"
    headers = {} if rule.retry_after is None else {"Retry-After": rule.retry_after}
    error = {"code": code, "message": rule.detail or f"simulated fault {rule.id}"}
    return web.json_response({"error": error}, status=status, headers=headers)


def drop_connection(request: web.Request) -> web.Response:
    """Reset the connection, so that the client gets no answer; the returned one is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
