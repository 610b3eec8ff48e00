"""Files fetched from simulated Blob Storage: all of them or the reason why not, within time and memory."""

import asyncio
import contextlib
import logging

import pytest

from shared.domain.orders.order import Attachment
from shared.lookups.attachments import HttpAttachments
from shared.lookups.byte_budget import ByteBudget
from shared.lookups.http_client import HttpClient
from shared.ports.email import AttachmentProblem, FilesPutOff
from shared.runtime.logs import CHATTY

MB = 1024 * 1024
LINK = "se=2099-01-01T00:00:00Z&sp=r&sr=b&sig=very-secret"


@pytest.fixture
def source_of():
    clients = []

    def make(*, public_only=True, insecure_local=True, **options):
        clients.append(HttpClient(public_only=public_only, insecure_local=insecure_local, threads=16))
        return HttpAttachments(clients[-1], **options)

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def source(source_of):
    return source_of()


def file(cloud, name, link=LINK):
    return Attachment(name, "application/pdf", f"{cloud.url('platform', f'/blobs/{name}')}?{link}")


async def fetch(source, *files, max_bytes=7 * MB, owner="ttd"):
    async with source.fetched(files, owner=owner, max_bytes=max_bytes) as fetched:
        return fetched


async def requests_of(cloud):
    counted = (await cloud.control("GET", "/stats"))["requests"]
    return counted.get("blob.head", 0), counted.get("blob.get", 0)


async def test_files_come_in_order_with_the_senders_names_and_types(cloud, source):
    names = ["a.pdf", "b-300kb.pdf", "c-1mb.bin", "d.pdf", "e.pdf", "f.pdf", "g.pdf"]
    files = await fetch(source, *(file(cloud, name) for name in names))
    assert [f.filename for f in files] == names
    assert {f.mime_type for f in files} == {"application/pdf"}
    assert [len(f.content) for f in files] == [1024, 300 * 1024, MB, 1024, 1024, 1024, 1024]


async def test_no_files_cost_nothing(cloud, source):
    assert await fetch(source) == ()
    assert await requests_of(cloud) == (0, 0)


@pytest.mark.parametrize("names", [["huge-50mb.bin"], ["a-4mb.bin", "b-4mb.bin"]])
async def test_w25_what_is_too_large_is_measured_and_not_fetched(cloud, source, names):
    assert await fetch(source, *(file(cloud, name) for name in names)) is AttachmentProblem.TOO_LARGE
    assert await requests_of(cloud) == (len(names), 0)


async def test_storage_that_tells_no_size_is_read_up_to_the_limit(cloud, source):
    unsized = [file(cloud, "unsized-3mb.bin"), file(cloud, "unsized-2mb.bin")]
    assert [len(f.content) for f in await fetch(source, *unsized)] == [3 * MB, 2 * MB]
    assert await fetch(source, *unsized, max_bytes=4 * MB) is AttachmentProblem.TOO_LARGE
    assert await fetch(source, file(cloud, "unsized-50mb.bin")) is AttachmentProblem.TOO_LARGE


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("missing.pdf", LINK),
        ("forbidden.pdf", LINK),
        ("expired.pdf", "se=2021-01-01T00:00:00Z&sp=r&sr=b&sig=s"),
        ("unsigned.pdf", ""),
    ],
)
async def test_links_that_lead_to_nothing_are_told(cloud, source, name, link):
    files = (file(cloud, "ok.pdf"), file(cloud, name, link))
    assert await fetch(source, *files) is AttachmentProblem.LINK_INVALID


@pytest.mark.parametrize("target", ["blob.head", "blob.get"])
@pytest.mark.parametrize(
    "rule",
    [
        {"action": "status", "status": 503},
        {"action": "status", "status": 500},
        {"action": "status", "status": 429},
        {"action": "status", "status": 408},
        {"action": "disconnect"},
    ],
)
async def test_failures_that_may_pass_are_told_apart(cloud, source, target, rule):
    await cloud.fault(target=target, times=1, match={"to": "ok.pdf"}, **rule)
    files = (file(cloud, "first.pdf"), file(cloud, "ok.pdf"))
    assert await fetch(source, *files) is AttachmentProblem.UNAVAILABLE
    assert len(await fetch(source, *files)) == 2


@pytest.mark.parametrize("status", [302, 404, 410])
async def test_other_answers_mean_that_the_link_is_dead(cloud, source, status):
    await cloud.fault(target="blob.get", times=1, action="status", status=status)
    assert await fetch(source, file(cloud, "ok.pdf")) is AttachmentProblem.LINK_INVALID


async def test_time_is_limited_for_all_files_together(cloud, source_of):
    source = source_of(total_seconds=0.3)
    files = [file(cloud, f"slow{n}.pdf", f"{LINK}&seconds=20") for n in range(3)]
    async with asyncio.timeout(3):
        assert await fetch(source, *files) is AttachmentProblem.UNAVAILABLE


async def test_memory_is_shared_and_given_back(cloud, source_of):
    source = source_of(memory=ByteBudget(4 * 5 * MB))
    large = file(cloud, "large-4mb.bin")
    async with contextlib.AsyncExitStack() as stack:
        held = await stack.enter_async_context(source.fetched([large], owner="skd", max_bytes=7 * MB))
        assert len(held) == 1
        assert await fetch(source, large) == FilesPutOff(1.0)
        assert len(await fetch(source, file(cloud, "small.pdf"))) == 1
    assert len(await fetch(source, large)) == 1


async def test_only_public_addresses_are_reached_outside_a_local_cloud(cloud, source_of):
    source = source_of(insecure_local=False)
    assert await fetch(source, file(cloud, "ok.pdf")) is AttachmentProblem.LINK_INVALID
    https = Attachment("ok.pdf", "application/pdf", "https://127.0.0.1/blobs/ok.pdf?" + LINK)
    assert await fetch(source, https) is AttachmentProblem.LINK_INVALID
    assert await requests_of(cloud) == (0, 0)


async def test_links_are_in_no_log_and_no_representation(cloud, source, caplog):
    caplog.set_level(logging.DEBUG)
    for name in CHATTY:  # as the app does when it starts
        caplog.set_level(logging.WARNING, logger=name)
    files = [file(cloud, "kari-nordmann.pdf"), file(cloud, "missing.pdf")]
    assert await fetch(source, *files) is AttachmentProblem.LINK_INVALID
    shown = repr(files) + caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert caplog.records
    assert "very-secret" not in shown
    assert "kari-nordmann" not in caplog.text
