"""The commands of `python -m devstack`, the data folder and the run state."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from devstack.cli import main, parse_duration, parse_fault
from devstack.cloud.data_folder import hold
from devstack.cloud.local_cloud import LocalCloud
from devstack.cloud.run_state import RunState, forget_run_state, read_run_state
from devstack.errors import DevstackError, NotRunningError
from devstack.processes.ports import claim_port
from devstack.project import ROOT
from devstack.tests.support.processes import is_running

STATE = RunState(
    pid=os.getpid(),
    api="http://127.0.0.1:1",
    control="http://127.0.0.1:1",
    clock_file="clock",
    service_bus="sb",
    service_bus_control="http://127.0.0.1:1",
    tables="tables",
    issuer="http://127.0.0.1:1",
    children={"http": 1},
)


@pytest.fixture
def state_file(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    monkeypatch.setenv("DEVSTACK_STATE", str(path))
    return path


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("8h", 28800), ("2d", 172800), ("1.5h", 5400), ("-1d", -86400)],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "h", "8 h", "8y"])
def test_what_is_no_duration(text):
    with pytest.raises(argparse.ArgumentTypeError, match="not a duration"):
        parse_duration(text)


def test_fault_rules():
    parts = ["target=acs.send", "action=status", "status=429", "retryAfter=30", "to=a@b.no", "times=always"]
    assert parse_fault(parts) == {
        "target": "acs.send",
        "action": "status",
        "status": 429,
        "retryAfter": 30,
        "match": {"to": "a@b.no"},
        "times": None,
    }


@pytest.mark.parametrize("part", ["target", "target=", "status=many"])
def test_what_is_no_fault_rule(part):
    with pytest.raises(DevstackError):
        parse_fault([part])


@pytest.mark.parametrize("command", ["token", "fixtures", "outbox", "clock", "faults"])
def test_commands_say_that_nothing_runs(state_file, capsys, command):
    assert main([command]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: no local cloud is running: start one with `make start`")


def test_command_says_that_the_cloud_does_not_answer(state_file, capsys):
    STATE.write(state_file)
    assert main(["outbox"]) == 1
    assert "does not answer at http://127.0.0.1:1" in capsys.readouterr().err


def test_taken_port_is_told_before_anything_starts(state_file, capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert main(["start", "--port", str(port)]) == 1
    assert f"error: port {port} is taken" in capsys.readouterr().err


def test_a_start_that_fails_leaves_the_logs_of_the_running_cloud(tmp_path):
    kept = tmp_path / "worker.log"
    kept.write_text("still written to")
    with socket.create_server(("127.0.0.1", 0)) as server:
        cloud = LocalCloud(port=server.getsockname()[1], logs=tmp_path)
        with pytest.raises(DevstackError, match="is taken"), cloud:
            pass
    assert kept.exists()


def test_a_data_folder_is_held_by_one_cloud_at_a_time(tmp_path, state_file, capsys):
    with hold(tmp_path / "data"):
        assert main(["start", "--port", "0", "--data", str(tmp_path / "data")]) == 1
    assert "data is used by another local cloud" in capsys.readouterr().err
    hold(tmp_path / "data").close()


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DevstackError, match="cannot keep data"):
        hold(tmp_path / "file")


def test_port_of_a_server_that_has_ended_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server.accept()[0].close()
    client.close()
    assert claim_port(port) == port


def test_run_state_round_trip(state_file):
    STATE.write(state_file)
    assert read_run_state(state_file) == STATE
    assert state_file.stat().st_mode & 0o077 == 0
    forget_run_state(state_file, STATE.pid)
    assert not state_file.exists()


def test_run_state_of_another_cloud_is_left_alone(state_file):
    STATE.write(state_file)
    forget_run_state(state_file, STATE.pid + 1)
    assert state_file.exists()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"pid": 1}'])
def test_unreadable_run_state_is_no_cloud(state_file, text):
    state_file.write_text(text)
    with pytest.raises(NotRunningError):
        read_run_state(state_file)


@pytest.mark.xdist_group("cloud")
def test_start_serves_until_told_to_stop(state_file):
    command = [sys.executable, "-m", "devstack", "start", "--port", "0", "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as cloud:
        lines = []
        while not (lines and lines[-1].startswith("ready ")):
            lines.append(cloud.stdout.readline())
            assert lines[-1], lines
        state = read_run_state(state_file)
        assert lines[-1] == f"ready {state.api}\n"
        hosts = ["http", "worker", "worker-2"]
        assert list(state.children) == ["servicebus", "azurite", "simulators", *hosts, "pages"]
        address = subprocess.run([*command[:3], "dashboard"], capture_output=True, text=True, check=True)
        assert address.stdout == f"{state.pages}\n"
        token = subprocess.run(
            [*command[:3], "token", "--no-org"], capture_output=True, text=True, check=True
        )
        assert token.stdout.count(".") == 2
        moved = subprocess.run([*command[:3], "clock", "--advance", "8h"], capture_output=True, check=True)
        assert json.loads(moved.stdout)["offsetSeconds"] == 28800
        cloud.send_signal(signal.SIGTERM)
        assert cloud.wait(15) == 0
    assert not any(map(is_running, state.children.values()))
    assert not state_file.exists()
