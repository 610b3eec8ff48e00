"""The simulators note which messages they lost, and whose answer or report they lost."""

import asyncio
import json
import uuid

import aiohttp
import pytest

from devstack.tests.support.acs_client import client_of, message, send
from devstack.tests.support.link_client import msg, session, submit
from devstack.tests.support.simulators import Cloud

NUMBER = "+4791234567"


async def notes(cloud: Cloud) -> list[tuple[str, str, list[str]]]:
    return [(n["target"], n["mishap"], n["ids"]) for n in await cloud.control("GET", "/fault-notes")]


async def first_notes(cloud: Cloud) -> list[tuple[str, str, list[str]]]:
    for _ in range(500):
        if noted := await notes(cloud):
            return noted
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was noted")


async def references(cloud: Cloud) -> list[str]:
    return [sms["reference"] for sms in (await cloud.control("GET", "/outbox"))["sms"]]


async def submit_in_vain(cloud: Cloud, *messages: str) -> None:
    async with cloud.http.post(cloud.url("sms"), data=session(*messages).encode()) as answer:
        await answer.read()


async def test_nothing_is_noted_while_all_is_well(cloud):
    await submit(cloud, session(msg(NUMBER)))
    await cloud.webhook.next()
    assert await notes(cloud) == []


@pytest.mark.parametrize(
    "rule", [{"action": "after"}, {"action": "after", "status": 504}, {"action": "malformed"}]
)
async def test_lost_answers_are_noted_by_the_references_in_them(cloud, rule):
    await cloud.fault(target="sms.submit", times=1, **rule)
    try:
        await submit_in_vain(cloud, msg(NUMBER), msg("+4791234568", index=2), msg("12", index=3))
    except aiohttp.ClientError:
        assert rule == {"action": "after"}
    lost = await references(cloud)
    assert len(lost) == 2
    assert await notes(cloud) == [("sms.submit", "answer lost", lost)]


async def test_caller_that_gives_up_before_the_answer_has_lost_it(cloud):
    await cloud.fault(target="sms.submit", action="after", delaySeconds=60, times=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await submit(cloud, session(msg(NUMBER)))
    assert await first_notes(cloud) == [("sms.submit", "answer lost", await references(cloud))]


async def test_caller_that_gives_up_before_anything_was_done_has_sent_nothing(cloud):
    await cloud.fault(target="sms.submit", action="delay", delaySeconds=60, times=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await submit(cloud, session(msg(NUMBER)))
    assert await first_notes(cloud) == [("sms.submit", "call failed", [NUMBER])]
    assert await references(cloud) == []


@pytest.mark.parametrize(
    ("rule", "is_noted"),
    [
        ({"action": "status", "status": 503}, True),
        ({"action": "disconnect"}, True),
        ({"action": "timeout", "delaySeconds": 0}, True),
        ({"action": "status", "status": 429}, False),  # who is told to wait knows that nothing was sent
        ({"action": "logon-failed"}, False),
    ],
)
async def test_calls_that_leave_doubt_are_noted_by_number(cloud, rule, is_noted):
    await cloud.fault(target="sms.submit", times=1, **rule)
    try:
        await submit_in_vain(cloud, msg("004791234567"))
    except aiohttp.ClientError:
        assert is_noted
    assert await notes(cloud) == ([("sms.submit", "call failed", ["+4791234567"])] if is_noted else [])


@pytest.mark.parametrize(("action", "mishap"), [("drop", "report dropped"), ("malformed", "report garbled")])
async def test_reports_lost_by_a_rule_are_noted_by_their_message(cloud, action, mishap):
    for target in ("sms.report", "acs.report"):
        await cloud.fault(target=target, action=action, times=1)
    await submit(cloud, session(msg(NUMBER), msg("+4791234568", index=2)))
    operation = str(uuid.uuid4())
    async with client_of(cloud) as client:
        await send(client, operation, message())
    assert await notes(cloud) == [
        ("sms.report", mishap, (await references(cloud))[:1]),
        ("acs.report", mishap, [operation]),
    ]


async def test_report_that_nobody_takes_is_noted_when_it_is_given_up(start_cloud):
    cloud = await start_cloud(smsReportRetrySeconds=[0.01, 0.01])
    cloud.webhook.answers = [500, 503, 500]
    await submit(cloud, session(msg(NUMBER)))
    assert await first_notes(cloud) == [("sms.report", "report given up", await references(cloud))]


async def test_lost_answer_of_an_email_is_noted_by_its_operation(cloud):
    operation = str(uuid.uuid4())
    await cloud.fault(target="acs.send", action="malformed", times=1)
    async with client_of(cloud) as client:
        with pytest.raises(json.JSONDecodeError):
            await send(client, operation, message())
    assert await notes(cloud) == [("acs.send", "answer lost", [operation])]


async def test_failed_questions_are_noted_by_their_address(cloud):
    await cloud.fault(target="condition.*", action="status", status=500, times=1)
    for _ in range(2):
        await cloud.http.get(cloud.url("platform", "/conditions/false?order=7"))
    assert await notes(cloud) == [("condition.false", "call failed", ["/conditions/false?order=7"])]
    await cloud.control("DELETE", "/fault-notes")
    assert await notes(cloud) == []
