"""Which worker a kill meets."""

import random
from collections import Counter

import pytest

from benchmarks.chaos.blows import one_of
from benchmarks.chaos.plan import plan_run

WORKERS = [f"worker-{name}" for name in ("send_sms", "advance_order", "send_email", "release_due")]


def test_every_worker_is_as_likely_as_the_others():
    steps = 1000
    counts = Counter(one_of(WORKERS, step / steps) for step in range(steps))
    assert counts == dict.fromkeys(WORKERS, steps / len(WORKERS))
    assert one_of(WORKERS, 1.0) in WORKERS


def test_order_in_which_the_workers_are_named_does_not_matter():
    shuffled = random.Random(1).sample(WORKERS, len(WORKERS))
    assert one_of(WORKERS, 0.6) == one_of(shuffled, 0.6)


@pytest.mark.parametrize("luck", [0.0, 0.5, 1.0])
def test_the_only_worker_is_always_met(luck):
    assert one_of(["worker"], luck) == "worker"


def test_strikes_of_a_plan_meet_different_workers():
    strikes = plan_run(1, 100, 30).strikes
    assert len({one_of(WORKERS, strike.luck) for strike in strikes}) == len(WORKERS)
