"""What the stores wait for, they wait in virtual time."""

from tests.support.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories():
    return {"virtual time": VirtualTimeLoop}
