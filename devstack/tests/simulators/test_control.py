"""The control API: waiting for messages, rules, time and fixtures."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from devstack.cloud.control import Control
from devstack.simulators.configuration import ConfigurationError
from devstack.tests.support.link_client import msg, session, submit


async def test_waiting_ends_when_the_message_arrives(cloud):
    waiting = asyncio.create_task(cloud.outbox("4791234567", count=2))
    await submit(cloud, session(msg("4791234567")))
    await submit(cloud, session(msg("4799999999")))
    assert not waiting.done()
    await submit(cloud, session(msg("+4791234567")))
    assert len((await waiting)["sms"]) == 2


async def test_waiting_in_vain_ends_empty(cloud):
    started = time.monotonic()
    assert await cloud.control("GET", "/outbox?to=x@example.no&wait=100ms") == {"emails": [], "sms": []}
    assert 0.09 < time.monotonic() - started < 3


async def test_the_outbox_can_be_emptied(cloud):
    await submit(cloud, session(msg("4791234567")))
    await cloud.control("DELETE", "/outbox")
    assert await cloud.control("GET", "/outbox?to=4791234567") == {"emails": [], "sms": []}
    waited = await cloud.control("GET", "/outbox?to=4791234567&wait=10ms")
    assert waited["sms"] == []


async def test_rules_are_listed_replaced_and_lifted(cloud):
    rule = {"id": "a", "target": "acs.send", "action": "status", "status": 429, "retryAfter": "9", "times": 3}
    assert await cloud.control("POST", "/faults", rule) == rule
    assert await cloud.control("GET", "/faults") == [rule]
    replaced = await cloud.control("PUT", "/faults", [{"target": "profile.*", "action": "timeout"}])
    assert [item["target"] for item in replaced] == ["profile.*"]
    await cloud.control("DELETE", f"/faults/{replaced[0]['id']}")
    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        await cloud.control("DELETE", "/faults/a")
    await cloud.control("POST", "/faults", rule)
    await cloud.control("DELETE", "/faults")
    assert await cloud.control("GET", "/faults") == []


async def test_a_rule_is_used_up(cloud):
    await cloud.fault(target="sms.submit", action="status", status=500, times=2)
    for _ in range(2):
        with pytest.raises(aiohttp.ClientResponseError, match="500"):
            await submit(cloud, session(msg("4791234567")))
    await submit(cloud, session(msg("4791234567")))
    stats = await cloud.control("GET", "/stats")
    assert stats["faults"] == {"sms.submit:status": 2}
    assert stats["requests"] == {"sms.submit": 3}
    await cloud.control("DELETE", "/stats")
    assert (await cloud.control("GET", "/stats"))["requests"] == {}


async def test_rules_can_be_added_many_at_a_time(cloud):
    client = Control(cloud.url("control"))
    rules = [
        {"id": f"r{number}", "target": "sms.submit", "action": "disconnect", "match": {"to": f"+47{number}"}}
        for number in range(12_000)  # far more than one request may carry
    ]
    await asyncio.to_thread(client.add_faults, iter(rules))
    assert [rule["id"] for rule in await cloud.control("GET", "/faults")] == [rule["id"] for rule in rules]
    await asyncio.to_thread(client.remove_fault, "r7")
    assert "r7" not in {rule["id"] for rule in await cloud.control("GET", "/faults")}


async def test_one_senseless_rule_among_many_keeps_all_out(cloud):
    good = {"target": "acs.send", "action": "disconnect"}
    async with cloud.http.post(cloud.url("control", "/faults"), json=[good, {"target": "nobody"}]) as answer:
        assert answer.status == 400
    assert await cloud.control("GET", "/faults") == []


@pytest.mark.parametrize(
    "rule",
    [
        {"target": "nobody", "action": "status"},
        {"target": "acs.send", "action": "explode"},
        {"target": "acs.send", "action": "duplicate"},
        {"target": "acs.report", "action": "status"},
        {"target": "acs.send", "action": "logon-failed"},
        {"target": "acs.send", "action": "status", "status": 42},
        {"target": "acs.send", "action": "status", "times": 0},
        {"target": "acs.send", "action": "delay", "delaySeconds": "long"},
        [[]],
    ],
)
async def test_rules_that_make_no_sense_are_refused(cloud, rule):
    async with cloud.http.post(cloud.url("control", "/faults"), json=rule) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]


async def test_time_moves_and_comes_back(cloud):
    assert (await cloud.control("GET", "/clock"))["offsetSeconds"] == 0
    await cloud.control("POST", "/clock", {"advanceSeconds": 3600})
    moved = await cloud.control("POST", "/clock", {"advanceSeconds": 1800.5})
    assert moved["offsetSeconds"] == 5400.5
    await submit(cloud, session(msg("4791234567")))
    at = datetime.fromisoformat((await cloud.outbox("4791234567"))["sms"][0]["at"])
    assert timedelta(seconds=5390) < at - datetime.now(UTC) < timedelta(seconds=5410)
    target = datetime(2031, 5, 2, 9, tzinfo=UTC)
    now = (await cloud.control("POST", "/clock", {"set": target.isoformat()}))["now"]
    assert abs(datetime.fromisoformat(now) - target) < timedelta(seconds=5)
    assert (await cloud.control("POST", "/clock", {"reset": True}))["offsetSeconds"] == 0


@pytest.mark.parametrize("body", [{}, {"set": "noon"}, {"advanceSeconds": "1h"}, []])
async def test_time_does_not_move_for_nonsense(cloud, body):
    async with cloud.http.post(cloud.url("control", "/clock"), json=body) as answer:
        assert answer.status == 400


async def test_fixtures_hold_what_tests_rely_on(cloud):
    fixtures = await cloud.control("GET", "/fixtures")
    assert {name: set(value) for name, value in fixtures.items() if isinstance(value, dict)} == {
        "person_with_email_and_mobile": {"nin", "email", "mobile"},
        "person_email_only": {"nin", "email"},
        "person_mobile_only": {"nin", "mobile"},
        "person_reserved": {"nin"},
        "person_no_contact": {"nin"},
        "person_bare_mobile": {"nin", "mobile"},
        "person_zeros_mobile": {"nin", "mobile"},
        "person_bad_mobile": {"nin"},
        "person_landline": {"nin", "email"},
        "person_unknown": {"nin"},
        "person_stale": {"nin", "email"},
        "org_with_email": {"orgNumber"},
        "org_with_both": {"orgNumber"},
        "org_with_users": {"orgNumber", "permittedEmail", "permittedMobile", "deniedEmail"},
        "org_with_twins": {"orgNumber", "email"},
        "org_with_mobile_user": {"orgNumber", "email", "mobile"},
        "org_sub_unit": {"orgNumber", "email"},
        "org_unknown": {"orgNumber"},
        "external_identity_email": {"urn", "email"},
        "external_identity_username": {"urn"},
        "sms_report": {"path", "user", "password"},
    }
    assert fixtures["metrics_api_key"] == "metrics-key"
    assert fixtures["sms_report"]["user"] == "rep"


def check_digit(digits: str, weights: tuple[int, ...]) -> int:
    return (11 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11) % 11


async def test_fixture_numbers_have_valid_check_digits(cloud):
    fixtures = await cloud.control("GET", "/fixtures")
    nins = [value["nin"] for value in fixtures.values() if "nin" in value]
    numbers = [value["orgNumber"] for value in fixtures.values() if "orgNumber" in value]
    assert (len(nins), len(numbers)) == (11, 7)
    for nin in nins:
        assert check_digit(nin[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) == int(nin[9])
        assert check_digit(nin[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) == int(nin[10])
        assert int(nin[2:4]) > 80
    for number in numbers:
        assert check_digit(number[:8], (3, 2, 7, 6, 5, 4, 3, 2)) == int(number[8])


async def test_reports_can_be_sent_for_anything(cloud):
    await cloud.control("POST", "/reports/email", {"messageId": "unknown-1", "status": "Bounced"})
    assert (await cloud.events.next())["data"]["messageId"] == "unknown-1"
    await cloud.control(
        "POST", "/reports/sms", {"reference": "REF1", "state": "EXPIRED", "to": "+4791234567"}
    )
    _, _, body = await cloud.webhook.next()
    assert b"<REF>REF1</REF><RCV>4791234567</RCV><STATE>EXPIRED</STATE>" in body


async def test_a_port_that_is_taken_is_named(cloud, start_cloud):
    port = cloud.ports["control"]
    with pytest.raises(ConfigurationError, match=f"port {port} for sms"):
        await start_cloud(ports={"sms": port})


@pytest.mark.parametrize("path", ["/outbox?wait=soon", "/outbox?wait=1s&count=x"])
async def test_questions_to_the_outbox_that_make_no_sense_are_refused(cloud, path):
    with pytest.raises(aiohttp.ClientResponseError, match="400"):
        await cloud.control("GET", path)


async def test_the_clock_stands_still_and_goes_on(cloud):
    await cloud.control("POST", "/clock", {"set": "2031-05-05T10:00:00Z"})
    frozen = await cloud.control("POST", "/clock", {"freeze": True})
    assert frozen["frozen"]
    assert (await cloud.control("GET", "/clock"))["now"] == frozen["now"]
    moved = await cloud.control("POST", "/clock", {"advanceSeconds": 60})
    assert (await cloud.control("GET", "/clock"))["now"] == moved["now"] > frozen["now"]
    running = await cloud.control("POST", "/clock", {"run": True})
    assert not running["frozen"]
    assert running["now"] >= moved["now"]
    assert (await cloud.control("POST", "/clock", {"reset": True}))["offsetSeconds"] == 0


async def test_people_are_edited_and_added(cloud):
    person = {"name": "NY NINA", "email": "ny@example.no", "reserved": True}
    assert (await cloud.control("PUT", "/people/14818710098", person))["mobile"] == "+4791700001"
    await cloud.control("PUT", "/people/01010112345", {"mobile": "+4790000009"})
    await cloud.control("PUT", "/organisations/310000019", {"email": "", "mobile": "+4790000008"})
    known = await cloud.control("GET", "/people")
    assert known["people"][0] | person == known["people"][0]
    assert known["people"][-1]["nin"] == "01010112345"
    assert (known["organisations"][0]["emails"], known["organisations"][0]["mobiles"]) == (
        [],
        ["+4790000008"],
    )
    path = "/profile/api/v1/users/contactpoint/lookup"
    asked = {"nationalIdentityNumbers": ["14818710098"]}
    async with cloud.http.post(cloud.url("platform", path), json=asked) as answer:
        (found,) = (await answer.json())["contactPointsList"]
    assert (found["isReserved"], found["email"]) == (True, "ny@example.no")


@pytest.mark.parametrize(
    ("path", "body"),
    [("/people/123", {}), ("/people/14818710098", {"reserved": "yes"}), ("/organisations/31", {"name": 1})],
)
async def test_an_impossible_edit_is_refused(cloud, path, body):
    async with cloud.http.put(cloud.url("control", path), json=body) as answer:
        assert answer.status == 400


async def test_messages_are_searched_newest_first_with_what_was_reported(cloud):
    await submit(cloud, session(msg("4791234567", "First")))
    before = (await cloud.control("GET", "/revisions"))["outbox"]
    await submit(cloud, session(msg("4791234568", "Second"), msg("4791234569", "Third", index=2)))
    await cloud.webhook.next()
    assert (await cloud.control("GET", "/revisions"))["outbox"] > before
    page = await cloud.control("GET", "/messages?count=2")
    assert (page["total"], [message["text"] for message in page["messages"]]) == (3, ["Third", "Second"])
    found = await cloud.control("GET", "/messages?text=FIRST&skip=0")
    assert (found["total"], found["messages"][0]["to"]) == (1, "+4791234567")
    reference = found["messages"][0]["reference"]
    assert (await cloud.control("GET", f"/messages/{reference}"))["text"] == "First"
    await cloud.control("DELETE", "/outbox")
    assert (await cloud.control("GET", "/messages"))["total"] == 0


async def test_a_rule_changes_what_is_reported_and_a_report_by_hand_ignores_rules(cloud):
    await cloud.fault(target="sms.report", action="outcome", detail="EXPIRED", times=1)
    await submit(cloud, session(msg("4791234567")))
    assert b"<STATE>EXPIRED</STATE>" in (await cloud.webhook.next())[2]
    await cloud.fault(target="sms.report", action="drop")
    by_hand = {"reference": "ABC", "to": "+4791234567", "state": "DELIVRD", "ignoreFaults": True}
    await cloud.control("POST", "/reports/sms", by_hand)
    assert b"<STATE>DELIVRD</STATE>" in (await cloud.webhook.next())[2]
    await cloud.fault(target="acs.report", action="outcome", detail="Bounced", times=1)
    await cloud.control("POST", "/reports/email", {"messageId": "m", "status": "Delivered"})
    assert (await cloud.events.next())["data"]["status"] == "Bounced"
    await cloud.fault(target="acs.report", action="drop")
    await cloud.control("POST", "/reports/email", {"messageId": "m", "ignoreFaults": True})
    assert (await cloud.events.next())["data"]["status"] == "Delivered"
