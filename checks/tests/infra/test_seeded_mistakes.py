"""Each seeded mistake in templates, parameters, presets, alerts or pages is found, in a copy of all this."""

import re
import shutil
from pathlib import Path

import pytest

from checks.infra import violations

ROOT = Path(__file__).parents[3]
READ = ("infra", "functions", "shared", "deployment", "docs")
FILES = ("azure.yaml", "host.json", "local.settings.sample.json")
APP = "infra/modules/function_app.bicep"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repository")
    for name in READ:
        ignored = shutil.ignore_patterns("__pycache__", "api_docs_ui", "decisions")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_the_repository_itself_has_none(copy):
    assert violations(copy) == []


SEEDS = [
    # (file, what is replaced, by what, what the check says)
    (
        APP,
        r"    SMS_LIMIT_PER_SECOND: .*\n",
        "",
        "SMS_LIMIT_PER_SECOND, which the code reads, is not deployed",
    ),
    (
        APP,
        "    RELEASE_DUE_SCHEDULE: .*\n",
        "",
        "RELEASE_DUE_SCHEDULE, which the code reads, is not deployed",
    ),
    (APP, "AzureWebJobsStorage__clientId: .*", "", "AzureWebJobsStorage__clientId, which the host reads"),
    (
        APP,
        "CONDITION_ATTEMPTS: '2'",
        "CONDITION_ATTEMPTS: '3'",
        "CONDITION_ATTEMPTS is '3', in local.settings",
    ),
    (
        APP,
        "    JWT_COOKIE_NAME:",
        "    CLOCK_FILE: 'x'\n    JWT_COOKIE_NAME:",
        "CLOCK_FILE belongs to a local cloud",
    ),
    (APP, "    JWT_COOKIE_NAME:", "    TZ: 'x'\n    JWT_COOKIE_NAME:", "does not take the setting TZ"),
    (
        APP,
        "    JWT_COOKIE_NAME:",
        "    SMS_SPEED: 'x'\n    JWT_COOKIE_NAME:",
        "nothing reads the setting SMS_SPEED",
    ),
    (
        APP,
        r"SMS_REPORT_PASSWORD: '.*'",
        "SMS_REPORT_PASSWORD: 'hunter2'",
        "SMS_REPORT_PASSWORD is a secret, but no",
    ),
    (APP, "metrics-api-key", "metrics-key", "the secret metrics-key is not stored"),
    (
        "infra/modules/vault.bicep",
        "  'metrics-api-key'\n",
        "  'metrics-api-key'\n  'old-key'\n",
        "the secret old-key",
    ),
    (
        "local.settings.sample.json",
        r'    "SMS_LIMIT_PER_SECOND": "0",\n',
        "",
        "SMS_LIMIT_PER_SECOND, which the code reads, is missing",
    ),
    ("infra/tables.json", '"Orders"', '"Order"', "the table Orders of the code is not declared"),
    ("infra/tables.json", '"Orders"', '"Orders", "Old"', "the code has no table Old"),
    ("infra/queues.json", '"sms-send"', '"send-sms"', "the queue sms-send of the code is not declared"),
    (
        "infra/modules/messaging.bicep",
        "      maxDeliveryCount: .*\n",
        "",
        "maxDeliveryCount of infra/queues.json",
    ),
    (
        "infra/modules/delivery_reports.bicep",
        "'delivery-reports'",
        "'reports'",
        "not sent to the queue delivery-reports",
    ),
    ("infra/modules/vault.bicep", "4633458b", "00482a5a", "is not the role “Key Vault Secrets User”"),
    (
        "infra/modules/email.bicep",
        "Email Service Owner:",
        "Email Service Reader:",
        "is not the role “Communication",
    ),
    ("infra/main.bicep", "'function:send_sms'", "'function:send_text'", "no function send_text to keep warm"),
    (
        "host.json",
        r'      "Function\.\*\.User": .*\n',
        "",
        "what functions log at Information would not be seen",
    ),
    ("host.json", r"Function\.\*\.User", "Function.purge.User", "no function purge whose log level"),
    ("host.json", r"\[4\.\*, 5\.0\.0\)", "[3.*, 4.0.0)", "the extension bundle must be"),
    (
        "infra/alerts.json",
        "release_due Successes",
        "release Successes",
        "a function release, which is not there",
    ),
    (
        "infra/alerts.json",
        "the purge is behind",
        "the purge is late",
        "“the purge is late”, which nothing logs",
    ),
    ("infra/alerts.json", '"table": "AppMetrics"', '"table": "AppRequests"', "which is sampled"),
    ("infra/alerts.json", '"name": "oldest-due"', '"name": "oldest"', "the alert oldest has no heading"),
    (
        "docs/operations.md",
        "### Alert telemetry-cap",
        "### Telemetry",
        "the alert telemetry-cap has no heading",
    ),
    (
        "docs/operations.md",
        "### Alert budget",
        "### Alert gone\n\n### Alert budget",
        "there is no alert gone",
    ),
    (
        "infra/alerts.json",
        r"M\.name\) == .\"feed_lag",
        'M.name) == \\"lag_of_feed',
        "there is no metric lag_of_feed",
    ),
    ("infra/workbook.json", r"M\.provider", "M.vendor", "no metric has a label vendor"),
    ("infra/workbook.json", r", .\"purge_lag.\"", "", "the metric purge_lag is not shown"),
    ("docs/operations.md", r"\| `in_doubt` \|", "| `doubt` |", "the metric in_doubt is not explained"),
    ("shared/services/measures.py", '"time_to_sent"', '"send_time"', "there is no metric time_to_sent"),
    ("infra/main.parameters.json", r'    "smsLimitPerSecond": .*\n', "", "smsLimitPerSecond is missing"),
    (
        "infra/main.parameters.json",
        "TOKEN_ISSUERS}",
        "TOKEN_ISSUERS=}",
        "tokenIssuers must be ${NOTIFICATIONS_TOKEN_ISSUERS}",
    ),
    ("infra/main.parameters.json", "LOCATION=Norway", "LOCATION=", "dataLocation must be"),
    ("infra/presets/small.bicepparam", "param smsLimitPerSecond = 0\n", "", "smsLimitPerSecond is missing"),
    ("infra/presets/small.bicepparam", "'small'", "'national'", "preset is not 'small'"),
    ("infra/main.bicep", r"@allowed\(\['small', ", "@allowed(['tiny', 'small', ", "tiny is either no file"),
    (
        "infra/main.bicep",
        "@secure\\(\\)\nparam metricsApiKey",
        "param metricsApiKey",
        "metricsApiKey is a secret",
    ),
    (
        "infra/main.bicep",
        "param alertEmail string = ''",
        "param newThing string = ''\nparam alertEmail string = ''",
        "newThing is missing",
    ),
    (
        "docs/deployment.md",
        "NOTIFICATIONS_STORAGE_SKU",
        "NOTIFICATIONS_STORAGE",
        "NOTIFICATIONS_STORAGE_SKU is not explained",
    ),
    ("docs/deployment.md", "`national`", "national", "the preset national is not explained"),
    ("azure.yaml", "1.23.13", "1.20.0", "requiredVersions must ask for azd >= 1.23.13"),
    ("azure.yaml", "api:", "app:", "no tag azd-service-name"),
    ("azure.yaml", "recover_vault.py", "find_vault.py", "there is no deployment/find_vault.py"),
    (
        "azure.yaml",
        "    windows:\n      shell: pwsh\n      run: py -3 deployment/recover_vault.py\n",
        "",
        "one for windows",
    ),
]


@pytest.mark.parametrize(("file", "what", "by", "said"), SEEDS, ids=[seed[3][:50] for seed in SEEDS])
def test_a_seeded_mistake_is_found(copy, file, what, by, said):
    path = copy / file
    sound = path.read_text()
    seeded = re.sub(what, lambda match: by, sound)
    assert seeded != sound
    path.write_text(seeded)
    try:
        found = violations(copy)
    finally:
        path.write_text(sound)
    assert [line for line in found if said in line], found


def test_azd_must_not_find_a_file_it_would_prefer(copy):
    preferred = copy / "infra" / "main.bicepparam"
    preferred.write_text("using 'main.bicep'\n")
    try:
        assert violations(copy) == [
            "infra/main.bicepparam: azd would prefer it to main.parameters.json, but it cannot hold secrets"
        ]
    finally:
        preferred.unlink()
