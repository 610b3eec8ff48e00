"""The smoke test of the real Functions host: messages, a moved clock, deaths and the end of everything.

`make test-host` runs the API and scenario tests on it, too.
"""

import signal
import tempfile

import pytest
import requests

from devstack.cloud.host_choice import HostKind, find_functions_host
from devstack.cloud.local_cloud import LocalCloud
from devstack.errors import DevstackError
from devstack.project import ROOT
from devstack.tests.support.processes import is_running
from tests.support.scenarios.owner import (
    NOON,
    Owner,
    email_order,
    new_email,
    new_phone,
    personal_in,
    sms_order,
    wait_until,
)

try:
    find_functions_host()
    MISSING = ""
except DevstackError as missing:
    MISSING = str(missing)

pytestmark = [
    pytest.mark.skipif(MISSING != "", reason=MISSING),
    pytest.mark.xdist_group("start"),
]


def test_real_host_serves_the_app_and_leaves_nothing_behind():
    with LocalCloud(host=HostKind.REAL) as cloud:
        assert requests.get(f"{cloud.api}/health/ready", timeout=30).status_code == 200
        owner, worker = Owner(cloud), cloud.processes["worker"]
        with tempfile.TemporaryDirectory(dir=ROOT, prefix=".new-folder-"):
            messages_are_delivered(owner)
        moved_clock_runs_the_timers(cloud, owner)
        assert cloud.processes["worker"] == worker, "the new folder has restarted the host"
        killed_host_comes_back(cloud, owner)
        processes = cloud.processes
        assert set(processes) >= {"host", "worker", "timers", "host-storage", "azurite", "servicebus"}
        assert personal_in(cloud.log_text()) == []
    assert [name for name, pid in processes.items() if is_running(pid)] == []


def messages_are_delivered(owner):
    email = owner.send(email_order(new_email()))
    sms = owner.send(sms_order(new_phone(), settings={"sendingTimePolicy": "Anytime"}))
    owner.wait_for(email, "Email_Delivered")
    owner.wait_for(sms, "SMS_Delivered")


def moved_clock_runs_the_timers(cloud, owner):
    """Both timers: the one that releases what is due, and the one that forgets, at night only."""
    address = new_email()
    owner.send(email_order(address, requestedSendTime=NOON))
    cloud.set_clock(NOON)
    cloud.wait_for_email(address)
    wait_until(lambda: "Executed 'Functions.purge_old' (Succeeded" in cloud.log_text(), what="purge")


def killed_host_comes_back(cloud, owner):
    worker = cloud.processes["worker"]
    cloud.kill(cloud.api_child, signal.SIGKILL)
    wait_until(lambda: not is_running(worker), what="end of the worker")
    cloud.restart(cloud.api_child)
    owner.wait_for(owner.send(email_order(new_email())), "Email_Delivered")
