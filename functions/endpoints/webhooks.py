"""Webhooks of the caller: create, list, read, change, pause, resume, replay, rotate, test, delete."""

import azure.functions as func

from functions.answers import API, endpoint, json_answer, json_body, route_id
from shared.app.use_cases import App
from shared.auth.caller import CREATE_OR_PLATFORM, require_creator
from shared.contracts.webhooks import answers
from shared.contracts.webhooks.request import (
    read_new_webhook,
    read_webhook_change,
    read_webhook_replay,
)
from shared.domain.webhooks.webhook import Webhook

_WEBHOOKS = f"{API}/future/webhooks"
_ONE = f"{_WEBHOOKS}/{{id:guid}}"

bp = func.Blueprint()


@endpoint(bp, "POST", _WEBHOOKS)
async def create_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Create a webhook: 201 with its secret, which is shown this once."""
    owner = await _owner(app, req)
    request = read_new_webhook(_body(app, req), defaults=app.defaults)
    made = await app.manage_webhooks.create(owner, request.url, request.description, request.first)
    location = f"{app.settings.base_uri}/{_WEBHOOKS}/{made.webhook.item}"
    return await _with_secret(app, made.webhook, made.secret, 201, {"Location": location})


@endpoint(bp, "GET", _WEBHOOKS)
async def list_webhooks(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return the webhooks of the caller, the oldest first."""
    webhooks, newest = await app.manage_webhooks.all(await _owner(app, req))
    return json_answer(answers.webhook_list(webhooks, newest, app.clock.now()))


@endpoint(bp, "GET", _ONE)
async def read_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return a webhook and how far it has come."""
    webhook, newest = await app.manage_webhooks.one(await _owner(app, req), route_id(req))
    return json_answer(answers.webhook_answer(webhook, newest, app.clock.now()))


@endpoint(bp, "PUT", _ONE)
async def change_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Give a webhook another address or description."""
    owner = await _owner(app, req)
    request = read_webhook_change(_body(app, req), defaults=app.defaults)
    return await _one(
        app, await app.manage_webhooks.change(owner, route_id(req), request.url, request.description)
    )


@endpoint(bp, "DELETE", _ONE)
async def delete_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Forget a webhook."""
    await app.manage_webhooks.delete(await _owner(app, req), route_id(req))
    return func.HttpResponse(status_code=204)


@endpoint(bp, "POST", f"{_ONE}/pause")
async def pause_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Deliver nothing until the webhook is resumed."""
    return await _one(app, await app.manage_webhooks.pause(await _owner(app, req), route_id(req)))


@endpoint(bp, "POST", f"{_ONE}/resume")
async def resume_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Deliver again, and try a failing endpoint at once."""
    return await _one(app, await app.manage_webhooks.resume(await _owner(app, req), route_id(req)))


@endpoint(bp, "POST", f"{_ONE}/replay")
async def replay_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Deliver from a number on."""
    owner = await _owner(app, req)
    first = read_webhook_replay(_body(app, req))
    return await _one(app, await app.manage_webhooks.replay(owner, route_id(req), first))


@endpoint(bp, "POST", f"{_ONE}/rotate-secret")
async def rotate_webhook_secret(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Make a new secret, which is shown this once."""
    made = await app.manage_webhooks.rotate(await _owner(app, req), route_id(req))
    return await _with_secret(app, made.webhook, made.secret)


@endpoint(bp, "POST", f"{_ONE}/test")
async def try_webhook(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Call the endpoint once with a test message, and tell what it answered."""
    tested = await app.try_webhook(await _owner(app, req), route_id(req))
    answer = tested.answer
    return json_answer(
        answers.webhook_test(tested.message_id, answer.reason, answer.seconds, delivered=answer.ok)
    )


async def _owner(app: App, req: func.HttpRequest) -> str:
    return require_creator(await app.authorizer.authorize(req.headers, CREATE_OR_PLATFORM))


def _body(app: App, req: func.HttpRequest) -> bytes:
    return json_body(req, app.settings.request_body_limit_bytes)


async def _one(app: App, webhook: Webhook) -> func.HttpResponse:
    newest = await app.manage_webhooks.newest(webhook.owner)
    return json_answer(answers.webhook_answer(webhook, newest, app.clock.now()))


async def _with_secret(
    app: App, webhook: Webhook, secret: str, status: int = 200, headers: dict[str, str] | None = None
) -> func.HttpResponse:
    newest = await app.manage_webhooks.newest(webhook.owner)
    answer = answers.webhook_with_secret(webhook, secret, newest, app.clock.now())
    return json_answer(answer, status, headers)
