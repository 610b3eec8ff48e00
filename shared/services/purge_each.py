"""Purges rows side by side, each with a fate of its own: one that cannot be treated stops no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from shared.errors import NotificationsError
from shared.ports import RowOperationError

_log = logging.getLogger(__name__)


async def purge_each[RowT](
    rows: Sequence[RowT],
    act: Callable[[RowT], Awaitable[None]],
    *,
    leave: Callable[[Sequence[RowT]], Awaitable[None]],
    set_aside: Callable[[Sequence[RowT]], Awaitable[None]],
) -> None:
    """Act on every row; `leave` those that are done, `set_aside` those that will never be.

    Raises what may pass, after that: the rows it happened to stay where they are.
    """
    errors = await asyncio.gather(*(act(row) for row in rows), return_exceptions=True)
    done: list[RowT] = []
    hopeless: list[RowT] = []
    passing: BaseException | None = None
    for row, error in zip(rows, errors, strict=True):
        match error:
            case None:
                done.append(row)
            case NotificationsError() | RowOperationError():
                passing = error
            case Exception():
                _log.error("cannot be purged and is set aside: %s", row, exc_info=error)
                hopeless.append(row)
            case _:
                raise error
    await leave(done)
    await set_aside(hopeless)
    if passing is not None:
        raise passing
