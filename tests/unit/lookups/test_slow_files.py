"""Files of one owner whose storage is slow, beside those of others."""

import asyncio

from shared.domain.orders.order import Attachment
from shared.lookups.attachments import EMAILS_AT_ONCE, FILES_AT_ONCE, HttpAttachments
from shared.lookups.http_client import HttpClient
from shared.ports.email import AttachmentProblem, FilesPutOff
from tests.support.peer import always, never, serving


async def test_slow_storage_of_one_owner_takes_nothing_from_others():
    http = HttpClient(public_only=True, insecure_local=True, threads=EMAILS_AT_ONCE * FILES_AT_ONCE)
    source = HttpAttachments(http, total_seconds=2)

    async def fetch(owner, url):
        files = [Attachment(f"{n}.pdf", "application/pdf", f"{url}/{n}") for n in range(2 * FILES_AT_ONCE)]
        async with source.fetched(files, owner=owner, max_bytes=1000) as fetched:
            return fetched

    try:
        async with serving(never) as slow, serving(always(200, b"file")) as good:
            greedy = [asyncio.create_task(fetch("greedy", slow.url)) for _ in range(100)]
            await asyncio.wait_for(slow.asked.wait(), 5)
            for owner in ("honest", "another"):
                assert [file.content for file in await fetch(owner, good.url)] == [b"file"] * 10
            put_off = [task.result() for task in greedy if task.done()]
            assert len(put_off) == 100 - 6, "they hold no place meanwhile"
            assert all(isinstance(one, FilesPutOff) and one.seconds >= 1 for one in put_off)
            left = set(await asyncio.gather(*greedy)) - set(put_off)
            assert left == {AttachmentProblem.UNAVAILABLE}
    finally:
        http.close()
