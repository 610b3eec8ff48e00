"""The log of a dialog: whose rows they are, and that no owner takes the place of another."""

import uuid
from datetime import UTC, datetime

import pytest

from shared.domain.orders.ended_shipment import ClosedShipment
from shared.domain.orders.order import OrderType
from shared.domain.orders.shipment import OrderStatus
from shared.ports.tables import Insert
from shared.records import codec
from shared.records.columns import split
from shared.storage.keys import NOTIFICATION_LOG, encode
from shared.storage.notification_log import MAX_ROWS, MAX_ROWS_EACH, NotificationLog
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store
from tests.support.pipeline.world import VirtualClock, World

NOW = datetime(2031, 5, 5, 10, tzinfo=UTC)
DIALOG = "5235b95c-e9b6-4ef0-8a67-372301000000"


def shipments(count):
    return [
        ClosedShipment(
            str(uuid.uuid4()), OrderType.NOTIFICATION, OrderStatus.COMPLETED, NOW, None, (), dialog_id=DIALOG
        )
        for _ in range(count)
    ]


@pytest.fixture
def store():
    clock = VirtualClock(NOW)
    return Store(Process(World(clock, clock)))


@pytest.fixture
def log(store):
    return NotificationLog(store)


@pytest.mark.parametrize("many", [MAX_ROWS_EACH - 1, MAX_ROWS_EACH, MAX_ROWS_EACH + 1, MAX_ROWS + 500])
async def test_no_owner_takes_the_place_of_another(log, many):
    honest = {"ttd": shipments(3), "aaa": shipments(1), "ttd2": shipments(MAX_ROWS_EACH), "zzz": shipments(2)}
    for owner, rows in honest.items():
        await log.add(owner, rows)
    before = await log.of_all_owners(DIALOG)
    for hostile in ("a", "brreg", "ttd1", "tte", "ttd_"):
        await log.add(hostile, shipments(many))
    after = await log.of_all_owners(DIALOG)
    for owner, rows in honest.items():
        expected = {row.shipment_id for row in rows}
        for told in (before, after):
            assert {row.shipment_id for sender, row in told if sender == owner} == expected
    for hostile in ("a", "brreg", "ttd1", "tte", "ttd_"):
        assert sum(sender == hostile for sender, _ in after) == min(many, MAX_ROWS_EACH)


async def test_an_owner_still_reads_a_thousand_rows_of_its_own(log):
    await log.add("ttd", shipments(MAX_ROWS + 1))
    await log.add("aaa", shipments(MAX_ROWS))
    told = await log.of_dialog(DIALOG, "ttd")
    assert len(told) == MAX_ROWS
    assert {owner for owner, _ in told} == {"ttd"}


@pytest.mark.parametrize("owner", ["ttd", "Skatteetaten", "Bl\u00e5 etat|x", "x" * 300])
async def test_rows_name_their_owner_as_it_is_written(log, owner):
    await log.add(owner, shipments(1))
    assert [sender for sender, _ in await log.of_all_owners(DIALOG)] == [owner]


async def test_rows_of_an_older_version_name_their_owner_by_their_key(store, log):
    (row,) = shipments(1)
    columns = split("Body", codec.pack(codec.CLOSED.dump(row)))
    key = f"{encode('ttd')}|{row.shipment_id}"
    await store.transact(NOTIFICATION_LOG, f"d|{DIALOG}", [Insert(key, columns)])
    assert await log.of_all_owners(DIALOG) == [("ttd", row)]
