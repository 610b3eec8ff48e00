"""Providers away for hours, and backlogs under a limit: everybody is written to, once, and in time."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shared.domain.orders.notification import EmailResult, SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.sending.provider_limits import Limit, ProviderState
from shared.ports.sending import SendOutcome, SendStatus
from shared.records.shipment_rows import state_of
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.provider_states import ProviderStates
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.world import Outage
from tests.support.virtual_time import run_virtually

HOUR = timedelta(hours=1)
LIFETIME = timedelta(hours=48)
AGENDA_STEP = timedelta(minutes=5)
SENT = {EmailResult.SENDING, EmailResult.SUCCEEDED, SmsResult.ACCEPTED}
# pauses that end at 15 minutes: this many probes fit into ten hours, and a few come before the first pause
PROBES_IN_TEN_HOURS = 52


def order(world: w.World, channel: Channel, number: int) -> OrderRequest:
    is_email = channel is Channel.EMAIL
    return OrderRequest(
        OrderType.NOTIFICATION,
        world.clock.now(),
        ChannelSchema.EMAIL if is_email else ChannelSchema.SMS,
        (Recipient(f"kari{number}@example.no") if is_email else Recipient(mobile_number=f"+479{number:07}"),),
        email=EmailTemplate("from@example.no", "hei", "hei"),
        sms=SmsTemplate(SendingTimePolicy.ANYTIME.value, "hei"),
        sending_time_policy=SendingTimePolicy.ANYTIME,
    )


class Run:
    """Time passes; what is due is delivered in any order, by one of several processes."""

    def __init__(self, processes: int, random: Random) -> None:
        clock = w.VirtualClock(w.start_of_day())
        self.world = w.World(clock, clock)
        self.processes = [Process(self.world) for _ in range(processes)]
        self.random = random

    @property
    def process(self) -> Process:
        return self.random.choice(self.processes)

    async def place(self, channel: Channel, count: int, doubled: float = 0.0) -> None:
        for number in range(count):
            await self.process.place("ttd", ChainRequest(order(self.world, channel, number)))
        doubles = [message for message in self.world.messages if self.random.random() < doubled]
        self.world.messages += doubles

    async def pass_time(self, until: datetime) -> None:
        world, visit = self.world, self.world.clock.now() + AGENDA_STEP
        while world.clock.now() < until:
            times = [m.scheduled_at or world.clock.now() for m in world.messages]
            world.clock.at = max(world.clock.at, min([visit, until, *times]))
            if world.clock.now() >= visit:
                await self.process.release_due()
                visit += AGENDA_STEP
            await self.deliver_due()

    async def deliver_due(self) -> None:
        world = self.world
        while True:
            now = world.clock.now()
            due = [m for m in world.messages if m.scheduled_at is None or m.scheduled_at <= now]
            if not due:
                return
            world.messages[:] = [m for m in world.messages if m.scheduled_at and m.scheduled_at > now]
            self.random.shuffle(due)
            for message in due:
                await self.process.handle(message)

    def results(self) -> Counter[str]:
        rows = self.world.tables.chains().values()
        return Counter(n.result for row in rows for n in state_of(row).notifications)


@given(
    channel=st.sampled_from(Channel),
    outage=st.sampled_from(Outage),
    count=st.integers(1, 12),
    processes=st.integers(1, 3),
    doubled=st.sampled_from([0.0, 0.5]),
    hours=st.sampled_from([1, 10]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_after_an_outage_everybody_is_written_to_once(
    channel, outage, count, processes, doubled, hours, seed
):
    async def run() -> None:
        here = Run(processes, Random(seed))
        world = here.world
        world.outages[channel] = outage
        await here.place(channel, count, doubled)
        end = world.clock.now() + hours * HOUR
        await here.pass_time(end)
        requests = world.requests[channel]
        assert requests <= PROBES_IN_TEN_HOURS * max(1, hours / 10)
        assert world.sms_lost_answers.total() <= requests
        assert max(world.sms_lost_answers.values(), default=0) <= 1
        del world.outages[channel]
        await here.pass_time(end + timedelta(minutes=40))
        results = here.results()
        assert (results.total(), set(results) - SENT) == (count, set())
        sent = world.emails if channel is Channel.EMAIL else world.sms_calls
        assert list(sent.values()) == [1] * count

    run_virtually(run())


@pytest.mark.parametrize("outage", [Outage.TIMEOUT, Outage.SETTINGS])
@pytest.mark.parametrize("channel", Channel)
def test_an_outage_that_outlasts_the_messages_ends_them_with_that_reason(channel, outage):
    async def run() -> None:
        here = Run(1, Random(1))
        here.world.outages[channel] = outage
        await here.place(channel, 3)
        placed_at = here.world.clock.now()
        await here.pass_time(placed_at + LIFETIME)
        assert not here.results()["Failed_TTL"]
        await here.pass_time(placed_at + LIFETIME + HOUR)
        assert here.results() == {"Failed_TTL": 3}

    run_virtually(run())


class Hanging:
    """A provider that takes calls and answers none of them in time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.doubts = self.probes = 0

    async def __call__(self, probe: bool) -> SendOutcome:
        self.probes += probe
        await asyncio.sleep(self.seconds)
        self.doubts += 1
        return SendOutcome(SendStatus.IN_DOUBT)


class LoopClock:
    def now(self) -> datetime:
        return datetime(2031, 5, 5, 10, tzinfo=UTC) + timedelta(seconds=asyncio.get_running_loop().time())


@pytest.mark.parametrize("workers", [1, 8, 32])
@pytest.mark.parametrize("processes", [1, 4])
def test_calls_in_doubt_are_those_under_way_and_the_probes(workers, processes):
    """Workers of several processes take one message after the other, as long as the outage lasts."""
    provider, hours = Hanging(30), 10

    async def run() -> None:
        clock, tables = LoopClock(), w.MemoryTables()
        store = Store(
            QuietReach(w.World(w.VirtualClock(clock.now()), w.VirtualClock(clock.now()), tables=tables))
        )
        callers = [
            PermitCalls(states=ProviderStates(store, "sms", []), limits=(), clock=clock)
            for _ in range(processes)
        ]

        async def work(permit_calls: PermitCalls) -> None:
            while clock.now() < start + hours * HOUR:
                permit = await permit_calls(1, waited=True)
                if permit.calls and (permit := await permit_calls.renewed(permit, 1)).calls:
                    await permit_calls.note(permit, await provider(permit.probe is not None))
                else:
                    await asyncio.sleep(max(0.1, (permit.again_at - clock.now()).total_seconds()))

        start = clock.now()
        await asyncio.gather(*(work(permit_calls) for permit_calls in callers for _ in range(workers)))

    run_virtually(run())
    assert provider.doubts <= workers * processes + provider.probes
    assert provider.probes <= 4 + PROBES_IN_TEN_HOURS, "the first four are ten seconds apart"


class QuietReach:
    """A process whose calls never fail."""

    def __init__(self, world: w.World) -> None:
        self.world = world
        self.calls: list[str] = []

    async def reach(self) -> w.Fault:
        await asyncio.sleep(0)
        return w.Fault.NONE

    async def come_back(self, fault: w.Fault) -> None:
        pass


class CountedPermits(PermitCalls):
    """Counts the turns it gives away, and the places in the queue."""

    turns_taken = 0
    places_taken = 0

    def _granted(self, state: ProviderState, asks):
        state, (usable_from, permits, stock) = super()._granted(state, asks)
        self.turns_taken += sum(permit.calls for permit in permits) + stock.calls
        self.places_taken += sum(permit.again_at is not None for permit in permits)
        return state, (usable_from, permits, stock)


@pytest.mark.parametrize(
    ("channel", "count", "calls", "stands_still"),
    [
        (Channel.EMAIL, 1000, 100, timedelta(0)),
        (Channel.EMAIL, 200, 20, 2 * HOUR),
        (Channel.SMS, 200, 20, timedelta(0)),
        (Channel.SMS, 200, 20, 2 * HOUR),
    ],
)
def test_a_burst_beyond_the_limit_takes_as_long_as_the_limit_says(channel, count, calls, stands_still):
    """Ten hours' worth of messages, whose send messages came several times."""
    limit = Limit("Hour", calls, HOUR)

    async def run() -> None:
        here = Run(1, Random(5))
        world, process = here.world, here.processes[0]
        sender = process.email_calls if channel is Channel.EMAIL else process.sms_calls
        sender.permits = permit_calls = CountedPermits(
            states=ProviderStates(Store(process), channel.value, [limit.name]),
            limits=[limit],
            clock=world.clock,
        )
        await here.place(channel, count)
        placed_at = world.clock.now()
        late = [
            replace(message, scheduled_at=placed_at + stands_still + timedelta(minutes=minutes))
            for message in world.messages
            for minutes in (0, 2, 6, 18, 54)
        ]
        world.messages[:] = late
        await here.pass_time(placed_at + stands_still + 11.2 * HOUR)
        sent = world.emails if channel is Channel.EMAIL else world.sms_calls
        assert list(sent.values()) == [1] * count
        assert permit_calls.turns_taken == count
        assert permit_calls.places_taken <= count

    run_virtually(run())
