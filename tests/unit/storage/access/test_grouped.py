"""Group commit of rows: one refused change takes only itself out."""

from collections.abc import Sequence

from shared.ports.tables import Delete, Insert, Operation, RowOperationError
from shared.runtime.errors import PermanentError, UnavailableError
from shared.storage.access.grouped import transact_each


class Transactions:
    """Records transactions; refuses inserts of rows that exist."""

    def __init__(self, existing: set[str], *, down: bool = False, unreadable: str | None = None) -> None:
        self.existing = existing
        self.down = down
        self.unreadable = unreadable
        self.sizes: list[int] = []

    async def transact(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        if self.down:
            raise UnavailableError("down")
        keys = [operation.row_key for operation in operations]
        if self.unreadable in keys:
            raise PermanentError("a request with this row is refused as a whole")
        assert len(set(keys)) == len(keys) <= 100
        for index, operation in enumerate(operations):
            if isinstance(operation, Insert) and operation.row_key in self.existing:
                raise RowOperationError(index, 409)
        self.existing |= set(keys)
        self.sizes.append(len(operations))
        return [f"etag-{key}" for key in keys]


async def test_all_changes_share_one_transaction() -> None:
    store = Transactions(set())
    outcomes = await transact_each(store, "T", "p", [(Insert(str(n), {}),) for n in range(30)])
    assert outcomes == [[f"etag-{n}"] for n in range(30)]
    assert store.sizes == [30]


async def test_a_refused_change_fails_alone_and_names_its_own_operation() -> None:
    store = Transactions({"b2"})
    changes = [(Insert("a", {}),), (Insert("b1", {}), Insert("b2", {})), (Insert("c", {}),)]
    first, second, third = await transact_each(store, "T", "p", changes)
    assert (first, third) == (["etag-a"], ["etag-c"])
    assert isinstance(second, RowOperationError)
    assert (second.index, second.status) == (1, 409)
    assert "b1" not in store.existing


async def test_changes_of_one_row_go_into_transactions_in_order() -> None:
    store = Transactions(set())
    changes = [(Insert("a", {}),), (Delete("a"),), (Insert("b", {}),), (Delete("a"), Insert("d", {}))]
    outcomes = await transact_each(store, "T", "p", changes)
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    assert store.sizes == [2, 1, 2]


async def test_a_transaction_holds_at_most_a_hundred_operations() -> None:
    store = Transactions(set())
    changes = [(Delete(f"o{n}"), Insert(f"n{n}", {})) for n in range(70)]
    await transact_each(store, "T", "p", changes)
    assert store.sizes == [100, 40]


async def test_when_storage_is_down_every_change_learns_it() -> None:
    outcomes = await transact_each(Transactions(set(), down=True), "T", "p", [(Delete("a"),), (Delete("b"),)])
    assert [type(outcome) for outcome in outcomes] == [UnavailableError, UnavailableError]


async def test_a_change_for_which_the_whole_request_is_refused_fails_alone() -> None:
    store = Transactions(set(), unreadable="b")
    changes = [(Insert(key, {}),) for key in "abc"]
    first, second, third = await transact_each(store, "T", "p", changes)
    assert (first, third) == (["etag-a"], ["etag-c"])
    assert isinstance(second, PermanentError)


async def test_a_transaction_holds_at_most_what_a_request_may_have() -> None:
    store = Transactions(set())
    large, small = {"Body": b"x" * 1_000_000}, {"Body": b"x" * 100_000}
    changes = [(Insert(f"r{n}", small if n == 4 else large),) for n in range(6)]
    outcomes = await transact_each(store, "T", "p", changes)
    assert outcomes == [[f"etag-r{n}"] for n in range(6)]
    assert store.sizes == [3, 3]


async def test_a_change_that_is_too_large_by_itself_still_goes_alone() -> None:
    store = Transactions(set())
    changes = [(Insert(f"r{n}", {"Body": b"x" * 5_000_000}),) for n in range(2)]
    await transact_each(store, "T", "p", changes)
    assert store.sizes == [1, 1]
