"""Ports that a fault rule closes."""

import aiohttp
import pytest

from devstack.tests.support.link_client import msg, session, submit


@pytest.mark.parametrize(
    "rule",
    [
        {"target": "profile.lookup", "action": "unreachable"},
        {"target": "sms.submit", "action": "unreachable", "times": 1},
        {"target": "acs.send", "action": "unreachable", "match": {"to": "a@b.no"}},
    ],
)
async def test_a_door_is_closed_for_everybody_or_not_at_all(cloud, rule):
    with pytest.raises(aiohttp.ClientResponseError) as error:
        await cloud.fault(**rule)
    assert error.value.status == 400


async def test_a_closed_door_opens_at_the_same_port_when_its_rule_is_lifted(cloud):
    await cloud.fault(id="away", target="sms.submit", action="unreachable")
    await cloud.fault(target="sms.submit", action="delay", times=1)
    with pytest.raises(aiohttp.ClientConnectorError):
        await submit(cloud, session(msg("4791234567")))
    await cloud.control("DELETE", "/faults/away")
    await submit(cloud, session(msg("4791234567")))
    assert len((await cloud.outbox("4791234567"))["sms"]) == 1
