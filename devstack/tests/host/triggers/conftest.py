"""Pumps that end with the test."""

import pytest

from devstack.host.triggers.queue_pump import QueuePump


@pytest.fixture
async def start():
    """Start pumps that end with the test."""
    pumps = []

    def starter(receivers, consuming):
        waiting = iter(receivers)

        async def connect():
            receiver = next(waiting)
            if isinstance(receiver, Exception):
                raise receiver
            return receiver

        pumps.append(QueuePump("orders", connect, consuming))
        return pumps[-1]

    yield starter
    for pump in pumps:
        await pump.stop_taking()
