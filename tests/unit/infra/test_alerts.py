"""Alerts can be deployed to an empty workspace, see the telemetry of a busy day, and lead to a runbook."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from devstack.host.triggers.ncrontab import parse_ncrontab
from tests.support.snapshots import INFRA, PRESETS, evaluated, needs_compiler, of_type, only

pytestmark = pytest.mark.xdist_group("snapshots")  # one process evaluates each once
HOST = json.loads((INFRA.parent / "host.json").read_text())
DECLARED = json.loads((INFRA / "alerts.json").read_text())
# One preset with other values than its file has; each evaluation takes seconds, so tests share this one.
OTHERWISE = {
    "runbookUri": "'https://wiki.example.no/notifications'",
    "maximumInstanceCount": "60",
    "monthlyBudget": "0",
}
each_preset = pytest.mark.parametrize("preset", PRESETS)


def _rules(preset):
    return {
        each["name"]: each["properties"]
        for kind in ("Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts")
        for each in of_type(evaluated(preset), kind)
    }


@needs_compiler
@each_preset
def test_queries_run_on_a_workspace_that_has_no_tables_yet(preset):
    for each in of_type(evaluated(preset), "Microsoft.Insights/scheduledQueryRules"):
        rule = each["properties"]
        query = rule["criteria"]["allOf"][0]["query"]
        assert rule["skipQueryValidation"] is True
        assert re.match(r"union isfuzzy=true (\w+), \(datatable\([^)]+\)\[\]\) \| ", query), each["name"]
        assert "Hits" in query


def test_queries_read_only_what_is_never_sampled():
    sampled = {"AppRequests", "AppDependencies", "AppExceptions"}
    excluded = HOST["logging"]["applicationInsights"]["samplingSettings"]["excludedTypes"].split(";")
    assert excluded == ["Trace"]
    assert {alert["table"] for alert in DECLARED["logs"]} & sampled == set()
    # runs are counted by the host and sent as metrics, which sampling leaves alone
    assert HOST["logging"]["logLevel"]["Host.Aggregator"] == "Information"


def test_silence_without_any_telemetry_raises_no_false_alarm():
    silent = [alert for alert in DECLARED["logs"] if re.search(r"now\(\)|== 0, 1", " ".join(alert["query"]))]
    assert len(silent) == 3
    for alert in silent:
        assert "Any = count()" in alert["query"][0]
        assert re.search(r"iff\(Any (== 0, 0|> 0 and)", alert["query"][1]), alert["name"]


@needs_compiler
@each_preset
def test_the_cap_and_the_oldest_order_are_watched_and_metrics_of_the_platform_as_well(preset):
    rules = _rules(preset)
    cap = rules["alert-telemetry-cap"]["criteria"]["allOf"][0]["query"]
    assert cap.startswith("union isfuzzy=true _LogOperation")
    assert "AppRoleName" not in cap.partition("|")[2]
    assert "oldest_due" in rules["alert-oldest-due"]["criteria"]["allOf"][0]["query"]
    watched = {
        metric["metricNamespace"].partition("/")[2]
        for rule in rules.values()
        for metric in rule["criteria"].get("allOf", [])
        if "metricName" in metric
    }
    assert watched == {"namespaces", "storageAccounts", "vaults", "systemTopics", "sites"}


@needs_compiler
@each_preset
def test_every_alert_tells_the_operators_and_leads_to_its_runbook(preset):
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(
            r"^#+ (.*)$", (INFRA.parent / "docs/operations.md").read_text(), re.MULTILINE
        )
    }
    group = only(evaluated(preset), "Microsoft.Insights/actionGroups")["id"]
    for name, rule in _rules(preset).items():
        assert rule["description"].endswith(f" docs/operations.md#{name}"), name
        assert name in anchors
        assert group in json.dumps(rule["actions"])


@needs_compiler
def test_the_runbooks_may_be_anywhere():
    elsewhere = evaluated("small", **OTHERWISE)
    rule = only(elsewhere, "Microsoft.Insights/scheduledQueryRules", "oldest-due")["properties"]
    link = "https://wiki.example.no/notifications#alert-oldest-due"
    assert rule["actions"]["customProperties"] == {"runbook": link}


@needs_compiler
def test_instances_at_their_maximum_follow_the_size():
    rule = _rules("national")["alert-instances-at-maximum"]["criteria"]["allOf"][0]
    assert (rule["operator"], rule["threshold"]) == ("GreaterThanOrEqual", 200)
    fewer = evaluated("small", **OTHERWISE)
    changed = only(fewer, "Microsoft.Insights/metricAlerts", "instances-at-maximum")["properties"]
    assert changed["criteria"]["allOf"][0]["threshold"] == 60


@needs_compiler
def test_availability_and_budget_are_watched_where_they_are_asked_for():
    assert "alert-availability" in _rules("standard")
    assert "alert-availability" not in _rules("small")
    assert only(evaluated("small"), "Microsoft.Consumption/budgets")["properties"]["amount"] == 1000
    assert of_type(evaluated("small", **OTHERWISE), "Microsoft.Consumption/budgets") == []


def test_an_alert_that_misses_runs_of_the_purge_waits_for_several():
    settings = (INFRA / "modules" / "function_app.bicep").read_text()
    schedule = parse_ncrontab(re.search(r"RETENTION_SCHEDULE: '([^']+)'", settings)[1])
    start = at = datetime(2031, 5, 5, tzinfo=UTC)
    for _ in range(5):
        at = schedule.next_after(at)
    minutes = re.search(r"windowSize: 'PT(\d+)M'", (INFRA / "modules" / "alerts.bicep").read_text())
    assert at - start <= timedelta(minutes=int(minutes[1]))
