"""Large orders are computed beside the loop, which some tests measure: all of these run in real time."""

import asyncio


def pytest_asyncio_loop_factories():
    return {"real time": asyncio.new_event_loop}
