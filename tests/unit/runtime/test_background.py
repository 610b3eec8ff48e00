"""Work in the background: it goes on after its caller, is bounded, and tells its failures."""

import asyncio

from shared.runtime.background import Background


async def test_work_goes_on_after_its_caller():
    background, goes_on, seen = Background(), asyncio.Event(), []

    async def work():
        await goes_on.wait()
        seen.append("done")

    await background.start(work())
    assert not seen
    goes_on.set()
    await background.done()
    assert seen == ["done"]


async def test_caller_waits_while_too_much_is_under_way():
    background, goes_on = Background(), asyncio.Event()
    under_way = most = 0

    async def work():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await goes_on.wait()
        under_way -= 1

    async def start_many():
        for _ in range(1000):
            await background.start(work())

    starting = asyncio.create_task(start_many())
    await asyncio.sleep(0.01)
    assert not starting.done()
    goes_on.set()
    await starting
    await background.done()
    assert (under_way, most) == (0, 200)


async def test_failure_is_logged_and_disturbs_nobody(caplog):
    background, seen = Background(), []

    async def fail():
        raise ValueError("in vain")

    async def work():
        seen.append("done")

    await background.start(fail())
    await background.start(work())
    await background.done()
    assert seen == ["done"]
    (record,) = caplog.records
    assert "in vain" in str(record.exc_info[1])
