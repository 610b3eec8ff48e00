"""What it costs when several processes send at full rate under one limit, and how close they come to it."""

import asyncio
from bisect import bisect_left
from datetime import timedelta
from random import Random

import pytest

from shared.domain.sending.provider_limits import Limit
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.provider_states import ProviderStates
from tests.support.provider_row import LoopClock, SlowTable
from tests.support.virtual_time import run_virtually

WORKERS = 4
LATENCY = 0.01
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Senders:
    """Processes that send single messages; `sent` says when each of them left."""

    def __init__(self, limit, latency=LATENCY, workers=WORKERS, claim=0.0):
        self.workers = workers
        self.claim = claim  # seconds that a claim takes at most, between the permit and the call
        self.in_vain = 0  # claims
        self.table = SlowTable(Random(1), latency)
        self.limit = limit
        self.sent = []
        self.put_off = 0

    def run(self, rate, seconds):
        run_virtually(self._run(rate, seconds))

    async def _run(self, rate, seconds):
        states = ProviderStates(self.table, "sms", [self.limit.name])
        processes = [
            PermitCalls(states=states, limits=[self.limit], clock=LoopClock()) for _ in range(self.workers)
        ]
        random = Random(2)
        arrivals = [random.uniform(0, seconds) for _ in range(rate * seconds)]
        await asyncio.gather(*(self._send(at, processes, random) for at in arrivals))

    async def _send(self, at, processes, random):
        await asyncio.sleep(at)
        clock, waited = LoopClock(), False
        while True:
            process = random.choice(processes)
            permit = await process(1, waited=waited)
            if permit.calls:
                await asyncio.sleep(random.uniform(0, self.claim))
                permit = await process.renewed(permit, 1)
                if permit.calls:
                    self.sent.append(clock.now())
                    return
                self.in_vain += 1
            self.put_off += 1
            waited = True
            wait = 0.0 if permit.again_at is None else (permit.again_at - clock.now()).total_seconds()
            await asyncio.sleep(max(0.0, wait) + random.uniform(0, 0.3))  # copies arrive late

    def most_in_a_window(self):
        """Return the most that left in a window of the limit, at any position."""
        sent = sorted(self.sent)
        return max(bisect_left(sent, start + self.limit.window) - number for number, start in enumerate(sent))

    @property
    def calls_per_send(self):
        return self.table.calls / len(self.sent)

    @property
    def of_possible(self):
        """The rate that was reached, as part of what the turns of the limit allow."""
        span = max(self.sent) - min(self.sent)
        return len(self.sent) * self.limit.interval / span


@pytest.mark.parametrize(
    ("limit", "rate"),
    [
        (Limit("Second", 2000, SECOND), 1000),
        (Limit("Second", 5000, SECOND), 1000),
        (Limit("Minute", 30_000, MINUTE), 400),
        (Limit("Minute", 90_000, MINUTE), 1000),
    ],
    ids=str,
)
def test_under_a_generous_limit_a_send_costs_a_tenth_of_a_call(limit, rate):
    senders = Senders(limit)
    senders.run(rate, 5)
    assert len(senders.sent) == rate * 5
    assert senders.calls_per_send < 0.1
    assert senders.put_off == 0


def test_at_the_limit_senders_share_it_without_getting_in_each_others_way():
    senders = Senders(Limit("Second", 1000, SECOND))
    senders.run(1000, 6)
    assert len(senders.sent) == 6000
    assert senders.calls_per_send < 0.2
    assert senders.of_possible > 0.9
    assert senders.put_off < 1.2 * len(senders.sent), "who waited finds a turn when it is told to come"


def test_under_a_narrow_limit_nothing_is_kept_from_others():
    senders = Senders(Limit("Second", 100, SECOND))
    senders.run(30, 20)  # half of what its turns allow
    assert len(senders.sent) == 600
    assert senders.put_off < 60


def test_a_claim_that_takes_longer_than_a_permit_lasts_is_not_in_vain():
    senders = Senders(Limit("Second", 100, SECOND), claim=0.5)
    senders.run(40, 20)
    assert len(senders.sent) == 800
    assert senders.in_vain < 20, "most wait for the next turn; before, 93 were in vain"
    assert senders.most_in_a_window() <= 100


@pytest.mark.parametrize("latency", [0.2, 0.4])
def test_with_a_table_slower_than_a_permit_lasts_messages_leave_all_the_same(latency):
    senders = Senders(Limit("Second", 100, SECOND), latency=latency, workers=1)
    senders.run(10, 20)
    assert len(senders.sent) == 200
    assert senders.put_off == 0, "before, 434 claims were in vain, and the last SMS left after 41 seconds"
    assert senders.most_in_a_window() <= 100
