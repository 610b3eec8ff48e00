"""A webhook whose endpoint is away for a day gets everything afterwards, in order, with the same ids."""

from datetime import datetime

import pytest

from devstack.json_client import JsonClient
from tests.support.api.answers import json_of
from tests.support.scenarios.owner import email_order, new_email, wait_until

DAY = 86_400.0


@pytest.fixture
def receiver(cloud, owner):
    """The name of a receiver of its own; its secret is known to it."""
    name = f"scenario-{owner.org}"
    url = f"{cloud.addresses['platform']}/webhooks/{name}"
    made = json_of(owner.ask("POST", "/future/webhooks", json={"url": url}), 201)
    control = JsonClient(cloud.control)
    control.ask("PUT", f"/webhooks/{name}", {"secrets": [made["secret"]]})
    yield name, f"/future/webhooks/{made['id']}"
    owner.ask("DELETE", f"/future/webhooks/{made['id']}")
    control.ask("DELETE", f"/webhooks/{name}")


def seen_by(cloud, name):
    found = JsonClient(cloud.control).ask("GET", "/webhooks")
    return next((each for each in found if each["name"] == name), {"calls": [], "distinct": 0})


def test_an_endpoint_that_was_away_for_a_day_misses_nothing(cloud, owner, receiver):
    name, path = receiver
    rule = {"target": f"webhook.{name}", "action": "status", "status": 503}
    rule_id = cloud.add_fault(rule)["id"]
    for _ in range(3):
        owner.send(email_order(new_email()))
    owner.wait_for_feed(3)

    def state():
        return json_of(owner.ask("GET", path), 200)

    wait_until(lambda: state()["failures"] == 1, what="the first failure")
    left = DAY
    while left > 0:
        failures, again_at = state()["failures"], datetime.fromisoformat(state()["nextAttemptAt"])
        seconds = (again_at - cloud.now()).total_seconds() + 1
        cloud.advance_clock(max(seconds, 1.0))
        left -= seconds
        wait_until(lambda before=failures: state()["failures"] > before, what="another failure")
    assert state()["status"] == "Active"
    JsonClient(cloud.control).ask("DELETE", f"/faults/{rule_id}")
    owner.ask("POST", f"{path}/resume")
    wait_until(lambda: seen_by(cloud, name)["distinct"] == 3, what="three entries")
    seen = seen_by(cloud, name)
    assert seen["inOrder"]
    assert {call["signature"] for call in seen["calls"]} == {"valid"}
    of_first = {call["message_id"] for call in seen["calls"] if call["number"] == 1}
    assert len(of_first) == 1
    assert state()["deliveredSequenceNumber"] == 3
    assert "failingSince" not in state()
