"""The names of the Python workers of real hosts, which are found as child processes of these."""

import subprocess

import pytest

from devstack.real_host.workers import worker_processes
from devstack.tests.support.processes import wait_until


@pytest.fixture
def parent_of():
    """Start a process with that many children."""
    started = []

    def start(count):
        script = "sleep 300 & " * count + "wait"
        started.append(subprocess.Popen(["sh", "-c", script], process_group=0))
        pid = started[-1].pid
        wait_until(lambda: len(worker_processes({"host": pid})) == count, 5.0)
        return pid

    yield start
    for process in started:
        subprocess.run(["kill", "--", f"-{process.pid}"], check=True)
        process.wait()


def test_workers_of_the_only_host_are_numbered(parent_of):
    assert list(worker_processes({"host": parent_of(2)})) == ["worker", "worker-2"]


def test_workers_of_several_hosts_are_named_after_their_groups(parent_of):
    children = {
        "host-storage": parent_of(1),
        "host-http": parent_of(1),
        "host-send_sms": parent_of(2),
        "timers-http": parent_of(1),
        "servicebus": parent_of(1),
    }
    workers = worker_processes(children)
    assert list(workers) == ["worker-http", "worker-send_sms", "worker-send_sms-2"]
    assert len(set(workers.values())) == 3


def test_our_own_host_has_no_workers_of_that_kind(parent_of):
    assert worker_processes({"http": parent_of(1), "worker": parent_of(1)}) == {}
