"""The local host and the real one of Azure answer odd requests to an app alike."""

from devstack.tests.support.host.odd_requests import differences, odd_requests
from devstack.tests.support.host.process import APPS, HostProcess
from devstack.tests.support.host.real_host import RealHost

APP = APPS / "odd"
NO_HOMEPAGE = {"AzureWebJobsDisableHomepage": "true"}


def test_both_hosts_answer_odd_requests_alike(tmp_path):
    with (
        RealHost(tmp_path, app=APP, ready_path="/thing", settings=NO_HOMEPAGE) as real,
        HostProcess(tmp_path, roles="http", app=APP, settings=NO_HOMEPAGE) as own,
    ):
        found = differences(odd_requests(), real.port, own.ready()["port"])
    assert not found, "\n".join(found)
