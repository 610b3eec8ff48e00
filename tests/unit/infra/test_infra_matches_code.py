"""What `checks.infra` reads in the source is what the running code has; and what only a test can compare."""

import re

import pytest

from checks.infra import source, templates
from devstack.project import ROOT
from shared.app.settings import read_settings
from shared.records import queues
from shared.storage.keys import TABLES
from tests.support.listing import functions_of_app
from tests.support.settings import Recorder, sample


def test_the_settings_that_it_reads_in_the_source_are_those_that_the_code_asks_for():
    environment = Recorder(sample())
    read_settings(environment)
    addresses = {"ServiceBusConnection__fullyQualifiedNamespace", "TableStorageConnection__tableServiceUri"}
    assert source.settings_read(ROOT) == environment.asked - addresses
    assert source.sample_settings(ROOT) == sample()


def test_the_functions_that_it_reads_in_the_source_are_those_that_a_host_indexes():
    triggered = {
        function.get_function_name()
        for function in functions_of_app()
        if function.get_trigger().get_binding_name() != "httpTrigger"
    }
    assert source.functions(ROOT) == triggered


def test_tables_and_queues_are_those_of_the_code():
    assert source.tables(ROOT) == TABLES
    assert source.queues(ROOT) == (*queues.QUEUES, queues.PULSE)


def test_settings_that_triggers_name_are_found():
    assert source.settings_of_triggers(ROOT) == {"RELEASE_DUE_SCHEDULE", "RETENTION_SCHEDULE"}


def test_parameters_are_read_with_their_decorators():
    main = templates.parameters(ROOT / "infra" / "main.bicep")
    assert len(main) > 40
    assert main["smsGatewayPassword"].is_secure
    assert main["smsGatewayPassword"].default is None
    assert (main["dataLocation"].default, main["dataLocation"].is_secure) == ("'Norway'", False)
    assert templates.allowed(ROOT / "infra" / "main.bicep", "preset") == {"small", "standard", "national"}


@pytest.mark.parametrize("name", ["tokenIssuers", "tokenAudiences", "smsReportPassword", "profileEndpoint"])
def test_what_must_be_given_must_not_be_empty(name):
    main = (ROOT / "infra" / "main.bicep").read_text()
    assert re.search(rf"^@minLength\(1\)\nparam {name} string$", main, re.MULTILINE)


def test_an_own_sender_name_is_left_out_unless_it_is_asked_for():
    # Microsoft forbids one until it has raised the sending limits; the presets all give a value of their own
    assert templates.parameters(ROOT / "infra" / "main.bicep")["emailSenderUsername"].default == "''"


def test_connections_of_triggers_are_deployed_with_their_identity():
    code = "\n".join(path.read_text() for path in (ROOT / "functions").glob("*.py"))
    for connection in set(re.findall(r'CONNECTION = "(\w+)"', code)):
        for part in ("fullyQualifiedNamespace", "credential", "clientId"):
            assert f"{connection}__{part}" in templates.app_settings(ROOT)


def test_the_site_has_no_property_that_flex_consumption_refuses():
    refused = {"alwaysOn", "ftpsState", "linuxFxVersion", "netFrameworkVersion", "use32BitWorkerProcess"}
    refused |= {"functionAppScaleLimit", "functionsRuntimeScaleMonitoringEnabled", "preWarmedInstanceCount"}
    text = (ROOT / "infra" / "modules" / "function_app.bicep").read_text()
    given = set(re.findall(r"(\w+):", re.search(r"siteConfig: \{(.*?)\}", text, re.DOTALL)[1]))
    assert "minTlsVersion" in given
    assert given & refused == set()


def test_secrets_that_may_be_missing_are_no_references_then():
    deployed = templates.app_settings(ROOT)
    optional = ("METRICS_API_KEY", "MASKINPORTEN_ENCODED_JWK", "PLATFORM_SUBSCRIPTION_KEY")
    for name in (*optional, "PLATFORM_ACCESS_TOKEN_PFX", "SMS_REPORT_FORMER_PASSWORD"):
        # a reference to a secret that was not given would arrive as its own, guessable, text
        assert re.fullmatch(r"has\.\w+ \? '\$\{secretPrefix\}[\w-]+\)' : ''", deployed[name]), name
