"""The quota of an owner holds over all processes, however requests come."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.orders.order import ChainRequest, OrderRequest, Recipient
from shared.runtime.errors import TooManyRequestsError
from shared.services.placing import owner_quota
from shared.storage.keys import PROVIDER_STATES
from tests.support.pipeline.process import Process


def request(recipients=1, reminders=0):
    order = object.__new__(OrderRequest)
    object.__setattr__(order, "recipients", (Recipient(email_address="a@example.no"),) * recipients)
    return ChainRequest(order, (order,) * reminders)


async def placed(quotas, *requests, owner="ttd"):
    """Return how many of these are placed at once, by these processes in turn, and how long others wait."""
    outcomes = await asyncio.gather(
        *(quotas[n % len(quotas)](owner, each) for n, each in enumerate(requests)), return_exceptions=True
    )
    waits = [outcome.retry_after for outcome in outcomes if isinstance(outcome, TooManyRequestsError)]
    assert len(waits) == sum(outcome is not None for outcome in outcomes)
    return outcomes.count(None), waits


def quotas_of(world, processes, orders=0, recipients=0):
    settings = {"owner_orders_per_minute": orders, "owner_recipients_per_minute": recipients}
    return [Process(world, **settings).app.owner_quota for _ in range(processes)]


@pytest.mark.parametrize("processes", [1, 2, 5])
async def test_processes_share_one_quota(world, processes):
    quotas = quotas_of(world, processes, orders=30)
    count, waits = await placed(quotas, *[request()] * 100)
    assert count == 30
    assert {round(wait, 3) for wait in waits} == {2.0}
    world.real_time.at += timedelta(seconds=20)
    assert (await placed(quotas, *[request()] * 100))[0] == 10
    world.real_time.at += timedelta(days=1)
    assert (await placed(quotas, *[request()] * 100))[0] == 30


async def test_owners_have_quotas_of_their_own(world):
    quotas = quotas_of(world, 2, orders=5)
    names = ["ttd", "skd", "TTD", "owner|ttd", "t/d"]
    counts = await asyncio.gather(*(placed(quotas, *[request()] * 20, owner=name) for name in names))
    assert [count for count, _ in counts] == [5] * len(names)


async def test_recipients_and_reminders_count(world):
    quotas = quotas_of(world, 1, orders=100, recipients=1000)
    assert (await placed(quotas, request(200, reminders=3), request(200), request(1)))[0] == 2
    quotas = quotas_of(world, 1, orders=10)
    assert (await placed(quotas, *[request(reminders=4)] * 3, owner="skd"))[0] == 2


async def test_what_one_quota_refuses_uses_up_nothing_of_the_other(world):
    quotas = quotas_of(world, 1, orders=10, recipients=100)
    count, _ = await placed(quotas, request(100), *[request(100)] * 50)
    assert count == 1
    world.real_time.at += timedelta(seconds=60)
    assert (await placed(quotas, *[request(1)] * 50))[0] == 10


async def test_order_larger_than_the_quota_is_placed_and_then_paid_off(world):
    quotas = quotas_of(world, 1, recipients=1000)
    assert (await placed(quotas, request(5000), request(1)))[0] == 1
    world.real_time.at += timedelta(minutes=3, seconds=59)
    assert (await placed(quotas, request(1)))[0] == 0
    world.real_time.at += timedelta(seconds=2)
    assert (await placed(quotas, request(1)))[0] == 1


async def test_many_owners_are_not_remembered_for_ever(world, monkeypatch):
    monkeypatch.setattr(owner_quota, "_MAX_OWNERS", 3)
    [quota] = quotas_of(world, 1, orders=1)
    for number in range(10):
        await quota(f"org{number}", request())
    assert len(quota._owners) == 3  # noqa: SLF001  nothing else shows what is remembered
    with pytest.raises(TooManyRequestsError):
        await quota("org0", request())


async def test_row_of_a_clock_that_was_wrong_is_paid_off_within_a_day(world):
    [quota] = quotas_of(world, 1, orders=60)
    world.real_time.at += timedelta(days=3650)
    await quota("ttd", request())
    world.real_time.at -= timedelta(days=3650)
    with pytest.raises(TooManyRequestsError) as refusal:
        await quota("ttd", request())
    assert refusal.value.retry_after <= 86_401


async def test_quota_that_is_set_later_starts_whole(world):
    await placed(quotas_of(world, 1, orders=5), *[request()] * 5)
    both = quotas_of(world, 1, orders=5, recipients=10)
    assert (await placed(both, request()))[0] == 0
    world.real_time.at += timedelta(minutes=1)
    assert (await placed(both, request(10), request(1)))[0] == 1
    assert [key for key in world.tables.rows if key[0] == PROVIDER_STATES] == [
        (PROVIDER_STATES, "owner|ttd", "state")
    ]
