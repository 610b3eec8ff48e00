"""A test call tells what the endpoint answers and changes nothing."""

from contextlib import ExitStack

import orjson
import pytest

from shared.runtime.errors import TooManyRequestsError, WebhookNotFoundError


async def test_it_is_signed_and_says_what_came_of_it(desk):
    secret = (await desk.create()).secret
    before = await desk.state()
    tested = await desk.process.app.try_webhook(desk.owner, desk.id)
    ((message_id, body, secrets),) = desk.receiver.calls
    assert (tested.message_id, secrets) == (message_id, (secret,))
    assert orjson.loads(body)["type"] == "webhook.test"
    assert tested.answer.ok
    assert await desk.state() == before
    desk.receiver.status = 410
    assert (await desk.process.app.try_webhook(desk.owner, desk.id)).answer.reason == "status 410"
    assert await desk.state() == before


async def test_of_others_none_is_found(desk):
    await desk.create()
    with pytest.raises(WebhookNotFoundError):
        await desk.process.app.try_webhook("ttd", desk.id)


async def test_it_waits_its_turn_when_the_owner_has_too_many_calls(desk):
    await desk.create()
    shares = desk.process.app.try_webhook.webhook_shares
    with ExitStack() as others:
        for _ in range(9):
            assert others.enter_context(shares.held(desk.owner, "other.example"))
        with pytest.raises(TooManyRequestsError):
            await desk.process.app.try_webhook(desk.owner, desk.id)
