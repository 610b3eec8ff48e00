"""How a fault rule looks on the wire of an HTTP request, before and after the request has its effect."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from devstack.simulators.faults.rules import Action, FaultRule

_SILENCE_SECONDS = 120.0


async def before_effect(rule: FaultRule | None, request: web.Request) -> web.Response | None:
    """Obey a rule that acts before anything happens; None means go on with the request."""
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
    """Obey a rule that acts once the request has had its effect; otherwise the answer goes out unchanged."""
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
    """Reset the connection so that the client never learns the answer; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
