"""The evaluated resources of every preset: what a deployment would create."""

import json
import re
import shutil

import pytest

from checks.bicep import compiled, compiler
from checks.infra.templates import parameters
from tests.support.listing import functions_of_app
from tests.support.snapshots import INFRA, PRESETS, evaluated, needs_compiler, of_type, only

pytestmark = [needs_compiler, pytest.mark.xdist_group("snapshots")]  # one process evaluates each once

ROLES = {
    "090c5cfd-751d-490a-894a-3ce6f1109419": "Service Bus Data Owner",
    "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": "Service Bus Data Receiver",
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": "Service Bus Data Sender",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "09976791-48a7-449e-bb21-39d1a415f350": "Communication and Email Service Owner",
}
LIMITS = {  # Azure's rules for names
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.KeyVault/vaults": r"[a-z][a-z0-9-]{1,22}[a-z0-9]",
    "Microsoft.ServiceBus/namespaces": r"[a-z][a-z0-9-]{4,48}[a-z0-9]",
    "Microsoft.Web/sites": r"[a-z0-9][a-z0-9-]{0,58}[a-z0-9]",
    "Microsoft.Web/serverfarms": r"[\w-]{1,60}",
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[A-Za-z0-9][\w-]{2,127}",
    "Microsoft.OperationalInsights/workspaces": r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
    "Microsoft.Communication/communicationServices": r"[\w-]{1,63}",
    "Microsoft.EventGrid/systemTopics": r"[A-Za-z0-9-]{3,50}",
    "Microsoft.Insights/actionGroups": r"[\w-]{1,260}",
}
# One preset with other values than its file has; each evaluation takes seconds, so tests share this one.
OTHERWISE = {
    "location": "'swedencentral'",
    "privateNetwork": "true",
    "emailDomain": "'varsel.example.no'",
    "emailSenderUsername": "'varsel'",
    "emailLimitPerHour": "11",
    "smsLimitPerSecond": "7",
    "ownerOrdersPerMinute": "8",
    "ownerRecipientsPerMinute": "9",
    "serviceBusUnits": "4",
}
each_preset = pytest.mark.parametrize("preset", PRESETS)


@each_preset
def test_names_are_within_the_limits_of_azure(preset):
    for kind, limit in LIMITS.items():
        found = of_type(evaluated(preset), kind)
        assert found, kind
        assert [each["name"] for each in found if not re.fullmatch(limit, each["name"])] == []


def _roles(preset):
    """Return (identity, role, what kind of thing, its name) for every role that is given."""
    for each in of_type(evaluated(preset), "Microsoft.Authorization/roleAssignments"):
        scope = each["id"].rpartition("/providers/Microsoft.Authorization")[0]
        who = re.search(r"id-notifications-(\w+)-|/(systemTopics)/", each["properties"]["principalId"])
        role = ROLES[each["properties"]["roleDefinitionId"].rpartition("/")[2]]
        yield who[1] or "event grid", role, scope.rsplit("/", 2)[1], scope.rpartition("/")[2]


@each_preset
def test_every_identity_may_do_what_it_is_for_and_nothing_else(preset):
    queues = {queue["name"] for queue in json.loads((INFRA / "queues.json").read_text())["queues"]}
    given = set(_roles(preset))
    receives = "Service Bus Data Owner" if preset == "national" else "Service Bus Data Receiver"
    on = {  # (identity, role) → things
        (who, role): {name for other, another, _, name in given if (other, another) == (who, role)}
        for who, role, _, _ in given
    }
    assert on.pop(("deployment", "Storage Blob Data Contributor")) == {"app-package"}
    assert on.pop(("triggers", receives)) == queues
    assert on.pop(("data", "Service Bus Data Sender")) == queues
    assert on.pop(("data", "Service Bus Data Receiver")) == queues
    assert on.pop(("event grid", "Service Bus Data Sender")) == {"delivery-reports"}
    assert on.pop(("event grid", "Storage Blob Data Contributor")) == {"undelivered-reports"}
    [account] = on.pop(("triggers", "Storage Blob Data Owner"))
    assert on.pop(("triggers", "Storage Table Data Contributor")) == {account}
    assert account.startswith("sthost")
    rest = {pair: {re.sub(r"[a-z0-9]{13}$", "", name) for name in names} for pair, names in on.items()}
    assert rest == {
        ("triggers", "Monitoring Metrics Publisher"): {"appi-notifications-"},
        ("data", "Storage Table Data Contributor"): {"ststate"},
        ("data", "Key Vault Secrets User"): {"kv-"},
        ("mail", "Communication and Email Service Owner"): {"acs-notifications-"},
    }


@each_preset
def test_each_setting_names_the_identity_that_has_the_roles_for_it(preset):
    settings = only(evaluated(preset), "Microsoft.Web/sites/config", "appsettings")["properties"]
    app = only(evaluated(preset), "Microsoft.Web/sites")["properties"]
    purposes = {
        "AzureWebJobsStorage__clientId": "triggers",
        "ServiceBusConnection__clientId": "triggers",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "triggers",
        "AZURE_CLIENT_ID": "data",
        "ACS_EMAIL_CLIENT_ID": "mail",
    }
    for setting, purpose in purposes.items():
        assert f"id-notifications-{purpose}-" in settings[setting], setting
    assert "id-notifications-data-" in app["keyVaultReferenceIdentity"]
    storage = app["functionAppConfig"]["deployment"]["storage"]
    assert "id-notifications-deployment-" in storage["authentication"]["userAssignedIdentityResourceId"]
    assert "/stpackage" in storage["value"]


@each_preset
def test_nothing_is_reachable_with_a_shared_key(preset):
    resources = evaluated(preset)
    for account in of_type(resources, "Microsoft.Storage/storageAccounts"):
        assert account["properties"]["allowSharedKeyAccess"] is False
        assert account["properties"]["allowBlobPublicAccess"] is False
    for kind in ("Microsoft.ServiceBus/namespaces", "Microsoft.Communication/communicationServices"):
        assert only(resources, kind)["properties"]["disableLocalAuth"] is True
    assert only(resources, "Microsoft.Insights/components")["properties"]["DisableLocalAuth"] is True
    workspace = only(resources, "Microsoft.OperationalInsights/workspaces")["properties"]
    assert workspace["features"]["disableLocalAuth"] is True
    basic = of_type(resources, "Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert [each["properties"]["allow"] for each in basic] == [False, False]
    assert not re.search("listKeys|listSecrets|AccountKey|SharedAccessKey", json.dumps(resources))


def test_the_host_refuses_a_body_that_the_app_would_refuse():
    settings = only(evaluated("standard"), "Microsoft.Web/sites/config", "appsettings")["properties"]
    assert settings["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] == settings["REQUEST_BODY_LIMIT_BYTES"]


PRIVATE = {
    "Microsoft.Storage/storageAccounts": {"sthost", "stpackage", "ststate"},
    "Microsoft.KeyVault/vaults": {"kv-"},
    "Microsoft.ServiceBus/namespaces": {"sbp-notifications-"},
}


def _shut_out(resources, each):
    """Whether a resource refuses the internet, but for trusted services of Azure."""
    rules = of_type(resources, "Microsoft.ServiceBus/namespaces/networkRuleSets")
    own = each["properties"] if each["type"] != "Microsoft.ServiceBus/namespaces" else rules[0]["properties"]
    allowed = own.get("networkAcls", own)
    return own["publicNetworkAccess"] == "Disabled" or (
        allowed["defaultAction"] == "Deny" and not allowed.get("ipRules")
    )


@pytest.mark.parametrize("preset", ["small", "national"])
def test_one_parameter_puts_everything_behind_private_endpoints(preset):
    resources = evaluated("small", **OTHERWISE) if preset == "small" else evaluated(preset)
    endpoints = of_type(resources, "Microsoft.Network/privateEndpoints")
    connections = [each["properties"]["privateLinkServiceConnections"][0]["properties"] for each in endpoints]
    for kind, names in PRIVATE.items():
        found = of_type(resources, kind)
        assert {re.sub(r"[a-z0-9]{13}$", "", each["name"]) for each in found} == names
        for each in found:
            assert _shut_out(resources, each), each["name"]
            parts = {own["groupIds"][0] for own in connections if own["privateLinkServiceId"] == each["id"]}
            assert parts, each["name"]
            if each["name"].startswith("ststate"):  # undelivered reports are blobs
                assert parts == {"blob", "table"}
    units = 4 if preset == "small" else 1
    premium = {"name": "Premium", "tier": "Premium", "capacity": units}
    assert only(resources, "Microsoft.ServiceBus/namespaces")["sku"] == premium
    app = only(resources, "Microsoft.Web/sites")["properties"]
    network = only(resources, "Microsoft.Network/virtualNetworks")
    assert app["virtualNetworkSubnetId"] == f"{network['id']}/subnets/app"
    subnets = {each["name"]: each["properties"] for each in network["properties"]["subnets"]}
    assert subnets["app"]["delegations"][0]["properties"]["serviceName"] == "Microsoft.App/environments"
    assert (subnets["app"]["addressPrefix"], subnets["endpoints"]["addressPrefix"]) == (
        "10.90.0.0/24",
        "10.90.1.0/27",
    )
    zones = of_type(resources, "Microsoft.Network/privateDnsZones")
    groups = of_type(resources, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    assert (len(zones), len(groups)) == (4, len(endpoints))


@pytest.mark.parametrize("preset", ["small", "standard"])
def test_without_it_there_is_no_network(preset):
    resources = evaluated(preset)
    assert [each["type"] for each in resources if each["type"].startswith("Microsoft.Network/")] == []
    assert only(resources, "Microsoft.Web/sites")["properties"].get("virtualNetworkSubnetId") is None


@each_preset
def test_vault_service_bus_and_event_grid_are_audited(preset):
    logs = {
        each["id"].split("/")[-6]: {log["category"] for log in each["properties"]["logs"] if log["enabled"]}
        for each in of_type(evaluated(preset), "Microsoft.Insights/diagnosticSettings")
    }
    assert logs["vaults"] == {"AuditEvent"}
    assert logs["systemTopics"] == {"DeliveryFailures"}
    assert {"OperationalLogs"} | ({"RuntimeAuditLogs"} if preset == "national" else set()) <= logs[
        "namespaces"
    ]


@each_preset
def test_what_cannot_be_made_again_is_locked_outside_of_trials(preset):
    locks = of_type(evaluated(preset), "Microsoft.Authorization/locks")
    kinds = {each["id"].split("/")[-6] for each in locks}
    expected = set() if preset == "small" else {"storageAccounts", "vaults", "namespaces"}
    assert kinds == expected


def test_a_preset_that_sends_keeps_every_hop_of_an_order_warm():
    hops = {
        function.get_function_name()
        for function in functions_of_app()
        if function.get_trigger().get_binding_name() == "serviceBusTrigger"
    }
    hops = {name for name in hops if not name.startswith("record_dead_")}
    hops -= {"second_pulse", "deliver_entries"}  # an order has ended before its webhook is called
    for preset, count in (("standard", 1), ("national", 2)):  # zones take two
        size = only(evaluated(preset), "Microsoft.Web/sites")["properties"]["functionAppConfig"]
        groups = {each["name"]: each["instanceCount"] for each in size["scaleAndConcurrency"]["alwaysReady"]}
        assert groups == dict.fromkeys(["http", *(f"function:{name}" for name in hops)], count)
    plan = only(evaluated("national"), "Microsoft.Web/serverfarms")
    assert plan["properties"]["zoneRedundant"] is True


def test_a_trial_keeps_nothing_warm_on_the_smallest_instances():
    size = only(evaluated("small"), "Microsoft.Web/sites")["properties"]["functionAppConfig"]
    assert size["scaleAndConcurrency"]["alwaysReady"] == []
    assert size["scaleAndConcurrency"]["instanceMemoryMB"] == 512


@each_preset
def test_telemetry_of_the_busiest_day_stays_below_the_cap(preset):
    host = json.loads((INFRA.parent / "host.json").read_text())
    insights = host["logging"]["applicationInsights"]
    app = only(evaluated(preset), "Microsoft.Web/sites")["properties"]["functionAppConfig"]
    instances = app["scaleAndConcurrency"]["maximumInstanceCount"]
    # a sampled item has about 1 kB; there are seven metrics for each of the three functions of an instance
    sampled = insights["samplingSettings"]["maxTelemetryItemsPerSecond"] * 1_000 * 86_400
    minutes, seconds = map(int, host["aggregator"]["flushTimeout"].split(":")[1:])
    metrics = 7 * 3 * 500 * 86_400 / (60 * minutes + seconds)
    cap = only(evaluated(preset), "Microsoft.OperationalInsights/workspaces")["properties"]
    assert instances * (sampled + metrics) < cap["workspaceCapping"]["dailyQuotaGb"] * 1e9


def test_the_rules_that_microsoft_recommends_are_errors(tmp_path):
    shutil.copy(INFRA / "bicepconfig.json", tmp_path)
    (tmp_path / "main.bicep").write_text(
        "param unused string\nparam secret string = 'x'\noutput a object = {}\n"
    )
    found = compiled(tmp_path / "main.bicep", compiler())
    assert {re.search("Error ([a-z-]+):", line)[1] for line in found} == {
        "no-unused-params",
        "secure-secrets-in-params",
        "use-user-defined-types",
    }
    levels = set(re.findall(r'"([a-z-]+)": \{ "level": "(?!error)', (INFRA / "bicepconfig.json").read_text()))
    assert levels == {"use-recent-api-versions"}


KIND_OF_SENDER = "Microsoft.Communication/emailServices/domains/senderUsernames"


@pytest.mark.parametrize("preset", ["small", "standard"])  # an Azure-managed domain, and one of one's own
def test_an_own_sender_name_is_never_made_unless_it_is_asked_for(preset):
    assert of_type(evaluated(preset), KIND_OF_SENDER) == []
    assert "'DoNotReply'" in _settings(preset)["DEFAULT_EMAIL_FROM_ADDRESS"]


def test_an_own_sender_name_is_made_when_its_domain_is_verified():
    assert only(evaluated("national"), KIND_OF_SENDER)["properties"]["username"] == "varsel"
    assert of_type(evaluated("small", **OTHERWISE), KIND_OF_SENDER) == []
    service = "Microsoft.Communication/communicationServices"
    assert only(evaluated("small", **OTHERWISE), service)["properties"]["linkedDomains"] == []


def test_limits_of_providers_are_parameters_that_start_where_microsoft_does():
    names = ("EMAIL_LIMIT_PER_MINUTE", "EMAIL_LIMIT_PER_HOUR")
    assert [_settings("small")[name] for name in names] == ["5", "10"]
    assert [_settings("standard")[name] for name in names] == ["30", "100"]
    given = _settings("small", **OTHERWISE)
    assert [given[name] for name in ("SMS_LIMIT_PER_SECOND", "OWNER_ORDERS_PER_MINUTE")] == ["7", "8"]
    assert [given[name] for name in ("OWNER_RECIPIENTS_PER_MINUTE", "EMAIL_LIMIT_PER_HOUR")] == ["9", "11"]


def test_the_limits_that_microsoft_sets_are_the_defaults():
    declared = parameters(INFRA / "main.bicep")
    assert declared["emailLimitPerMinute"].default == "empty(emailDomain) ? 5 : 30"
    assert declared["emailLimitPerHour"].default == "empty(emailDomain) ? 10 : 100"


def _settings(preset, **changes):
    return only(evaluated(preset, **changes), "Microsoft.Web/sites/config", "appsettings")["properties"]


def test_another_region_has_other_names():
    here, there = (
        {each["name"] for kind in LIMITS for each in of_type(resources, kind)} - {"ag-notifications"}
        for resources in (evaluated("small"), evaluated("small", **OTHERWISE))
    )
    assert here & there == set()


def test_another_tier_is_another_namespace():
    standard, premium = (
        only(evaluated(preset), "Microsoft.ServiceBus/namespaces") for preset in ("standard", "national")
    )
    assert (standard["sku"]["tier"], premium["sku"]["tier"]) == ("Standard", "Premium")
    assert standard["name"] != premium["name"]
    host = _settings("national")["ServiceBusConnection__fullyQualifiedNamespace"]
    assert host == f"{premium['name']}.servicebus.windows.net"


def test_the_key_of_ids_is_never_overwritten():
    vault = (INFRA / "modules" / "vault.bicep").read_text()
    assert re.search(
        r"@onlyIfNotExists\(\)\nresource \w+ '[^']+' = \{\n  parent: vault\n  name: 'id-secret'", vault
    )
    assert only(evaluated("small"), "Microsoft.KeyVault/vaults/secrets", "id-secret")
