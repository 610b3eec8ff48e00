"""Changes in one partition share a transaction, unless they are large; a slow one holds others up briefly."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.ports.tables import Insert, Merge, Operation, RowOperationError
from shared.storage.access.shared_changes import SharedChanges
from tests.support.virtual_time import run_virtually


class Slow:
    """A store whose transactions take half a second each; refuses rows called `taken`."""

    def __init__(self, *, stuck: str = "") -> None:
        self.transactions: list[list[str]] = []
        self._stuck = stuck

    async def transact(self, _table: str, _partition: str, operations: Sequence[Operation]) -> list[str]:
        keys = [operation.row_key for operation in operations]
        self.transactions.append(keys)
        await asyncio.sleep(20 if self._stuck in keys else 0.5)
        if "taken" in keys:
            raise RowOperationError(keys.index("taken"), 409)
        return [f"etag-{key}" for key in keys]


async def changed(changes: SharedChanges, key: str, *beside: str, body: Any = b"") -> str:
    change = [Merge(key, {"Body": body}, "old"), *(Insert(each, {}) for each in beside)]
    return (await changes.apply("p", change))[0]


def test_changes_that_come_during_a_write_share_the_next_one():
    async def scenario() -> None:
        store = Slow()
        changes = SharedChanges(store, "T")
        first = asyncio.create_task(changed(changes, "a"))
        await asyncio.sleep(0.1)
        outcomes = await asyncio.gather(*(changed(changes, key, f"{key} beside") for key in "bcde"))
        assert await first == "etag-a"
        assert outcomes == [f"etag-{key}" for key in "bcde"]
        assert list(map(len, store.transactions)) == [1, 8]

    run_virtually(scenario())


def test_a_refused_change_leaves_the_others_and_names_its_own_operation():
    async def scenario() -> None:
        changes = SharedChanges(Slow(), "T")
        first = asyncio.create_task(changed(changes, "a"))
        await asyncio.sleep(0.1)
        b, c, d = await asyncio.gather(
            changed(changes, "b"),
            changed(changes, "c", "taken"),
            changed(changes, "d"),
            return_exceptions=True,
        )
        assert (await first, b, d) == ("etag-a", "etag-b", "etag-d")
        assert isinstance(c, RowOperationError)
        assert c.index == 1

    run_virtually(scenario())


def test_a_large_change_goes_alone_and_at_once():
    async def scenario() -> None:
        store = Slow()
        changes = SharedChanges(store, "T")
        first = asyncio.create_task(changed(changes, "a"))
        await asyncio.sleep(0.1)
        await changed(changes, "b", body=b"x" * 20_000)
        assert asyncio.get_running_loop().time() == pytest.approx(0.6)
        await first
        assert store.transactions == [["a"], ["b"]]

    run_virtually(scenario())


def test_a_write_that_is_stuck_holds_up_others_for_a_second():
    async def scenario() -> None:
        changes = SharedChanges(Slow(stuck="a"), "T")
        stuck = asyncio.create_task(changed(changes, "a"))
        await asyncio.sleep(0.1)
        assert await changed(changes, "b") == "etag-b"
        assert asyncio.get_running_loop().time() == pytest.approx(1.5)
        assert await stuck == "etag-a"

    run_virtually(scenario())
