"""Entries come to a webhook in the order of their numbers, and all of them, whatever breaks on the way.

Processes append to the feed and deliver beside each other. Any of their calls may be lost or be the last one;
messages are lost, doubled and delivered to two processes at once; leases end while their holder still works;
the endpoint fails and recovers; its owner pauses, resumes and replays. In which order numbers come for the
first time is checked after every step, and at the end that none is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.webhooks.webhook import VISIT_EVERY, Pause
from shared.records import queues
from shared.records.messages import FeedNews
from shared.runtime.errors import NotificationsError
from tests.support.pipeline import broker
from tests.support.pipeline.process import Process
from tests.support.pipeline.webhooks import URL, news_of
from tests.support.pipeline.world import Fault, Receiver, VirtualClock, World, start_of_day

OWNER = "skd"
FAULTS = (
    *[Fault.NONE] * 6,
    Fault.BEFORE,
    Fault.AFTER,
    Fault.CONFLICT_AFTER,
    Fault.DIE_BEFORE,
    Fault.DIE_AFTER,
)
STATUSES = (200, 200, 500, 302, None, 410)
_pause = asyncio.sleep


async def _instantly(_: float, result: object = None) -> object:
    return await _pause(0, result)


class Life:
    """A world with two processes, an owner's webhook and its endpoint."""

    def __init__(self) -> None:
        self.world = World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))
        self.receiver = self.world.webhooks[URL] = Receiver()
        self.processes = [Process(self.world), Process(self.world)]
        self.news: list[FeedNews] = []
        self.ended = 0

    async def begin(self) -> None:
        made = await self.processes[0].app.manage_webhooks.create(OWNER, URL, None, None)
        self.webhook_id = str(made.webhook.item)

    async def carried_out(self, place: int, work: Callable[[Process], Awaitable[object]]) -> bool:
        """Run work on a process until it ends or the process dies; return whether it was done."""
        process = self.processes[place]
        task = asyncio.ensure_future(work(process))
        death = asyncio.ensure_future(process.died.wait())
        await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if self.processes[place] is process:
                self.processes[place] = Process(self.world)
            return False
        return not isinstance(task.exception(), NotificationsError) and not task.exception()

    async def append(self, count: int, place: int) -> None:
        """Let shipments end and append what has not been confirmed; that may be doubled."""
        now = self.world.clock.now()
        self.news += news_of(OWNER, range(self.ended, self.ended + count), now)
        self.ended += count
        news = list(self.news)

        async def append(process: Process) -> None:
            outcomes = await process.append_feed(news)
            self.news = [each for each, outcome in zip(news, outcomes, strict=True) if outcome is not None]
            await process.append_feed.removing.done()

        await self.carried_out(place, append)

    async def deliver(self, together: int, keep: bool) -> None:
        """Hand the first messages to processes at the same time; `keep` leaves doubles behind."""
        due = [m for m in broker.ready(self.world) if m.queue == queues.WEBHOOKS][:2]
        if not due:
            return
        handed = [due[place % len(due)] for place in range(1 + together)]
        done = await asyncio.gather(
            *(
                self.carried_out(place, lambda process, m=message: process.handle(m))  # type: ignore[misc]
                for place, message in enumerate(handed)
            )
        )
        for message, is_done in zip(handed, done, strict=True):
            if is_done and not keep and message in self.world.messages:
                self.world.messages.remove(message)

    async def owner(self, deed: str) -> None:
        manage = self.processes[0].app.manage_webhooks

        async def do(_: Process) -> None:
            match deed:
                case "pause":
                    await manage.pause(OWNER, self.webhook_id)
                case "resume":
                    await manage.resume(OWNER, self.webhook_id)
                case "rotate":
                    await manage.rotate(OWNER, self.webhook_id)
                case _:
                    seen = len(self.receiver.first_seen)  # a replay may also go forward, which would be a gap
                    await manage.replay(OWNER, self.webhook_id, 1 + seen // 2)

        await self.carried_out(0, do)

    def pass_seconds(self, seconds: int) -> None:
        self.world.clock.at += timedelta(seconds=seconds)
        self.world.real_time.at += timedelta(seconds=seconds)

    def check(self) -> None:
        """The numbers came without a gap and in order, but for repeats."""
        seen = self.receiver.first_seen
        assert seen == [*range(1, len(seen) + 1)]
        assert not self.world.broken_rules

    async def end(self) -> None:
        """Repair everything; within two visits of the agenda all entries have come."""
        self.world.faults = []
        self.receiver.status = 200
        await self.append(0, 0)
        state = (await self.processes[0].app.manage_webhooks.one(OWNER, self.webhook_id))[0]
        assert state.pause in (None, Pause.OWNER, Pause.GONE)
        if state.pause:
            await self.owner("resume")
        waits = (state.again_at or self.world.clock.at) - self.world.clock.at
        self.pass_seconds(max(0, int(waits.total_seconds()) + 1))
        for _ in range(2):
            self.pass_seconds(int(VISIT_EVERY.total_seconds()) + 1)
            await self.carried_out(0, lambda process: process.release_due())
            while any(m.queue == queues.WEBHOOKS for m in broker.ready(self.world)):
                await self.deliver(0, keep=False)
        assert self.receiver.first_seen == [*range(1, self.ended + 1)]


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 7), st.integers(0, 1)),
        st.tuples(st.just("deliver"), st.integers(0, 1), st.booleans()),
        st.tuples(st.just("pass"), st.sampled_from([1, 5, 50, 700]), st.just(0)),
        st.tuples(st.just("answer"), st.sampled_from(STATUSES), st.just(0)),
        st.tuples(st.just("owner"), st.sampled_from(["pause", "resume", "rotate", "replay"]), st.just(0)),
        st.tuples(st.just("lose"), st.just(0), st.just(0)),
        st.tuples(st.just("release"), st.integers(0, 1), st.just(0)),
    ),
    max_size=30,
)


async def _lives(steps: Sequence[tuple[str, object, object]], faults: Sequence[Fault]) -> None:
    life = Life()
    await life.begin()
    life.world.faults = list(faults)
    for step in steps:
        match step:
            case ("append", int(count), int(place)):
                await life.append(count, place)
            case ("deliver", int(together), keep):
                await life.deliver(together, keep=bool(keep))
            case ("pass", int(seconds), _):
                life.pass_seconds(seconds)
            case ("answer", status, _):
                life.receiver.status = status if isinstance(status, int) else None
            case ("owner", str(deed), _):
                await life.owner(deed)
            case ("release", int(place), _):
                await life.carried_out(place, lambda process: process.release_due())
            case _:
                life.world.messages.clear()
        life.check()
    await life.end()
    life.check()


def _run(steps: Sequence[tuple[str, object, object]], faults: Sequence[Fault]) -> None:
    with patch("asyncio.sleep", _instantly):
        asyncio.run(_lives(steps, faults))


@settings(max_examples=120, deadline=None)
@given(steps=_STEPS, faults=st.lists(st.sampled_from(FAULTS), max_size=60))
@example(
    steps=[("append", 5, 0), ("pass", 1, 0), ("deliver", 1, True), ("pass", 50, 0), ("deliver", 1, False)],
    faults=[Fault.AFTER] * 9,
)
def test_first_appearances_are_in_order_and_complete(
    steps: list[tuple[str, object, object]], faults: list[Fault]
) -> None:
    _run(steps, faults)


def test_a_process_may_end_at_every_single_call() -> None:
    steps = [("append", 3, 0), ("pass", 1, 0), ("deliver", 1, False), ("append", 2, 1), ("pass", 50, 0)]
    for fault in (Fault.DIE_BEFORE, Fault.DIE_AFTER, Fault.AFTER, Fault.CONFLICT_AFTER):
        for position in range(40):
            _run([*steps, ("deliver", 1, True)], [*[Fault.NONE] * position, fault])
