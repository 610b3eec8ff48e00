"""The SMS gateway, driven with raw XML, and its reports as a webhook sees them."""

import asyncio
import base64
import re

import aiohttp
import pytest
from defusedxml.ElementTree import fromstring

from devstack.tests.support.link_client import msg, session, submit
from devstack.tests.support.simulators import Cloud, StartCloud


async def state_of_next_report(cloud: Cloud) -> str | None:
    return fromstring((await cloud.webhook.next())[2]).findtext("MSG/STATE")


async def test_an_sms_is_captured_answered_and_reported(cloud):
    answer = await submit(cloud, session(msg("4791234567")))
    reference = answer.findtext("MSGLST/MSG/REF")
    assert answer.findtext("LOGON") == "OK"
    assert (answer.findtext("MSGLST/MSG/ID"), answer.findtext("MSGLST/MSG/STATUS")) == ("1", "OK")
    [sms] = (await cloud.outbox("%2B4791234567"))["sms"]
    assert (sms["to"], sms["from"], sms["text"]) == ("+4791234567", "Altinn", "Hei på deg")
    assert (sms["reference"], sms["ttlMinutes"], sms["encoding"]) == (reference, 2880, "text")
    authorization, content_type, body = await cloud.webhook.next()
    assert authorization == "Basic " + base64.b64encode(b"rep:pwd").decode()
    assert content_type == "application/xml"
    assert b"<!DOCTYPE MSGLST" in body
    report = fromstring(body)
    assert report.findtext("MSG/REF") == reference
    assert report.findtext("MSG/RCV") == "4791234567"
    assert report.findtext("MSG/STATE") == "DELIVRD"
    assert re.fullmatch(r"\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d", report.findtext("MSG/DELIVERYTIME"))


async def test_the_declared_encoding_counts_when_the_content_type_names_none(cloud):
    await submit(cloud, session(msg("4791234567")).encode("iso-8859-1"), "text/xml")
    assert (await cloud.outbox("4791234567"))["sms"][0]["text"] == "Hei på deg"


async def test_unicode_messages_are_decoded(cloud):
    text = "Snøstorm ❄ 😀"
    extra = "<OP>9</OP>"
    await submit(cloud, session(msg("4791234567", text.encode("utf-16-be").hex().upper(), extra=extra)))
    [sms] = (await cloud.outbox("4791234567"))["sms"]
    assert (sms["text"], sms["encoding"], sms["ttlMinutes"]) == (text, "unicode", None)


async def test_a_hundred_messages_fit_into_one_request(cloud):
    document = session(*(msg(f"47917{index:05}", index=index) for index in range(1, 101)))
    answer = await submit(cloud, document)
    references = [item.text for item in answer.findall("MSGLST/MSG/REF")]
    assert len(set(references)) == 100
    assert [item.text for item in answer.findall("MSGLST/MSG/ID")] == [str(i) for i in range(1, 101)]
    reported = {fromstring((await cloud.webhook.next())[2]).findtext("MSG/REF") for _ in range(100)}
    assert reported == set(references)


async def test_reports_can_come_several_to_a_document(start_cloud: StartCloud):
    cloud = await start_cloud(smsReportsPerDocument=10)
    await submit(cloud, session(*(msg(f"4791700{index:03}", index=index) for index in range(25))))
    sizes = [len(fromstring((await cloud.webhook.next())[2]).findall("MSG")) for _ in range(3)]
    assert sorted(sizes) == [5, 10, 10]


@pytest.mark.parametrize(
    "document",
    [
        session(*(msg("4791234567") for _ in range(101))),
        "<SESSION>",
        "<OTHER/>",
        session(msg("4791234567", "zz", extra="<OP>9</OP>")),
        session(msg("4791234567", extra="<TTL>soon</TTL>")),
        '<!DOCTYPE x [<!ENTITY e "boom">]><SESSION><CLIENT>&e;</CLIENT></SESSION>',
    ],
)
async def test_documents_the_gateway_cannot_take_are_refused(cloud, document):
    async with cloud.http.post(cloud.url("sms"), data=document.encode()) as answer:
        assert answer.status == 400
    assert (await cloud.control("GET", "/outbox"))["sms"] == []


@pytest.mark.parametrize("account", [{"user": "x"}, {"password": "x"}])
async def test_an_unknown_account_cannot_log_on(cloud, account):
    answer = await submit(cloud, session(msg("4791234567"), **account))
    assert answer.findtext("LOGON") == "FAIL"
    assert answer.findtext("REASON")
    assert (await cloud.control("GET", "/outbox"))["sms"] == []


@pytest.mark.parametrize("to", ["12345678", "abc", "", "0047912345678", "+47 912 34 567"])
async def test_malformed_receivers_are_refused_alone(cloud, to):
    answer = await submit(cloud, session(msg(to), msg("+4791234567", index=2)))
    statuses = [item.text for item in answer.findall("MSGLST/MSG/STATUS")]
    assert statuses == ["FAIL", "OK"]
    assert answer.findtext("MSGLST/MSG/INFO").startswith("Invalid RCV")


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        ("01", "UNDELIV"),
        ("02", "EXPIRED"),
        ("03", "DELETED"),
        ("04", "REJECTD"),
        ("05", "BARRED"),
        ("06", "FAILED"),
        ("07", "UNKNOWN"),
        ("08", "BARREDA"),
        ("09", "ZEROBAL"),
    ],
)
async def test_the_number_decides_what_is_reported(cloud, ending, state):
    await submit(cloud, session(msg(f"47996660{ending}")))
    assert await state_of_next_report(cloud) == state


async def test_some_numbers_are_refused_silent_or_without_reference(cloud):
    numbers = ["4799666010", "4799666011", "4799666012", "4799666013", "4799666015"]
    answer = await submit(cloud, session(*(msg(to, index=i) for i, to in enumerate(numbers))))
    rows = answer.findall("MSGLST/MSG")
    assert [row.findtext("STATUS") for row in rows] == ["OK", "FAIL", "FAIL", "OK", "OK"]
    assert [row.find("REF") is not None for row in rows] == [True, False, False, False, True]
    assert [row.findtext("INFO") for row in rows[1:3]] == ["Invalid RCV", "No route"]
    first, second = await cloud.webhook.next(), await cloud.webhook.next()
    assert first == second
    assert fromstring(first[2]).findtext("MSG/REF") == rows[4].findtext("REF")
    assert cloud.webhook.calls.empty()


async def test_a_report_can_come_before_the_answer(cloud):
    answer = await submit(cloud, session(msg("4799666014")))
    _, _, body = cloud.webhook.calls.get_nowait()
    assert fromstring(body).findtext("MSG/REF") == answer.findtext("MSGLST/MSG/REF")


async def test_the_gateway_repeats_a_report_until_it_is_taken(cloud):
    cloud.webhook.answers = [503]
    await submit(cloud, session(msg("4791234567")))
    assert await cloud.webhook.next() == await cloud.webhook.next()


async def test_a_lost_answer_leaves_the_message_sent(cloud):
    await cloud.fault(target="sms.submit", action="after", match={"to": "+4791234567"}, times=1)
    with pytest.raises(aiohttp.ClientError):
        await submit(cloud, session(msg("4791234567")))
    assert len((await cloud.outbox("4791234567"))["sms"]) == 1
    assert await state_of_next_report(cloud) == "DELIVRD"


async def test_an_answer_can_be_replaced_by_an_error_after_sending(cloud):
    await cloud.fault(target="sms.submit", action="after", status=504, times=1)
    async with cloud.http.post(cloud.url("sms"), data=session(msg("4791234567")).encode()) as answer:
        assert answer.status == 504
    assert len((await cloud.outbox("4791234567"))["sms"]) == 1


async def test_a_slow_answer_comes_after_the_message_was_sent(cloud):
    await cloud.fault(target="sms.submit", action="after", delaySeconds=60, times=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await submit(cloud, session(msg("4791234567")))
    assert len((await cloud.outbox("4791234567"))["sms"]) == 1


async def test_an_answer_can_be_unreadable(cloud):
    await cloud.fault(target="sms.submit", action="malformed", times=1)
    async with cloud.http.post(cloud.url("sms"), data=session(msg("4791234567")).encode()) as answer:
        assert (answer.status, await answer.read()) == (200, b"<unfinished")
    assert len((await cloud.outbox("4791234567"))["sms"]) == 1


async def test_logon_can_fail_by_rule(cloud):
    await cloud.fault(target="sms.submit", action="logon-failed", times=1)
    assert (await submit(cloud, session(msg("4791234567")))).findtext("LOGON") == "FAIL"
    assert (await submit(cloud, session(msg("4791234567")))).findtext("LOGON") == "OK"


async def test_a_rule_refuses_only_the_message_it_names(cloud):
    await cloud.fault(target="sms.submit", action="refuse", match={"to": "4791234567"}, detail="Blocked")
    answer = await submit(cloud, session(msg("4791234567"), msg("4791234568", index=2)))
    assert [row.text for row in answer.findall("MSGLST/MSG/INFO")] == ["Blocked", None]


async def test_reports_can_be_doubled_dropped_delayed_and_garbled(cloud):
    for action, to in (("duplicate", "1"), ("drop", "2"), ("malformed", "3")):
        await cloud.fault(target="sms.report", action=action, match={"to": f"+479170000{to}"})
    await cloud.fault(target="sms.report", action="delay", match={"to": "+4791700004"}, delaySeconds=0.3)
    await submit(cloud, session(*(msg(f"479170000{to}", index=to) for to in (4, 3, 2, 1))))
    bodies = [(await cloud.webhook.next())[2] for _ in range(4)]
    assert sum(b"4791700001" in body for body in bodies[:3]) == 2
    assert sum(not body.endswith(b"</MSGLST>") for body in bodies[:3]) == 1
    assert b"4791700004" in bodies[3]
    assert (await cloud.control("GET", "/stats"))["reports"]["sms.report:dropped"] == 1
