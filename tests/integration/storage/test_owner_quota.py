"""Processes that count the orders of one owner at the same time do not lose a count."""

import asyncio
import secrets

from shared.domain.orders.order import ChainRequest, ChannelSchema, OrderRequest, OrderType, Recipient
from shared.domain.sending.allowance import Allowance
from shared.runtime.errors import TooManyRequestsError
from shared.services.placing.owner_quota import ORDERS, RECIPIENTS, OwnerQuota
from shared.storage.keys import PROVIDER_STATES
from tests.support.pipeline.world import VirtualClock, start_of_day

TEN = (Recipient(email_address="kari@example.no"),) * 10
REQUEST = ChainRequest(OrderRequest(OrderType.NOTIFICATION, start_of_day(), ChannelSchema.EMAIL, TEN))


async def wait_of(process: OwnerQuota, owner: str) -> float:
    try:
        await process(owner, REQUEST)
    except TooManyRequestsError as refused:
        return refused.retry_after
    return 0.0


async def test_quota_holds_over_processes(store):
    await store.ensure_tables([PROVIDER_STATES])
    quotas = {ORDERS: Allowance(40, 60.0), RECIPIENTS: Allowance(1000, 60.0)}
    clock = VirtualClock(start_of_day())
    processes = [OwnerQuota(store=store, quotas=quotas, real_time=clock) for _ in range(3)]
    owners = [f"Ø/{secrets.token_hex(4)}" for _ in range(2)]

    async def place(owner: str) -> list[float]:
        return await asyncio.gather(*(wait_of(processes[number % 3], owner) for number in range(90)))

    for waits in await asyncio.gather(*map(place, owners)):
        assert waits.count(0) == 40
        assert {round(wait, 2) for wait in waits if wait} == {1.5}
