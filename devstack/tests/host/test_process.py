"""The host as a child process: what it announces, how it refuses to start, how it ends."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from devstack.host.__main__ import main
from devstack.host.errors import SettingError
from devstack.host.process import log_to_stderr
from devstack.project import ROOT
from devstack.tests.support.host.http_exchange import exchange
from devstack.tests.support.host.process import SAMPLE_APP, HostProcess
from devstack.tests.support.processes import wait_until

HTTP_FUNCTIONS = ["cookies", "echo_async", "echo_sync", "fail", "method", "size", "slow", "word"]
TIMER_FUNCTIONS = ["on_start", "on_timer"]


def app(directory, code, host_json='{"extensions": {"http": {"routePrefix": ""}}}'):
    """Write a small function app and return its directory."""
    directory.mkdir()
    (directory / "host.json").write_text(host_json, encoding="utf-8")
    (directory / "function_app.py").write_text(code, encoding="utf-8")
    return directory


SLEEPY_APP = """
import azure.functions as func, asyncio, time, pathlib, os
app = func.FunctionApp()
@app.route("stubborn")
async def stubborn(req: func.HttpRequest) -> func.HttpResponse:
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
@app.route("sleep")
def sleep(req: func.HttpRequest) -> func.HttpResponse:
    pathlib.Path(os.environ["EVENTS_FILE"]).write_text('{"kind": "asleep"}')
    time.sleep(60)
    return func.HttpResponse()
"""

UNSUPPORTED_APP = """
import azure.functions as func
app = func.FunctionApp()
@app.queue_trigger("m", "q", "c")
def stored(m: func.QueueMessage): ...
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with HostProcess(tmp_path_factory.mktemp("host"), roles="http,timers") as process:
        process.announced = process.ready()
        yield process


def test_the_announcement_names_what_is_served(host):
    assert host.announced["functions"] == sorted(HTTP_FUNCTIONS + TIMER_FUNCTIONS)
    assert exchange(host.announced["port"], "GET", "/sync").status == 201
    assert "the app may print" in host.log()


def test_sigusr1_shows_where_a_host_is_stuck(host):
    host.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: "most recent call first" in host.log(), 3.0)

    assert host.process.poll() is None


def test_sigterm_lets_a_running_request_finish_and_refuses_new_ones(tmp_path):
    with HostProcess(tmp_path, roles="http") as host:
        port = host.ready()["port"]
        answers = []
        client = threading.Thread(target=lambda: answers.append(exchange(port, "GET", "/slow?seconds=0.8")))
        client.start()
        host.wait_for_events("slow-started")
        host.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refused(port), 2.0)
        client.join()

        assert host.process.wait(3) == 0
        assert [(answer.status, answer.body) for answer in answers] == [(200, b"done")]


def refused(port):
    try:
        exchange(port, "GET", "/sync")
    except OSError:
        return True
    return False


def test_sigterm_ends_the_host_soon_whatever_still_runs(tmp_path):
    with HostProcess(tmp_path, roles="http", app=app(tmp_path / "app", SLEEPY_APP)) as host:
        port = host.ready()["port"]
        for path in ("/stubborn", "/sleep"):
            threading.Thread(target=suppressed_exchange, args=(port, path), daemon=True).start()
        host.wait_for_events("asleep")

        assert host.terminate(within=4.0) == 0  # two seconds of grace, and time for a busy machine


def suppressed_exchange(port, path):
    try:
        exchange(port, "GET", path)
    except (OSError, ValueError):
        return


def test_sigterm_ends_a_host_that_is_not_ready_yet(tmp_path):
    with HostProcess(tmp_path, roles="queues") as host:
        wait_until(lambda: "no connection" in host.log(), 5.0)

        assert host.terminate(within=1.0) == 0


def test_a_function_beyond_function_timeout_ends_the_process(tmp_path):
    host_json = '{"functionTimeout": "00:00:01", "extensions": {"http": {"routePrefix": ""}}}'
    with HostProcess(tmp_path, roles="http", app=app(tmp_path / "app", SLEEPY_APP, host_json)) as host:
        port = host.ready()["port"]
        threading.Thread(target=suppressed_exchange, args=(port, "/sleep"), daemon=True).start()

        assert host.process.wait(5) == 1
        assert "sleep ran longer than functionTimeout" in host.log()


def test_the_host_ends_when_its_parent_does(tmp_path):
    code = (
        "import subprocess, sys\n"
        f"command = [sys.executable, *'-m devstack.host --serve http --app'.split(), {str(SAMPLE_APP)!r}]\n"
        "host = subprocess.Popen(command, stdout=subprocess.PIPE)\n"
        "host.stdout.readline()\n"
        "print(host.pid, flush=True)\n"
    )
    environment = {**os.environ, "SINGLE_QUEUE": "q", "TIMER_SCHEDULE": "0 0 3 * * *"}
    parent = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True, timeout=15
    )

    wait_until(lambda: not running(int(parent.stdout)), 3.0)


def running(pid):
    try:
        os.kill(pid, 0)
        # A zombie has ended, too: nobody reaps orphans in a container without init.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import nothing_like_this\n", ["function_app.py", "line 1", "No module named 'nothing_like_this'"]),
        ("def broken(:\n", ["function_app.py", "line 1", "SyntaxError"]),
        (
            "\n\nraise RuntimeError('no database')\n",
            ["function_app.py", "line 3", "RuntimeError: no database"],
        ),
        ("x = 1\n", ["cannot be indexed", "Could not find top level function app instances"]),
        (
            UNSUPPORTED_APP,
            ["stored: the local host has no queueTrigger binding"],
        ),
    ],
)
def test_an_app_that_cannot_be_served_is_explained_without_a_stack_trace_of_the_host(
    tmp_path, code, expected
):
    with HostProcess(tmp_path, roles="http", app=app(tmp_path / "app", code)) as host:
        assert host.process.wait(10) == 1
        for part in expected:
            assert part in host.log()
        assert "devstack" not in host.log()
        assert "importlib" not in host.log()


def test_a_missing_setting_is_named(tmp_path):
    with HostProcess(tmp_path, roles="queues", settings={"SampleBus": ""}) as host:
        assert host.process.wait(10) == 1
        assert "the connection setting SampleBus is missing or empty" in host.log()


def test_a_taken_port_is_named(tmp_path, host):
    port = host.announced["port"]
    with HostProcess(tmp_path, roles="http", port=port) as second:
        assert second.process.wait(10) == 1
        assert f"cannot listen on port {port}" in second.log()


def test_an_unknown_log_level_is_named():
    with pytest.raises(SettingError, match="LOG_LEVEL is 'loud'"):
        log_to_stderr("loud")


def test_an_unknown_role_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--serve", "http,queue"])

    assert ended.value.code == 2
    assert "choose from http, queues, timers" in capsys.readouterr().err


def test_timers_follow_the_clock_file(tmp_path):
    clock_file = tmp_path / "clock"
    clock_file.write_bytes(struct.pack("<d", 0.0))
    settings = {"CLOCK_FILE": str(clock_file), "TIMER_SCHEDULE": "0 0 3 * * *"}
    with HostProcess(tmp_path, roles="timers", settings=settings) as host:
        assert host.ready() == {"port": None, "functions": TIMER_FUNCTIONS}
        host.wait_for_events("started")
        assert host.events("timer") == []

        with clock_file.open("r+b") as file:
            file.write(struct.pack("<d", 2 * 86400.0))
        moved_at = time.monotonic()
        (run,) = host.wait_for_events("timer", within=2.0)
        assert time.monotonic() - moved_at < 1.0
        assert run["past_due"] is True
