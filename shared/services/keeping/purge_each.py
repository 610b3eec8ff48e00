"""Purges rows side by side; a row that cannot be purged stops no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from shared.ports.tables import RowOperationError
from shared.runtime.errors import NotificationsError

_log = logging.getLogger(__name__)


async def side_by_side[ItemT, ResultT](
    items: Iterable[ItemT], act: Callable[[ItemT], Awaitable[ResultT]], gate: asyncio.Semaphore
) -> list[ResultT | BaseException]:
    """Act on all items, as many at a time as the gate admits; return the result or the error of each."""

    async def one(item: ItemT) -> ResultT:
        async with gate:
            return await act(item)

    return await asyncio.gather(*map(one, items), return_exceptions=True)


async def settle[RowT](
    rows: Sequence[RowT],
    outcomes: Sequence[bool | BaseException],
    *,
    leave: Callable[[Sequence[RowT]], Awaitable[None]],
    set_aside: Callable[[Sequence[RowT]], Awaitable[None]],
) -> None:
    """Call `leave` with the rows that are done (True), `set_aside` with those that never will be.

    The others stay. An error that may pass is raised at the end.
    """
    done: list[RowT] = []
    hopeless: list[RowT] = []
    passing: BaseException | None = None
    for row, outcome in zip(rows, outcomes, strict=True):
        match outcome:
            case True:
                done.append(row)
            case False:
                pass
            case NotificationsError() | RowOperationError():
                passing = outcome
            case Exception():
                _log.error("a row cannot be purged and is set aside: %s", row, exc_info=outcome)
                hopeless.append(row)
            case _:
                raise outcome
    await leave(done)
    await set_aside(hopeless)
    if passing is not None:
        raise passing
