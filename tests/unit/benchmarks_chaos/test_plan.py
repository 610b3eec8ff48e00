"""A seed stands for a plan, and the damage grows with the orders."""

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from benchmarks.chaos.orders import Kind, mark_in, order_mark, request
from benchmarks.chaos.plan import MOST_ORDERS, plan_run
from benchmarks.chaos.timeline import Blow, Part, plan_outages, plan_strikes
from benchmarks.chaos.webhooks.moods import SECONDS, Mood, mood_at
from devstack.simulators.faults.rules import FaultRule

KILLS = (Blow.KILL_HTTP, Blow.KILL_WORKER, Blow.KILL_QUEUES)
SIZES = [50, 200, 3000, MOST_ORDERS]
NOON = datetime(2031, 5, 5, 10, tzinfo=UTC)


def kills_of(plan):
    return sum(strike.blow in KILLS for strike in plan.strikes)


def damage(seed):
    chance = random.Random(seed)
    return plan_outages(chance, 300.0), plan_strikes(chance, 300.0, 60)


def test_seed_repeats_a_plan():
    assert plan_run(7, 100, None) == plan_run(7, 100, None)
    assert plan_run(7, 100, None) != plan_run(8, 100, None)


@pytest.mark.parametrize("orders", SIZES)
def test_every_kind_of_order_and_every_outage_is_in_every_run(orders):
    plan = plan_run(1, orders, None)
    kinds = Counter((order.channel, order.kind) for order in plan.orders)
    assert len(plan.orders) == 2 * orders
    assert {kind for channel, kind in kinds if channel == "email"} == set(Kind)
    assert {kind for channel, kind in kinds if channel == "sms"} == set(Kind) - {
        Kind.ORGANISATION,
        Kind.IDENTITY,
    }
    assert {outage.part for outage in plan.outages} == set(Part)
    assert all(outage.hours >= 1 for outage in plan.outages)


def test_blows_grow_with_the_orders():
    kills = [kills_of(plan_run(1, orders, None)) for orders in SIZES]
    assert kills == sorted(kills)
    assert kills[0] >= 9
    assert kills[-1] >= 50
    assert kills_of(plan_run(1, 200, 33)) == 33


@pytest.mark.parametrize("seed", range(50))
def test_business_time_of_a_run_costs_no_message_its_worth(seed):
    outages, strikes = damage(seed)
    jumps = [strike.seconds for strike in strikes if strike.blow is Blow.CLOCK_FORWARD]
    assert sum(outage.hours for outage in outages) + sum(jumps) / 3600 < 25  # of 48 hours


@pytest.mark.parametrize("orders", SIZES)
def test_faults_hit_one_order_each(orders):
    plan = plan_run(1, orders, None)
    owners = Counter(to for order in plan.orders for to in order.own_addresses)
    assert set(owners.values()) == {1}
    hit = [fault.rule["match"]["to"] for fault in plan.faults]
    assert len(hit) == len(set(hit))
    assert set(hit) <= set(owners)


def test_rules_are_ones_that_the_simulators_take():
    of_orders = [fault.rule for fault in plan_run(1, 50, None).faults]
    of_outages = [rule for seed in range(50) for outage in damage(seed)[0] for rule in outage.rules]
    assert {rule["action"] for rule in of_outages} >= {"unreachable", "refuse", "logon-failed", "timeout"}
    for rule in of_orders + of_outages:
        FaultRule.parse(rule)


def test_texts_of_every_order_lead_back_to_it():
    for order in plan_run(1, 200, None).orders:
        _, document = request(order, now=NOON, platform="http://127.0.0.1", attempt=3)
        main = document.get("recipient") or document
        assert order_mark(mark_in(str(main))) == order.mark
        assert mark_in(str(main)) == document["sendersReference"]
        for reminder in document.get("reminders", ()):
            assert mark_in(str(reminder["recipient"])) == reminder["sendersReference"]


@pytest.mark.parametrize("seed", range(5))
def test_the_endpoint_of_the_webhook_has_every_mood_and_is_good_at_last(seed):
    plan = plan_run(seed, 50, None)
    assert set(plan.moods) == set(Mood)
    assert {mood_at(plan.moods, seconds) for seconds in range(int(plan.seconds))} == set(Mood)
    assert mood_at(plan.moods, plan.seconds + SECONDS) is Mood.GOOD
