"""A world and a process for the tests of use cases; what they wait for, they wait in virtual time."""

import pytest

from tests.support.pipeline.process import Process
from tests.support.pipeline.world import VirtualClock, World, start_of_day
from tests.support.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories():
    return {"virtual time": VirtualTimeLoop}


@pytest.fixture
def world():
    """A world whose business time and real time begin at the same instant and are moved apart."""
    return World(VirtualClock(start_of_day()), VirtualClock(start_of_day()))


@pytest.fixture
def process(world):
    return Process(world)
