"""What docs/core-tools.md says to type works, with the real host for Core Tools and our own emulators.

Everything listens on ports of its own, which replace those of the files.
"""

import json
import re
import subprocess
import sys
from contextlib import ExitStack

import pytest
import requests

from deployment import place_test_order
from devstack.cloud.host_choice import find_functions_host
from devstack.cloud.plan import service_bus_spec
from devstack.errors import DevstackError
from devstack.processes.child import Child, ChildSpec
from devstack.processes.ports import free_ports
from devstack.project import ROOT
from devstack.real_host.storage import StoragePorts, storage_spec
from tests.support.scenarios.owner import wait_until

try:
    find_functions_host()
    MISSING = ""
except DevstackError as missing:
    MISSING = str(missing)

needs_host = pytest.mark.skipif(MISSING != "", reason=MISSING)
READY_SECONDS = 120.0
FIXED = (7071, 10000, 10001, 10002, 5672, 9200, 9201, 9202, 9203, 9204, 9205)
PAGE = (ROOT / "docs" / "core-tools.md").read_text()


def moved(name, ports):
    """Return a file of the repository with the ports of this test."""
    text = (ROOT / name).read_text()
    text = text.replace("Endpoint=sb://localhost;", f"Endpoint=sb://localhost:{ports[5672]};")
    return re.sub(r"\b(\d{4,5})\b", lambda found: str(ports.get(int(found[1]), found[1])), text)


@pytest.mark.xdist_group("start")
@needs_host
def test_the_files_start_an_app_that_sends_an_e_mail(tmp_path):
    ports = dict(zip(FIXED, free_ports(len(FIXED)), strict=True))
    storage = StoragePorts(ports[10000], ports[10001], ports[10002])
    settings, simulators = tmp_path / "local.settings.json", tmp_path / "simulators.json"
    values = json.loads(moved("local.settings.sample.json", ports))
    assert values["Values"]["AzureWebJobsStorage"] == "UseDevelopmentStorage=true"  # has no ports to replace
    values["Values"]["AzureWebJobsStorage"] = storage.connection_string
    settings.write_text(json.dumps(values))
    simulators.write_text(moved("emulators/simulators.json", ports).replace(".devstack/", f"{tmp_path}/"))
    control, address = f"http://127.0.0.1:{ports[9200]}", f"http://127.0.0.1:{ports[7071]}"
    program = (sys.executable, "-m", "devstack.simulators", "--config", str(simulators))
    leash = (sys.executable, "-m", "devstack.processes.leash", str(find_functions_host()), str(ROOT))
    options = ("--port", str(ports[7071]), "--python", sys.executable, "--settings", str(settings))
    with ExitStack() as stack:
        for spec in (
            storage_spec(storage),
            service_bus_spec(ports[5672], free_ports(1)[0], tmp_path / "clock", None),
            ChildSpec("simulators", program, folder=ROOT),
        ):
            started(spec, tmp_path, stack)
        create = [sys.executable, "-m", "shared.app.create_tables", str(settings)]
        subprocess.run(create, check=True, cwd=ROOT)
        started(ChildSpec("host", (*leash, *options), {}, ROOT, ports[7071]), tmp_path, stack)
        wait_until(lambda: is_ready(address), within=READY_SECONDS, what="health/ready")
        wanted = {"org": "ttd", "scope": "altinn:serviceowner/notifications.create"}
        token = requests.post(f"{control}/token", json=wanted, timeout=30).json()["token"]
        arguments = [address, "--to", "kari@example.no", "--seconds", "60"]
        assert place_test_order.main(arguments, {"TOKEN": token}) == 0
        sent = requests.get(f"{control}/outbox", timeout=30).json()["emails"]
        assert [email["to"] for email in sent] == ["kari@example.no"]


def started(spec, folder, stack):
    child = Child(spec, folder / f"{spec.name}.log")
    child.start()
    stack.callback(child.stop, 5)
    child.wait_ready(READY_SECONDS)


def is_ready(address):
    try:
        return requests.get(f"{address}/health/ready", timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


def test_the_page_types_what_is_there():
    for name in re.findall(r"[\w/.]+\.(?:yaml|json|py)\b", PAGE):
        assert (ROOT / name).is_file() or name == "local.settings.json", name
    for module in re.findall(r"-m ([\w.]+)", PAGE):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
