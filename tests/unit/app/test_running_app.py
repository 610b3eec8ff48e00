"""The one app of a process: started once, by whatever comes first, without a call to storage."""

import asyncio
import importlib.util
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from devstack.project import ROOT
from shared.app import adapters, running_app
from shared.records import queues
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process

SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
SDKS = ("azure.data.tables", "azure.servicebus", "azure.core", "aiohttp")


class NoStore:
    """Table Storage that nobody may call."""


@pytest.fixture
def world():
    return w.World(w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day()))


@pytest.fixture
def start(monkeypatch):
    """A process in which no app runs yet."""
    for name, value in SAMPLE.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("fresh", running_app.__file__)
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return fresh.running_app


async def test_invocations_side_by_side_share_one_app_and_its_start_calls_no_table(world, start, monkeypatch):
    built = []

    def build(settings):
        built.append(replace(Process(world).adapters, store=NoStore()))
        return built[-1]

    monkeypatch.setattr(adapters, "build_adapters", build)
    apps = await asyncio.gather(*(start() for _ in range(5)))
    await asyncio.sleep(0.01)
    assert len(built) == len({id(app) for app in apps}) == 1
    assert [message.queue for message in world.messages] == [queues.PULSE]


async def test_start_that_failed_is_repeated(world, start, monkeypatch):
    def fail(settings):
        raise OSError("no clock file")

    monkeypatch.setattr(adapters, "build_adapters", fail)
    with pytest.raises(OSError, match="no clock file"):
        await start()
    monkeypatch.setattr(adapters, "build_adapters", lambda settings: Process(world).adapters)
    assert await start() is await start()


def test_import_of_the_functions_waits_for_no_sdk():
    program = (
        "import threading; threading.Thread.start = lambda thread: None; import function_app, sys;"
        f"print([name for name in {SDKS} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
