"""A turn for large reads that nobody else waits for."""

import asyncio
from contextlib import AsyncExitStack

from shared.services.turns import Turn


def free_turn() -> Turn:
    """Return a new turn, free to take."""
    return Turn(asyncio.Lock(), asyncio.Semaphore(), AsyncExitStack())
