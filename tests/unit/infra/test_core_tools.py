"""What Core Tools and Microsoft's emulators need: settings, queues, ports, the extension bundle."""

import json
import re
import subprocess
import sys

import yaml

from checks.infra.declared import BUNDLE
from devstack.project import ROOT
from shared.app.settings import read_settings
from tests.support.settings import Recorder, sample

COMPOSE = yaml.safe_load((ROOT / "emulators" / "compose.yaml").read_text())["services"]
SIMULATORS = json.loads((ROOT / "emulators" / "simulators.json").read_text())
INDEXING_SECONDS = 30  # what Flex Consumption allows, on a quarter of a core in the preset small
_INDEX = """
import time, function_app
names = [function.get_function_name() for function in function_app.app.get_functions()]
print(len(names), time.process_time())
"""


def test_every_setting_that_the_code_reads_is_in_the_sample_and_explained():
    environment = Recorder(sample())
    read_settings(environment)
    document = json.loads((ROOT / "local.settings.sample.json").read_text())
    replaced = {"TableStorageConnection__tableServiceUri", "ServiceBusConnection__fullyQualifiedNamespace"}
    assert environment.asked - set(document["Values"]) <= replaced
    assert set(document["Values"]) == set(document["Explanations"])


def test_the_host_finds_its_language_storage_and_extensions():
    host = json.loads((ROOT / "host.json").read_text())
    assert (host["extensionBundle"]["id"], host["extensionBundle"]["version"]) == BUNDLE
    values = sample()
    assert values["FUNCTIONS_WORKER_RUNTIME"] == "python"
    assert values["AzureWebJobsStorage"] == "UseDevelopmentStorage=true"


def test_indexing_is_far_from_the_time_it_may_take():
    ran = subprocess.run([sys.executable, "-c", _INDEX], cwd=ROOT, capture_output=True, text=True, check=True)
    count, seconds = ran.stdout.split()
    assert int(count) > 40
    assert float(seconds) * 4 < INDEXING_SECONDS  # seconds of CPU here, on a quarter of a core there


def test_the_emulator_of_service_bus_has_our_queues_within_its_limits():
    [namespace] = json.loads((ROOT / "emulators" / "servicebus.json").read_text())["UserConfig"]["Namespaces"]
    ours = json.loads((ROOT / "infra" / "queues.json").read_text())["queues"]
    assert namespace["Name"] == "sbemulatorns"  # it serves no other
    assert [queue["Name"] for queue in namespace["Queues"]] == [queue["name"] for queue in ours]
    for queue, policy in zip(namespace["Queues"], ours, strict=True):
        own = queue["Properties"]
        assert own["LockDuration"] == policy["lockDuration"]
        assert own["MaxDeliveryCount"] == policy["maxDeliveryCount"]
        assert own["RequiresDuplicateDetection"] == policy["requiresDuplicateDetection"]
        assert own["DeadLetteringOnMessageExpiration"] == policy["deadLetteringOnMessageExpiration"]
        assert own["DefaultMessageTimeToLive"] in {"PT1H", policy["defaultMessageTimeToLive"]}
        assert own["DuplicateDetectionHistoryTimeWindow"] == "PT5M"


def test_everything_listens_where_the_sample_looks_for_it_and_on_this_machine_only():
    published = [port for service in COMPOSE.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published)
    open_ports = {int(port.split(":")[1]) for port in published} | set(SIMULATORS["ports"].values()) | {7071}
    asked = {int(port) for value in sample().values() for port in re.findall(r"://[\w.]+:(\d+)", value)}
    assert asked <= open_ports
    assert {10000, 10001, 10002, 5672} <= open_ports


def test_simulators_and_app_know_the_same_secrets():
    values = sample()
    assert SIMULATORS["acsKey"] == values["ACS_EMAIL_ACCESS_KEY"]
    assert SIMULATORS["metricsApiKey"] == values["METRICS_API_KEY"]
    assert SIMULATORS["serviceBus"] == values["ServiceBusConnection"]
    for part, prefix in (("sms", "SMS_GATEWAY"), ("smsReport", "SMS_REPORT")):
        assert SIMULATORS[part]["user"] == values[f"{prefix}_USERNAME"]
        assert SIMULATORS[part]["password"] == values[f"{prefix}_PASSWORD"]


def test_the_emulators_are_pinned_and_the_one_of_tables_is_the_one_that_tests_use():
    images = {name: service["image"] for name, service in COMPOSE.items()}
    assert all(re.search(r":[\w.-]*\d[\w.-]*$", image) and "latest" not in image for image in images.values())
    pinned = json.loads((ROOT / "devstack" / "azurite" / "package.json").read_text())["dependencies"][
        "azurite"
    ]
    assert images["azurite"].endswith(f":{pinned}")
    assert (
        "./servicebus.json:/ServiceBus_Emulator/ConfigFiles/Config.json:ro"
        in COMPOSE["servicebus"]["volumes"]
    )
