"""Waiting for something that another task or process does."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], within: float = 5.0) -> None:
    """Return as soon as `condition` holds; fails after `within` seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 -- conditions here look at state that signals nobody
            await asyncio.sleep(0.005)
