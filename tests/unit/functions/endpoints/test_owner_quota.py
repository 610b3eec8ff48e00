"""An owner over its quota is answered 429 at every endpoint that places, and nobody else is."""

from datetime import timedelta

import orjson
import pytest

from functions.endpoints import instant_orders, v1_orders, v2_orders
from tests.support.api import bodies

PLACEMENTS = [
    (v2_orders.place_order, bodies.chain),
    (v2_orders.place_composed_email, bodies.composed),
    (v1_orders.place_v1_order, bodies.v1_order),
    (v1_orders.place_v1_email_order, bodies.v1_email),
    (v1_orders.place_v1_sms_order, bodies.v1_sms),
    (instant_orders.send_instant_sms, bodies.instant_sms),
    (instant_orders.send_instant_email, bodies.instant_email),
    (instant_orders.send_instant_deprecated, bodies.deprecated_instant),
]


@pytest.mark.parametrize(("handle", "body"), PLACEMENTS, ids=lambda value: value.__name__)
@pytest.mark.parametrize("quota", ["owner_orders_per_minute", "owner_recipients_per_minute"])
async def test_second_order_of_a_minute_is_refused(ask, world, handle, body, quota):
    first = await ask(handle, body(), **{quota: 1})
    assert first.status_code in (201, 202)
    second = await ask(handle, body(), **{quota: 1})
    assert (second.status_code, second.headers["Retry-After"]) == (429, "60")
    problem = orjson.loads(second.get_body())
    assert problem.pop("traceId").startswith("00-")
    assert problem == {
        "type": "https://tools.ietf.org/html/rfc6585#section-4",
        "title": "Too Many Requests",
        "status": 429,
    }
    assert (await ask(handle, body(), "skd", **{quota: 1})).status_code in (201, 202)
    world.real_time.at += timedelta(seconds=60)
    assert (await ask(handle, body(), **{quota: 1})).status_code in (201, 202)


async def test_nothing_is_written_without_a_quota(ask, world):
    for handle, body in PLACEMENTS:
        assert (await ask(handle, body())).status_code in (201, 202)
    assert not [key for key in world.tables.rows if key[1].startswith("owner|")]


async def test_invalid_requests_are_not_counted(ask):
    for _ in range(3):
        assert (await ask(v2_orders.place_order, {}, owner_orders_per_minute=1)).status_code == 400
    answer = await ask(v2_orders.place_order, bodies.chain(), owner_orders_per_minute=1)
    assert answer.status_code == 201


async def test_storage_that_is_down_is_a_temporary_failure(ask, world):
    world.storage_down = True
    answer = await ask(v2_orders.place_order, bodies.chain(), owner_orders_per_minute=1)
    assert answer.status_code == 503
