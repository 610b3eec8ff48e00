"""Whatever call of a purge is lost, refused or applied without being confirmed, the next runs finish it."""

import asyncio
from datetime import timedelta
from unittest.mock import patch

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.orders.notification import SmsResult
from shared.domain.orders.order import (
    ChainRequest,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.ports.tables import RowOperationError
from shared.records.codec import unpack
from shared.runtime.errors import NotificationsError
from shared.storage import keys
from shared.storage.feed.feed_pack import MARKERS
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import Fault, VirtualClock, World, email_report, sms_report, start_of_day

CONTENT, EVERYTHING = timedelta(days=90), timedelta(days=365)
SECRETS = ("hemmelig", "+4791700", "@example.no", "dialog-7")
LOSSES = (Fault.NONE, Fault.BEFORE, Fault.AFTER, Fault.CONFLICT_AFTER)
MANY = 7
PER_PAGE = 3

_no_pause = asyncio.sleep


async def _instantly(_: float, result: object = None) -> object:
    return await _no_pause(0, result)


def new_world():
    return World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))


def order(world, recipients, **more):
    values = {
        "senders_reference": "sak-1",
        "email": EmailTemplate("noreply@example.com", "hemmelig", "hemmelig {{code}}"),
        "sms": SmsTemplate("Altinn", "hemmelig {{code}}"),
        "sending_time_policy": SendingTimePolicy.ANYTIME,
    }
    return OrderRequest(
        OrderType.NOTIFICATION, world.clock.now(), ChannelSchema.EMAIL_AND_SMS, recipients, **(values | more)
    )


def people(count):
    fields = {"code": "hemmelig"}
    return tuple(Recipient(f"p{n}@example.no", f"+4791700{n:03d}", fields=fields) for n in range(count))


async def closed_world(world):
    """Place a chain with a dialog and a large order, and let both end."""
    process = Process(world)
    chain = ChainRequest(order(world, people(1)), (), "id-1", dialog_id="dialog-7", transmission_id="sending")
    receipt = await process.place("ttd", chain)
    await process.place("ttd", ChainRequest(order(world, people(MANY), senders_reference="sak-2")))
    while world.messages:
        await process.handle(world.messages.pop(0))
    at = world.clock.now()
    world.messages += [sms_report(reference, SmsResult.DELIVERED, at) for reference in world.references]
    world.messages += [email_report(operation, "Delivered") for operation in world.email_operations]
    while world.messages:
        await process.handle(world.messages.pop(0))
    return process, chain, receipt


def purge(world):
    return Process(world, content_retention=CONTENT, metadata_retention=EVERYTHING).purge


def rows_of(world, *tables):
    return {key: row for key, row in world.tables.rows.items() if key[0] in tables}


def text_of(world):
    """Return everything that is stored, readable."""
    rows = world.tables.rows.values()
    texts = [text for row in rows for text in (row.partition_key, row.row_key)]
    columns = [column for row in rows for column in row.columns.items()]
    values = [value for name, value in columns if name not in MARKERS]  # ids, which are no JSON
    return "\n".join([*texts, *map(_readable, values)])


def _readable(value):
    if not isinstance(value, bytes) or not value:
        return str(value)
    packed = value[1:] if value[0] == 1 else value  # one column of a value that may have several
    return orjson.dumps(unpack(packed)).decode()


async def run_through(world, process, faults):
    """Run with the faults, then until nothing fails any more."""
    world.faults = list(faults)
    for _ in range(len(faults) + 2):
        try:
            await purge(world)()
        except (NotificationsError, RowOperationError):
            continue
    world.faults = []
    await purge(world)()


async def lives(faults):
    world = new_world()
    process, chain, receipt = await closed_world(world)
    assert len(rows_of(world, keys.NOTIFICATION_LOG)) == 2
    assert any("P003" in row_key for _, _, row_key in world.tables.chains())
    assert all(secret in text_of(world) for secret in SECRETS)
    world.clock.at += CONTENT + timedelta(days=40)
    await run_through(world, process, faults)
    assert not [
        secret for secret in SECRETS[:3] if secret in text_of(world).replace("noreply@example.com", "")
    ]
    assert rows_of(world, keys.NOTIFICATION_LOG, keys.GATEWAY_REFERENCES, keys.BY_RECIPIENT).keys() <= {
        (keys.BY_RECIPIENT, "!", "!")
    }
    repeat = await process.place("ttd", chain)
    assert (repeat.created, repeat.shipments) == (False, receipt.shipments)
    world.clock.at += EVERYTHING
    await run_through(world, process, faults)
    (tombstone,) = world.tables.chains().values()
    assert tombstone.columns["Tombstone"] is True
    assert rows_of(world, keys.WITHDRAWN_ORDERS) == {}
    assert not world.tables.index()
    left = {row_key for _, _, row_key in rows_of(world, keys.STATUS_FEED)}
    assert left == {keys.FEED_HEAD, "ttd"}
    repeat = await process.place("ttd", chain)
    assert (repeat.created, repeat.shipments) == (False, receipt.shipments)
    assert world.messages == []


def run(faults):
    with (
        patch("asyncio.sleep", _instantly),
        patch("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", PER_PAGE),
    ):
        asyncio.run(lives(faults))


@pytest.mark.parametrize("fault", LOSSES)
def test_every_call_may_fail_once(fault):
    for position in range(0, 60, 3):
        run([Fault.NONE] * position + [fault])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(LOSSES), max_size=40))
def test_any_calls_may_fail(faults):
    run(faults)
