"""Attacks by senders through the endpoints that the service asks before it sends."""

import asyncio

from benchmarks.neighbours.condition_hosts import SLOW_SECONDS
from benchmarks.neighbours.field import OWNERS, Field, conditional_order

_HELD_SECONDS = 20.0


async def slow_conditions(field: Field) -> None:
    """400 orders of one owner, whose condition endpoint takes a minute."""
    bodies = [conditional_order(number, f"{field.hosts.base}/slow?{number}") for number in range(400)]
    await field.begin()
    await field.place(bodies, connections=8)
    await asyncio.sleep(_HELD_SECONDS)
    field.note(f"{field.hosts.asked.get('/slow', 0)} questions of {SLOW_SECONDS:.0f} s begun")


async def burst_of_conditions(field: Field) -> None:
    """2 000 orders of one owner, placed as fast as they are taken, whose endpoint answers at once."""
    bodies = [conditional_order(number, f"{field.hosts.base}/quick?{number}") for number in range(2000)]
    await field.begin()
    await field.place(bodies, connections=16)
    field.note(f"{field.hosts.asked.get('/quick', 0)} asked when the last was placed")
    await asyncio.sleep(_HELD_SECONDS / 2)


async def silent_name_servers(field: Field) -> None:
    """400 orders of one owner, each with a condition host of its own whose name server stays silent."""
    bodies = [conditional_order(number, f"http://silent{number}.example/") for number in range(400)]
    await field.begin()
    await field.place(bodies, connections=8)
    await asyncio.sleep(_HELD_SECONDS)


async def large_heads(field: Field) -> None:
    """64 orders of eight owners at once, whose condition endpoint answers 95 headers of 65 kB."""
    bodies = [conditional_order(number, f"{field.hosts.base}/heads?{number}") for number in range(64)]
    await field.begin()
    await field.place(bodies, connections=64, owners=OWNERS)
    await asyncio.sleep(_HELD_SECONDS)
    field.note(f"{field.hosts.asked.get('/heads', 0)} questions")
