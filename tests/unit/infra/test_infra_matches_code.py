"""What is deployed is what the code expects: settings, tables, queues, secrets, and texts alerts seek."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devstack.host.triggers.ncrontab import parse_ncrontab
from shared.app.settings import read_settings
from shared.records import queues
from shared.storage.keys import TABLES
from tests.support.bicep import FILES, INFRA, properties, resource, text_of, walk
from tests.support.listing import functions_of_app
from tests.support.settings import Recorder, sample

ROOT = INFRA.parent
LOCAL_ONLY = {  # the app refuses them in Azure
    "CLOCK_FILE",
    "ALLOW_INSECURE_LOCAL_ENDPOINTS",
    "SIMULATED_DIALOG_ACCESS",
}
NOT_ON_FLEX = {
    *(
        "FUNCTIONS_WORKER_RUNTIME",
        "FUNCTIONS_EXTENSION_VERSION",
        "FUNCTIONS_WORKER_PROCESS_COUNT",
        "WEBSITE_TIME_ZONE",
        "WEBSITE_RUN_FROM_PACKAGE",
    ),
    *("SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD", "AzureWebJobsStorage"),
}
APP = FILES["modules/function_app.bicep"]


@pytest.fixture(scope="module")
def deployed():
    return {name: text_of(value) for name, value in resource(APP, "appSettings").items()}


def test_every_setting_the_code_reads_is_deployed(deployed):
    environment = Recorder(sample())
    read_settings(environment)
    by_identity = {"ServiceBusConnection", "TableStorageConnection"}  # connection strings hold keys
    assert environment.asked >= by_identity | LOCAL_ONLY
    assert environment.asked - by_identity - LOCAL_ONLY - set(deployed) == set()


def test_every_setting_of_the_sample_is_deployed_or_replaced(deployed):
    replaced = {"ServiceBusConnection", "TableStorageConnection", *NOT_ON_FLEX, *LOCAL_ONLY}
    assert set(sample()) - replaced - set(deployed) == set()


def test_nothing_is_deployed_that_azure_or_the_app_refuses(deployed):
    assert set(deployed) & (LOCAL_ONLY | NOT_ON_FLEX) == set()


def test_the_site_has_no_property_that_flex_consumption_refuses():
    refused = {"alwaysOn", "ftpsState", "linuxFxVersion", "netFrameworkVersion", "use32BitWorkerProcess"}
    refused |= {"functionAppScaleLimit", "functionsRuntimeScaleMonitoringEnabled", "preWarmedInstanceCount"}
    site = re.search(r"siteConfig: \{(.*?)\}", APP.text, re.DOTALL)
    assert site is not None
    given = set(re.findall(r"(\w+):", site[1]))
    assert "minTlsVersion" in given
    assert given & refused == set()


def test_settings_the_triggers_name_are_deployed(deployed):
    source = "\n".join(path.read_text() for path in (ROOT / "functions").glob("*.py"))
    assert set(re.findall(r'"%(\w+)%"', source)) <= set(deployed)
    for connection in set(re.findall(r'CONNECTION = "(\w+)"', source)):
        assert {
            f"{connection}__{part}" for part in ("fullyQualifiedNamespace", "credential", "clientId")
        } <= set(deployed)


def test_defaults_of_the_code_and_of_the_deployment_agree(deployed):
    literal = {name: value.strip("'") for name, value in deployed.items() if value.startswith("'")}
    plain = {name for name, value in literal.items() if "${" not in value and name in sample()}
    differing = {name for name in plain if literal[name] != sample()[name]}
    assert len(plain) >= 8
    assert differing <= {"ACS_EMAIL_ACCESS_KEY"}  # a key locally, the managed identity in Azure


def test_secrets_are_references_to_secrets_that_are_stored(deployed):
    vault = FILES["modules/vault.bicep"].text
    stored = set(re.findall(r"^  name: '([\w-]+)'$", vault, re.MULTILINE))
    for name in ("ID_SECRET", "SMS_GATEWAY_USERNAME", "SMS_GATEWAY_PASSWORD", "SMS_REPORT_USERNAME"):
        assert deployed[name].startswith("'${secretPrefix}"), name
    referenced = set(re.findall(r"\$\{secretPrefix\}([\w-]+)\)'", APP.text))
    assert referenced == stored
    # a reference to a secret that was not given would arrive as its own, guessable, text
    for name in (
        *("METRICS_API_KEY", "MASKINPORTEN_ENCODED_JWK"),
        *("PLATFORM_SUBSCRIPTION_KEY", "PLATFORM_ACCESS_TOKEN_PFX"),
    ):
        assert re.fullmatch(r"has\w+ \? '\$\{secretPrefix\}[\w-]+\)' : ''", deployed[name]), name


@pytest.mark.parametrize("name", ["tokenIssuers", "tokenAudiences"])
def test_whose_tokens_count_has_no_default(name):
    main = FILES["main.bicep"].text
    assert re.search(rf"^@minLength\(1\)\nparam {name} string$", main, re.MULTILINE)
    given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"][name]["value"]
    assert re.fullmatch(r"\$\{\w+\}", given), "azd would fill in an empty text"


def test_the_settings_object_is_complete():
    given = next(
        properties(value)
        for node in walk(FILES["main.bicep"].root)
        if node.type == "module_declaration" and "function_app" in text_of(node)
        for name, value in properties(
            properties(next(child for child in node.named_children if child.type == "object"))["params"]
        ).items()
        if name == "settings"
    )
    read = set(re.findall(r"(?<!/)\bsettings\.(\w+)", APP.text))
    declared = set(re.findall(r"^  (\w+): string$", APP.text, re.MULTILINE))
    assert read == declared == set(given)


def test_tables_are_those_of_the_code():
    declared = json.loads((INFRA / "tables.json").read_text())["tables"]
    assert tuple(declared) == TABLES
    assert "loadJsonContent('../tables.json')" in FILES["modules/storage.bicep"].text


def test_queues_are_those_of_the_code_and_every_policy_is_deployed():
    declared = json.loads((INFRA / "queues.json").read_text())["queues"]
    assert tuple(queue["name"] for queue in declared) == (*queues.QUEUES, queues.PULSE)
    messaging = FILES["modules/messaging.bicep"].text
    assert "loadJsonContent('../queues.json')" in messaging
    for queue in declared:
        assert set(re.findall(r"\bqueue\.(\w+)", messaging)) == set(queue)
    assert f"/{queues.DELIVERY_REPORTS}'" in FILES["modules/delivery_reports.bicep"].text


def test_alerts_look_for_functions_and_texts_that_exist():
    alerts = FILES["modules/alerts.bicep"].text
    functions = {function.get_function_name() for function in functions_of_app()}
    assert set(re.findall(r'Name =~ "(\w+)"', alerts)) <= functions
    [pulses] = re.findall(r"Name in~ \(([^)]*)\)", alerts)
    assert set(re.findall(r'"(\w+)"', pulses)) <= functions
    texts = re.findall(r'Message has "([^"]+)"', alerts)
    assert texts
    assert [text for text in texts if text not in _sources("shared")] == []


def test_an_alert_that_misses_runs_of_the_purge_waits_for_several(deployed):
    schedule = parse_ncrontab(deployed["RETENTION_SCHEDULE"].strip("'"))
    start = at = datetime(2031, 5, 5, tzinfo=UTC)
    for _ in range(5):
        at = schedule.next_after(at)
    alerts = FILES["modules/alerts.bicep"].text
    assert 'Name =~ "purge_old" and Success' in alerts
    minutes = re.search(r"windowSize: 'PT(\d+)M'", alerts)
    assert at - start <= timedelta(minutes=int(minutes[1]))


def _sources(folder):
    return "\n".join(path.read_text() for path in Path(ROOT / folder).rglob("*.py"))


def test_nothing_is_reachable_with_a_shared_key():
    everything = "\n".join(file.text for file in FILES.values())
    assert "allowSharedKeyAccess: false" in everything
    for name in ("messaging", "email"):
        assert "disableLocalAuth: true" in FILES[f"modules/{name}.bicep"].text
    assert FILES["modules/monitoring.bicep"].text.lower().count("disablelocalauth: true") == 2
    assert not re.search(r"listKeys|listSecrets|AccountKey|SharedAccessKey", everything)


def test_the_service_of_azd_is_the_tagged_app():
    azure = (ROOT / "azure.yaml").read_text()
    [service] = re.findall(r"^services:\n  (\w+):", azure, re.MULTILINE)
    assert f"'azd-service-name': '{service}'" in APP.text
