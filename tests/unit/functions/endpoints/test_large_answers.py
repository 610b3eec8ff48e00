"""An answer about a large order waits for its owner's turn before the pages are read."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import azure.functions as func
import pytest

from functions import answers
from functions.endpoints import v1_orders, v2_orders
from shared.auth.caller import Caller
from shared.domain.orders.order import ChainRequest, Recipient
from shared.runtime.errors import UnauthenticatedError
from shared.storage.keys import REFERENCE
from tests.support.pipeline.orders import sms
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

RECIPIENTS = 2200
READS = [
    v1_orders.find_v1_orders,
    v1_orders.read_v1_order_by_id,
    v1_orders.list_v1_sms,
    v2_orders.read_shipment,
    v2_orders.read_trace,
]


@pytest.fixture
async def large(world, monkeypatch):
    """The app, and the id of a large order."""

    async def authorize(_headers, policy):
        if policy is v2_orders.SUPPORT:
            raise UnauthenticatedError("no login")
        return Caller("ttd")

    async def running_app():
        return app

    process = Process(world)
    app = replace(process.app, authorizer=SimpleNamespace(authorize=authorize))
    monkeypatch.setattr(answers, "running_app", running_app)
    recipients = tuple(Recipient(mobile_number=f"+479{number:07}") for number in range(RECIPIENTS))
    at = world.clock.now() + timedelta(days=1)
    order = replace(
        sms(world.clock.now()), requested_send_at=at, recipients=recipients, senders_reference="ref"
    )
    receipt = await process.place("ttd", ChainRequest(order))
    return app, receipt.shipments[0][0]


@pytest.mark.parametrize("handle", READS, ids=lambda handle: handle.__name__)
async def test_it_waits_for_the_turn_of_its_owner(large, monkeypatch, handle):
    app, order_id = large
    queries, query = [], Store.query

    async def counted(self, table, *rest, **more):
        queries.append(more["above"])
        return await query(self, table, *rest, **more)

    url = "http://localhost/?sendersReference=ref"
    request = func.HttpRequest("GET", url, body=b"", route_params={"id": order_id})
    async with app.answer_turns.of("ttd") as turn:
        await turn.take()
        monkeypatch.setattr(Store, "query", counted)
        answering = asyncio.create_task(answers.answer(request, handle))
        for _ in range(500):
            await asyncio.sleep(0)
        assert not answering.done()
        assert all(above.startswith(REFERENCE) for above in queries)  # the list has found its orders
    assert (await answering).status_code == 200
    assert len(queries) > 0
    async with app.answer_turns.of("ttd") as turn:  # given back
        await asyncio.wait_for(turn.take(), 1)
