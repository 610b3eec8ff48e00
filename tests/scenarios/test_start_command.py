"""`make start` as a developer types it: ready, Ctrl-C, and again."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from devstack.cloud.run_state import read_run_state
from devstack.project import ROOT

pytestmark = pytest.mark.xdist_group("start")
READY_SECONDS = 180.0
READY_AGAIN_SECONDS = 120.0  # a few on an idle machine; tests run beside others
STOP_SECONDS = 10.0


@contextmanager
def started(state_file: Path):
    """Start as a shell does: in a process group of its own, which Ctrl-C reaches."""
    environment = {**os.environ, "PORT": "0", "DEVSTACK_STATE": str(state_file)}
    with subprocess.Popen(
        [sys.executable, "-m", "devstack", "start"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as command:
        try:
            yield command
        finally:
            command.kill()
            command.communicate()


def address_when_ready(command) -> str:
    for line in command.stdout:
        if line.startswith("ready "):
            return line.removeprefix("ready ").strip()
    raise AssertionError(command.stderr.read())


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def descendants(pid: int) -> set[int]:
    """Return the ids of all processes below one."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended since
            continue
        if parent == pid:
            child = int(status.parent.name)
            found |= {child} | descendants(child)
    return found


def test_ctrl_c_leaves_no_process_behind_and_a_second_start_is_quick(tmp_path):
    state_file = tmp_path / "run.json"
    for allowed in (READY_SECONDS, READY_AGAIN_SECONDS):
        began = time.monotonic()
        with started(state_file) as command:
            address = address_when_ready(command)
            assert time.monotonic() - began < allowed
            assert requests.get(f"{address}/health", timeout=10).status_code == 200
            state = read_run_state(state_file)
            assert state.api == address
            children = descendants(command.pid)
            assert children >= set(state.children.values())

            os.killpg(command.pid, signal.SIGINT)
            assert command.wait(STOP_SECONDS) == 0
            assert [pid for pid in children if is_running(pid)] == []
            assert not state_file.exists()
            assert "Traceback" not in command.stderr.read()
