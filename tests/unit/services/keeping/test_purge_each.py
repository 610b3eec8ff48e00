"""Rows that are purged side by side: what becomes of those that are done, fail, or never will succeed."""

import asyncio
import logging

import pytest

from shared.ports.tables import RowOperationError
from shared.runtime.errors import TransientError
from shared.services.keeping.purge_each import settle, side_by_side


async def test_results_and_errors_come_in_the_order_of_the_items():
    error = TransientError("busy")

    async def act(item):
        await asyncio.sleep(0)
        if item == 2:
            raise error
        return item * 10

    assert await side_by_side([1, 2, 3], act, asyncio.Semaphore(2)) == [10, error, 30]


@pytest.mark.parametrize("places", [1, 3])
async def test_no_more_are_under_way_than_the_gate_admits(places):
    under_way, most = 0, 0

    async def act(_):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    await side_by_side(range(20), act, asyncio.Semaphore(places))
    assert most == places


class Feed:
    """Notes which rows it is told to leave and to set aside."""

    def __init__(self):
        self.left, self.aside = [], []

    async def settle(self, outcomes):
        async def leave(rows):
            self.left += rows

        async def set_aside(rows):
            self.aside += rows

        rows = [f"row-{number}" for number in range(len(outcomes))]
        await settle(rows, outcomes, leave=leave, set_aside=set_aside)


async def test_rows_that_are_done_are_left_and_others_stay():
    feed = Feed()
    await feed.settle([True, False, True])
    assert (feed.left, feed.aside) == (["row-0", "row-2"], [])


async def test_a_row_that_never_succeeds_is_set_aside_and_logged(caplog):
    feed = Feed()
    with caplog.at_level(logging.ERROR):
        await feed.settle([ValueError("no shipment"), True])
    assert (feed.left, feed.aside) == (["row-1"], ["row-0"])
    assert ["row-0" in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize("error", [TransientError("busy"), RowOperationError(0, 412)], ids=repr)
async def test_an_error_that_may_pass_is_raised_after_the_others_are_settled(error):
    feed = Feed()
    with pytest.raises(type(error)):
        await feed.settle([True, error, ValueError("no shipment"), True])
    assert (feed.left, feed.aside) == (["row-0", "row-3"], ["row-2"])


async def test_the_end_of_the_process_is_no_outcome():
    with pytest.raises(asyncio.CancelledError):
        await Feed().settle([asyncio.CancelledError()])
