"""Receivers of webhooks verify what comes, and tell what they saw."""

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from devstack.simulators.webhooks.receivers import in_order

SECRET = "whsec_c2VjcmV0IG9mIGEgcmVjZWl2ZXI="


def signed(number, secret=SECRET):
    body = json.dumps({"type": "shipment.completed", "data": {"sequenceNumber": number}})
    at = int(time.time())
    signature = Webhook(secret).sign(f"msg_{number}", datetime.fromtimestamp(at, UTC), body)
    headers = {"webhook-id": f"msg_{number}", "webhook-timestamp": str(at), "webhook-signature": signature}
    return body, headers


async def call(cloud, number, secret=SECRET):
    body, headers = signed(number, secret)
    async with cloud.http.post(cloud.url("platform", "/webhooks/a"), data=body, headers=headers) as answer:
        return answer.status


async def receiver(cloud):
    (found,) = await cloud.control("GET", "/webhooks")
    return found


async def test_only_what_is_signed_is_taken_once_it_knows_its_secret(cloud):
    assert await call(cloud, 1) == 200
    await cloud.control("PUT", "/webhooks/a", {"secrets": ["whsec_b3RoZXI=", SECRET]})
    assert await call(cloud, 2) == 200
    assert await call(cloud, 2) == 200
    assert await call(cloud, 3, "whsec_Zm9yZ2Vk") == 401
    seen = await receiver(cloud)
    assert [each["signature"] for each in seen["calls"]] == [
        "No matching signature found",
        "valid",
        "valid",
        "not verified: no secret",
    ]
    assert (seen["taken"], seen["distinct"], seen["inOrder"]) == (3, 2, True)
    assert [each["again"] for each in seen["calls"]] == [False, True, False, False]
    assert (await cloud.control("GET", "/webhooks/a/numbers"))["numbers"] == [1, 2, 2]
    assert SECRET not in json.dumps(seen)


async def test_it_misbehaves_as_rules_say(cloud):
    await cloud.fault(target="webhook.a", action="status", status=410, times=1)
    assert await call(cloud, 1) == 410
    await cloud.fault(target="webhook.*", action="malformed", times=1)
    assert await call(cloud, 1) == 200
    seen = await receiver(cloud)
    assert [(each["status"], each["taken"]) for each in seen["calls"]] == [(200, True), (410, False)]
    await cloud.control("DELETE", "/webhooks/a")
    assert await cloud.control("GET", "/webhooks") == []


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], True),
        ([4, 5, 4, 5, 6], True),
        ([1, 2, 1, 3], True),
        ([4, 5, 2, 3, 4, 5, 6], True),
        ([1, 3], False),
        ([4, 5, 2, 3, 7], False),
    ],
)
def test_order_is_that_of_first_appearances(numbers, expected):
    assert in_order(numbers) is expected
