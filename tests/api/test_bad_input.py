"""Bad input in numbers: never a 5xx, never a hang, always an error as documented, and memory stays bounded.

BAD_REQUESTS says how many requests are made, BAD_SEED where they begin.
"""

import asyncio
import json
import logging
import os
from pathlib import Path

import aiohttp
from yarl import URL

from tests.support.api.answers import JSON, TRACE_ID, errors_of
from tests.support.api.bad_input import Request, bad_requests
from tests.support.api.endpoints import COMPOSED, CREATE, SUPPORT
from tests.support.scenarios.owner import REPORTS, personal, wait_for_idle_queues

COUNT = int(os.environ.get("BAD_REQUESTS", "1500"))
SEED = int(os.environ.get("BAD_SEED", "20310505"))
AT_ONCE = 8
HANG_SECONDS = 20.0
MOST_GROWTH_KIB = 160 * 1024
MOST_MEMORY_KIB = 500 * 1024
_log = logging.getLogger(__name__)
EMPTY = {401, 403, 404, 405, 413}
BARE = {404, 409, 413, 415}


def complaint(request, status, headers, body):
    """Say what is wrong with an answer, empty when it is as documented."""
    media = headers.get("Content-Type", "")
    if status >= 500:
        return "5xx"
    if status < 400:
        return "" if status in (200, 201, 202) else "undocumented status"
    if request.method == "HEAD" or (not body and status in EMPTY):
        return ""
    if "%00" in request.path.partition("?")[0]:
        return "" if status == 400 and not body else "not refused by the host"
    if request.path.startswith(REPORTS) and status == 400:
        return "" if media.startswith("text/plain") and body else "not a plain reason"
    if media != JSON:
        return f"media type {media}"
    problem = json.loads(body)
    if status == 401 and set(problem) == {"error"}:
        return ""
    if problem.get("status") != status or not TRACE_ID.fullmatch(problem.get("traceId", "")):
        return "not a problem"
    named = {"type", "title", "status", "traceId"}
    errors = problem.get("errors", {})
    if status == 400:
        is_right = (
            set(problem) == named | {"errors"}
            and errors
            and all(
                isinstance(key, str) and messages and all(isinstance(text, str) for text in messages)
                for key, messages in errors.items()
            )
        )
    elif "code" in problem:
        is_right = set(problem) == named | {"code", "errorCode", "statusDescription"} and status in (
            404,
            422,
            503,
        )
    else:
        is_right = set(problem) == named and status in BARE
    return "" if is_right else "not the documented shape"


async def send(session, base, tokens, request: Request):
    headers = list(request.headers)
    if request.scope is not None and not any(name == "Authorization" for name, _ in headers):
        headers.append(("Authorization", f"Bearer {tokens[request.scope]}"))
    url = URL(base + request.path, encoded=True)
    skipped = {"Content-Type", "Accept", "User-Agent"}
    async with session.request(
        request.method,
        url,
        data=request.body,
        headers=headers,
        skip_auto_headers=skipped,
        allow_redirects=False,
    ) as answer:
        return answer.status, answer.headers, await answer.read()


def bombs():
    """Yield bodies that are small for what reading them could take."""
    start = b'{"subject": "x", "body": "x", "recipients": ['
    for item in (b"{}", b"1", b"[]", b'{"emailAddress": "x"}', b'"x"'):
        yield start + b",".join([item] * (8_000_000 // (len(item) + 1))) + b"]}"
        yield start + b",".join([item] * 90_000) + b"]}"
    yield b'{"a":' * 5_000_000
    yield b"[" * 20_000_000
    yield b'{"a": "' + b"\\u00e6" * 4_000_000 + b'"}'
    yield b"1" * 20_000_000


def memory_kib(pid, field="VmRSS"):
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields[field].split()[0])


async def test_bad_input_is_refused_as_documented(cloud, owner):
    tokens = {
        scope: personal(cloud.token(org=owner.org, scope=scope)) for scope in (CREATE, COMPOSED, SUPPORT)
    }
    gateway = cloud.fixtures()["sms_report"]
    basic = aiohttp.encode_basic_auth(gateway["user"], personal(gateway["password"]))
    dead_before = {name: queue["deadLetter"] for name, queue in cloud.queues().items()}
    pid, complaints, statuses = cloud.processes[cloud.api_process], [], {}
    waiting = bad_requests(SEED, COUNT)

    async def work(session):
        for request in waiting:
            if request.path == REPORTS:
                request.headers.append(("Authorization", basic))
            try:
                status, headers, body = await send(session, cloud.api, tokens, request)
            except (aiohttp.ClientError, TimeoutError) as error:
                complaints.append(f"{request}: {error!r}")
                continue
            statuses[status] = statuses.get(status, 0) + 1
            if wrong := complaint(request, status, headers, body):
                complaints.append(f"{request}: {status} {wrong}: {body[:200]!r}")

    timeout = aiohttp.ClientTimeout(total=HANG_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        before = memory_kib(pid)
        await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))
    after = memory_kib(pid)
    _log.info("answers by status: %s; memory %d -> %d KiB", dict(sorted(statuses.items())), before, after)
    assert not complaints, "\n".join(complaints)
    assert sum(statuses.values()) == COUNT
    assert cloud.processes[cloud.api_process] == pid, "the process was replaced"
    assert after - before < MOST_GROWTH_KIB
    await asyncio.to_thread(wait_for_idle_queues, cloud, within=60)
    assert {name: queue["deadLetter"] for name, queue in cloud.queues().items()} == dead_before


def test_bodies_that_would_grow_are_refused(cloud, owner):
    """A megabyte of brackets must not become a gigabyte of objects, nor of messages."""
    pid = cloud.processes[cloud.api_process]
    for body in bombs():
        answer = owner.ask("POST", "/orders/email", data=body, headers={"Content-Type": "application/json"})
        errors_of(answer)
        assert len(answer.content) < 1_000_000
    peak = memory_kib(pid, "VmHWM")
    _log.info("memory at most %d KiB", peak)
    assert cloud.processes[cloud.api_process] == pid, "the process was replaced"
    assert peak < MOST_MEMORY_KIB
