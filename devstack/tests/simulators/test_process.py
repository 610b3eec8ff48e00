"""The simulators as a child process: ready line, use over real sockets, orderly and orphaned ends."""

import asyncio
import base64
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from devstack.simulators.configuration import Configuration, ConfigurationError

CONFIG = {
    "serviceBus": "Endpoint=sb://127.0.0.1:9;SharedAccessKeyName=a;SharedAccessKey=YQ==;UseDevelopmentEmulator=true",
    "acsKey": base64.b64encode(b"key").decode(),
    "sms": {"user": "u", "password": "p"},
    "smsReport": {"url": "http://127.0.0.1:9/", "user": "u", "password": "p"},
    "metricsApiKey": "k",
}


async def start(config: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devstack.simulators", "--config", str(config),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "simulators.json"
    path.write_text(json.dumps({**CONFIG, "clockFile": str(tmp_path / "clock")}))
    return path


@pytest.fixture
async def process(config: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(config)
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_it_says_where_it_serves_and_ends_on_sigterm(process):
    async with asyncio.timeout(20):
        ports = json.loads(await process.stdout.readline())["ready"]
    assert set(ports) == {"control", "acs", "sms", "issuer", "vault", "platform"}
    async with aiohttp.ClientSession() as http:
        async with http.get(f"http://127.0.0.1:{ports['control']}/fixtures") as answer:
            assert (await answer.json())["metrics_api_key"] == "k"
        waiting = asyncio.create_task(http.get(f"http://127.0.0.1:{ports['control']}/outbox?wait=60s"))
        async with http.get(f"http://127.0.0.1:{ports['control']}/outbox"):
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(3):
            assert await process.wait() == 0
        await asyncio.gather(waiting, return_exceptions=True)


async def test_it_ends_when_its_parent_is_gone(config):
    launcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'devstack.simulators', '--config', sys.argv[1]],"
        " stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n",
        str(config), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    orphan = int(await launcher.stdout.readline())
    await launcher.communicate()
    async with asyncio.timeout(5):
        while is_running(orphan):  # noqa: ASYNC110 -- nobody tells us of the end of a process that is not ours
            await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    return state != "Z"


async def test_a_configuration_that_cannot_be_used_ends_it_with_an_explanation(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text("{}")
    process = await start(path)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().strip() == "the configuration lacks 'serviceBus'"


@pytest.mark.parametrize(
    ("content", "explanation"),
    [
        ("{", "cannot read"),
        ("[]", "unusable value"),
        (json.dumps({**CONFIG, "acsKey": "*", "clockFile": "c"}), "unusable value"),
        (json.dumps({**CONFIG, "sms": "u:p", "clockFile": "c"}), "unusable value"),
        (json.dumps(CONFIG), "lacks 'clockFile'"),
    ],
)
def test_configurations_that_cannot_be_used_are_told_apart(tmp_path, content, explanation):
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=explanation):
        Configuration.load(path)
