"""One child process: its ready line, its log, its end, and what it leaves behind."""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from devstack.errors import ChildDiedError
from devstack.processes.child import Child, ChildSpec
from devstack.processes.ports import free_ports, listens
from devstack.project import ROOT
from devstack.tests.support.processes import is_running, stand_in, wait_until


@pytest.fixture
def start(tmp_path):
    children = []

    def start(spec, on_exit=None):
        child = Child(spec, tmp_path / f"{spec.name}.log")
        children.append(child)
        child.start(on_exit)
        return child

    yield start
    for child in children:
        child.send(signal.SIGKILL)
        child.wait_ended(5)


def test_announces_what_the_ready_line_says_and_logs_the_rest(start):
    child = start(stand_in("serves", environment={"SETTING": "value"}))
    assert child.wait_ready(10) == {"port": 1234, "setting": "value"}
    child.stop(3)
    assert "serves says hello" in child.log.read_text()
    assert "not the ready line" in child.log.read_text()
    assert "1234" not in child.log.read_text()


def test_log_is_complete_once_the_child_has_ended(start):
    """Whoever waited for its end may remove the folder of its log: nothing is written any more."""
    talk = "for number in range(8000): print(number, flush=True)"
    child = start(ChildSpec("part", (sys.executable, "-c", talk)))
    child.wait_ended(30)
    assert child.log.read_text().splitlines() == [str(number) for number in range(8000)]


def test_death_before_ready_is_told_with_the_reason_in_the_first_line(start):
    child = start(stand_in("raises"))
    with pytest.raises(ChildDiedError) as caught:
        child.wait_ready(10)
    first, *details = str(caught.value).splitlines()
    assert first.startswith(
        "part ended with exit code 1 before it was ready: RuntimeError: the reason (log: "
    )
    assert any("raises says hello" in line for line in details)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_child_has_started_ends_with_it(start, signal_number):
    child = start(stand_in("parent"))
    child.wait_ready(10)
    (grandchild,) = wait_until(lambda: re.findall(r"child (\d+)\n", child.log.read_text()))
    assert is_running(int(grandchild))
    child.send(signal_number)
    child.wait_ended(5)
    wait_until(lambda: not is_running(int(grandchild)))


def test_number_of_a_child_that_has_ended_is_left_alone(start, monkeypatch):
    """The system gives it to other processes."""
    child = start(stand_in("serves"))
    child.wait_ready(10)
    child.stop(5)
    signalled = []
    monkeypatch.setattr("os.killpg", lambda *what: signalled.append(what))
    monkeypatch.setattr("os.kill", lambda *what: signalled.append(what))
    child.send(signal.SIGKILL)
    child.stop(5)
    child.wait_ended(5)
    assert signalled == []
    assert child.exit_code == -signal.SIGTERM


def test_silence_is_told(start):
    with pytest.raises(ChildDiedError, match=r"^part was not ready after 0\.3 s"):
        start(stand_in("mute")).wait_ready(0.3)


def test_missing_program_is_told(start):
    with pytest.raises(ChildDiedError, match="part cannot be started: /no/such/program: No such file"):
        start(ChildSpec("part", ("/no/such/program",)))


def test_is_ready_when_its_port_accepts_connections(start):
    (port,) = free_ports(1)
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))
    child = start(ChildSpec("part", command, folder=ROOT / "infra", port=port))
    assert child.wait_ready(10) == {}
    assert listens(port)


def test_stubborn_child_is_killed(start):
    child = start(stand_in("stubborn"))
    child.wait_ready(10)
    child.stop(0.2)
    assert child.exit_code == -signal.SIGKILL
    assert child.pid is None


def test_tells_its_exit_code_and_can_be_started_again(start):
    ended = threading.Event()
    codes = []

    def on_exit(_child, code):
        codes.append(code)
        ended.set()

    child = start(stand_in("short-lived"), on_exit)
    assert ended.wait(10)
    child.start()
    child.wait_ready(10)
    assert codes == [3]


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the leash looks after the parent once a second"
)
def test_leashed_program_ends_with_its_parent():
    sleeper = [sys.executable, "-m", "devstack.processes.leash", "sleep", "300"]
    starter = (
        f"import subprocess, time; print(subprocess.Popen({sleeper!r}).pid, flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        pid = int(parent.stdout.readline())
        wait_until(lambda: b"sleep" in command_line(pid)[:6])
        parent.kill()
    wait_until(lambda: not is_running(pid))


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the leash looks after the parent once a second"
)
def test_leashed_program_can_tidy_up_when_its_parent_was_killed(tmp_path):
    tidied = tmp_path / "tidied"
    script = f'trap "touch {tidied}; exit 0" INT; touch {tmp_path}/up; while :; do sleep 0.05; done'
    leashed = [sys.executable, "-m", "devstack.processes.leash", "sh", "-ec", script]
    starter = (
        f"import subprocess, time; subprocess.Popen({leashed!r}, stdout=subprocess.PIPE); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", starter], cwd=ROOT) as parent:
        wait_until((tmp_path / "up").exists)
        parent.kill()
    wait_until(tidied.exists)


def command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()
