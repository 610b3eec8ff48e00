"""The local host and the real one of Azure answer odd requests to the product alike."""

import json
from collections.abc import Iterator

from devstack.project import ROOT
from devstack.tests.support.host.odd_requests import GUID, METHODS, OddRequest, differences, request, words
from devstack.tests.support.host.process import HostProcess
from devstack.tests.support.host.real_host import RealHost
from tests.support.listing import functions_of_app

_OPEN_PATHS = words(f"""
    / /notifications /notifications/ /notifications/x /notifications//x /notifications/api/v1 /nothing
    /notifications/api/v1/orders/{GUID}/x /notifications/api/v1/future/shipment/x /notifications/api/v1/docs/x
    /notifications/api/v1/%00 /notifications/api/v1/a%2Fb
    /notifications/api/v1/orders%2Femail /Notifications/X/
""")
_SERVED_PATHS = words(f"""
    /health /notifications/api/v1/orders /NOTIFICATIONS/api/v1/orders/email
    /notifications/api/v1/orders/{GUID} /notifications/api/v1/orders/{GUID}/status
    /notifications/api/v1/orders/a%2Fb /notifications/api/v1/future/shipment/{GUID}
    /notifications/api/v1/future/shipment/%20{GUID}%20 /notifications/api/v1/future/shipment/feed/
    /notifications/api/v1/docs/x /notifications/sms/api/v1/reports
""")


def settings():
    """Return the settings of the sample, without the triggers that have nothing to listen to."""
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    others = (function for function in functions_of_app() if function.get_trigger().type != "httpTrigger")
    return sample | {f"AzureWebJobs__{function.get_function_name()}__Disabled": "true" for function in others}


def product_requests() -> Iterator[OddRequest]:
    """Yield requests to the product: of those that it answers without storage or registers."""
    yield from (request(path, method) for path in _OPEN_PATHS for method in METHODS)
    unserved = set(METHODS) - {"GET", "POST", "get", "Post"}
    yield from (request(path, method) for path in _SERVED_PATHS for method in sorted(unserved))
    yield request("/notifications/x", "POST", body=b"hello")
    yield request("/notifications/api/v1/docs/swagger-ui.css")
    yield request("/health")


def test_both_hosts_answer_odd_requests_alike(tmp_path):
    with (
        RealHost(tmp_path, app=ROOT, ready_path="/health", settings=settings()) as real,
        HostProcess(tmp_path, roles="http", app=ROOT, settings=settings()) as own,
    ):
        found = differences(product_requests(), real.port, own.ready()["port"])
    assert not found, "\n".join(found)
