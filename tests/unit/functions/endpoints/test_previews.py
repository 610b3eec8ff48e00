"""Previews: the same refusals as placing, a quota of their own, and nothing kept but that."""

from datetime import timedelta

import orjson
import pytest

from functions.endpoints import instant_orders, previews, v1_orders, v2_orders
from tests.support.api import bodies

PAIRS = [
    (previews.preview_order, v2_orders.place_order, bodies.chain),
    (previews.preview_composed_email, v2_orders.place_composed_email, bodies.composed),
    (previews.preview_v1_order, v1_orders.place_v1_order, bodies.v1_order),
    (previews.preview_v1_email_order, v1_orders.place_v1_email_order, bodies.v1_email),
    (previews.preview_v1_sms_order, v1_orders.place_v1_sms_order, bodies.v1_sms),
    (previews.preview_instant_sms, instant_orders.send_instant_sms, bodies.instant_sms),
    (previews.preview_instant_email, instant_orders.send_instant_email, bodies.instant_email),
    (previews.preview_instant, instant_orders.send_instant_deprecated, bodies.deprecated_instant),
]
each_pair = pytest.mark.parametrize(("preview", "place", "body"), PAIRS, ids=lambda each: each.__name__)


def owners_row(world):
    return [key for key in world.tables.rows if key[1].startswith("preview|")]


@each_pair
async def test_only_the_quota_is_written(ask, world, preview, place, body):
    answer = await ask(preview, body())
    assert answer.status_code == 200
    told = orjson.loads(answer.get_body())
    assert told["accepted"]
    assert len(world.tables.rows) == len(owners_row(world)) == 1
    assert not world.messages
    assert not world.requests


@each_pair
async def test_what_placing_refuses_is_refused_in_the_same_words(ask, world, preview, place, body):
    for wrong in ({}, [], {"recipients": 1}, body() | {"idempotencyId": "", "recipients": []}):
        refused, placed = await ask(preview, wrong), await ask(place, wrong)
        assert refused.status_code == placed.status_code == 400
        problems = [orjson.loads(answer.get_body()) for answer in (refused, placed)]
        assert problems[0].pop("traceId") != problems[1].pop("traceId")
        assert problems[0] == problems[1]
    assert not owners_row(world), "an invalid request is not counted"


@each_pair
@pytest.mark.parametrize("quota", ["owner_previews_per_minute", "owner_previewed_recipients_per_minute"])
async def test_previews_have_a_quota_of_their_own(ask, world, preview, place, body, quota):
    assert (await ask(preview, body(), **{quota: 1})).status_code == 200
    second = await ask(preview, body(), **{quota: 1})
    assert (second.status_code, second.headers["Retry-After"]) == (429, "60")
    assert (await ask(preview, body(), "skd", **{quota: 1})).status_code == 200
    assert (await ask(place, body(), **{quota: 1})).status_code in (201, 202)
    world.real_time.at += timedelta(seconds=60)
    assert (await ask(preview, body(), **{quota: 1})).status_code == 200


async def test_a_late_repeat_is_previewed_as_the_order_that_it_repeats(ask, world):
    order = bodies.chain() | {"requestedSendTime": (world.clock.now() + timedelta(hours=1)).isoformat()}
    assert (await ask(v2_orders.place_order, order)).status_code == 201
    world.clock.at += timedelta(days=1)
    told = orjson.loads((await ask(previews.preview_order, order)).get_body())
    assert (told["accepted"], told["repeat"]) == (True, True)
    other = order | {"idempotencyId": "another"}
    assert (await ask(previews.preview_order, other)).status_code == 400


async def test_conditions_are_tried_if_the_query_says_so(ask, world):
    order = bodies.chain() | {"conditionEndpoint": "https://sender.example/condition"}
    told = orjson.loads((await ask(previews.preview_order, order)).get_body())
    assert "condition" not in told["shipments"][0]
    told = orjson.loads((await ask(previews.preview_order, order, query="?TryCondition=True")).get_body())
    assert told["shipments"][0]["condition"] == {"met": True, "reason": "answered"}
    assert world.asked.total() == 1
    refused = await ask(previews.preview_order, order, query="?tryCondition=perhaps")
    assert orjson.loads(refused.get_body())["errors"] == {
        "tryCondition": ["The value 'perhaps' is not valid."]
    }
