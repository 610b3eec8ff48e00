"""The local host and the real one of Azure answer odd requests alike, to a made-up app and to the product."""

import json
from pathlib import Path

import pytest

from tests.integration.host.host_process import ROOT, HostProcess
from tests.integration.host.odd_requests import odd_requests, product_requests
from tests.integration.host.real_host import RealHost
from tests.support.listing import functions_of_app

ODD_APP = Path(__file__).parent / "odd_app"
NO_HOMEPAGE = {"AzureWebJobsDisableHomepage": "true"}


def settings_of_product():
    """Return the settings of the sample, without the triggers that have nothing to listen to."""
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    others = (function for function in functions_of_app() if function.get_trigger().type != "httpTrigger")
    return sample | {f"AzureWebJobs__{function.get_function_name()}__Disabled": "true" for function in others}


@pytest.mark.parametrize(
    ("app", "ready_path", "settings", "requests"),
    [
        pytest.param(ODD_APP, "/thing", lambda: NO_HOMEPAGE, odd_requests, id="made-up app"),
        pytest.param(ROOT, "/health", settings_of_product, product_requests, id="product"),
    ],
)
def test_both_hosts_answer_odd_requests_alike(tmp_path, app, ready_path, settings, requests):
    with (
        RealHost(tmp_path, app=app, ready_path=ready_path, settings=settings()) as real,
        HostProcess(tmp_path, roles="http", app=app, settings=settings()) as own,
    ):
        own_port = own.ready()["port"]
        differences = []
        for asked in requests():
            wanted, found = asked.ask(real.port), asked.ask(own_port)
            if wanted != found:
                differences.append(f"{asked.raw[:200]!r}\n  real {wanted!r:.600}\n  own  {found!r:.600}")
    assert not differences, "\n".join(differences)
