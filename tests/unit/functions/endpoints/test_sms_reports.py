"""The webhook of the SMS gateway: large documents are refused unread, or read beside the loop."""

import asyncio
import threading
import time
import tracemalloc
from types import SimpleNamespace

import azure.functions as func
import pytest

from functions import answers
from functions.endpoints import sms_reports
from shared.providers import link_reports
from shared.runtime.clock import SystemClock

REPORT = "<MSG><ID>{}</ID><REF>A1</REF><RCV>4790000001</RCV><STATE>DELIVRD</STATE></MSG>"


@pytest.fixture
def post(monkeypatch):
    """Return a call of the webhook; it answers the status, and keeps what was put on the queue."""
    sent, under_way = [], []

    async def send(message, *, deadline):
        under_way.append(message)
        call.most_at_once = max(call.most_at_once, len(under_way))
        await asyncio.sleep(0)
        under_way.remove(message)
        sent.append(message)

    async def running_app():
        return SimpleNamespace(
            webhook_credentials=SimpleNamespace(check=lambda headers: None),
            clock=SystemClock(),
            sender=SimpleNamespace(send=send),
        )

    monkeypatch.setattr(answers, "running_app", running_app)

    async def call(body, content_type="text/xml"):
        request = func.HttpRequest(
            method="POST", url="http://localhost/", headers={"Content-Type": content_type}, body=body
        )
        return (await answers.answer(request, sms_reports.receive_sms_reports)).status_code

    call.sent, call.most_at_once = sent, 0
    return call


def document(reports):
    return f"<MSGLST>{''.join(REPORT.format(n) for n in range(1, reports + 1))}</MSGLST>".encode()


@pytest.mark.parametrize("unit", [b"<MSG/>", b"<a/>", b"a", b" ", REPORT.encode()])
async def test_documents_over_the_limit_are_refused_unread(post, unit):
    body = b"<MSGLST>" + unit * (20_000_000 // len(unit)) + b"</MSGLST>"
    began = time.thread_time()
    tracemalloc.start()
    try:
        assert await post(body) == 413
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert time.thread_time() - began < 1
    assert post.sent == []


async def test_large_documents_are_read_beside_the_loop(post, monkeypatch):
    threads = []

    def parse(*arguments):
        threads.append(threading.current_thread())
        return link_reports.parse_reports(*arguments)

    monkeypatch.setattr(sms_reports, "parse_reports", parse)
    assert await post(document(2)) == 200
    assert await post(document(2000)) == 200
    assert [thread is threading.main_thread() for thread in threads] == [True, False]
    assert len(post.sent) == 2002
    assert post.most_at_once <= 200  # thousands at once would hold up the loop while they are composed


async def test_the_loop_goes_on_while_a_large_document_is_read(post):
    body = b"<MSGLST>" + b"<a></a>" * 49_000 + b"</MSGLST>"
    reading = asyncio.create_task(post(body))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert reading.result() == 400
    assert turns > 10
