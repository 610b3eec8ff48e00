"""Checks that the deployed app gets every setting that the code reads, with its default, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path

from checks.infra import source, templates

_FILE = "infra/modules/function_app.bicep"
BY_IDENTITY = {"ServiceBusConnection", "TableStorageConnection"}  # connection strings hold keys
LOCAL_ONLY = {
    "CLOCK_FILE",
    "ALLOW_INSECURE_LOCAL_ENDPOINTS",
    "SIMULATED_DIALOG_ACCESS",
    "API_PAGE_TOKEN",
}  # the app refuses them
REFUSED_BY_FLEX = {
    *("FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_PROCESS_COUNT"),
    *("WEBSITE_TIME_ZONE", "WEBSITE_RUN_FROM_PACKAGE", "SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD"),
    *("AzureWebJobsStorage", "TZ"),
}
OF_THE_PLATFORM = {
    *("AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId"),
    *("AzureWebJobsDisableHomepage", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"),
    *("APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"),
    *("ServiceBusConnection__fullyQualifiedNamespace", "ServiceBusConnection__credential"),
    *("ServiceBusConnection__clientId", "TableStorageConnection__tableServiceUri"),
}
_OWN_DEFAULT = {"ACS_EMAIL_ACCESS_KEY"}  # a key locally, an identity in Azure
_SECRETS = re.compile(
    r"secret$|password$|gateway_username$|report_username$|api_?key$|jwk$|pfx$|subscription_key$",
    re.IGNORECASE,
)


def violations(root: Path) -> list[str]:
    """Return one line for every setting that code, sample and template do not agree on."""
    return [*_names(root), *_defaults(root), *_secrets(root)]


def _names(root: Path) -> Iterator[str]:
    deployed, read, sample = (
        templates.app_settings(root),
        source.settings_read(root),
        source.sample_settings(root),
    )
    needed = (read | source.settings_of_triggers(root)) - LOCAL_ONLY - BY_IDENTITY
    for name in sorted(needed - set(deployed)):
        yield f"{_FILE}: the setting {name}, which the code reads, is not deployed"
    for name in sorted(OF_THE_PLATFORM - set(deployed)):
        yield f"{_FILE}: the setting {name}, which the host reads, is not deployed"
    for name in sorted(set(deployed) & LOCAL_ONLY):
        yield f"{_FILE}: {name} belongs to a local cloud; the app refuses to start with it in Azure"
    for name in sorted(set(deployed) & REFUSED_BY_FLEX):
        yield f"{_FILE}: Flex Consumption does not take the setting {name}"
    known = read | source.settings_of_triggers(root) | OF_THE_PLATFORM | LOCAL_ONLY | REFUSED_BY_FLEX
    for name in sorted(set(deployed) - known):
        yield f"{_FILE}: nothing reads the setting {name}"
    for name in sorted(read - set(sample)):
        yield f"local.settings.sample.json: the setting {name}, which the code reads, is missing"


def _defaults(root: Path) -> Iterator[str]:
    sample = source.sample_settings(root)
    for name, value in templates.app_settings(root).items():
        literal = re.fullmatch(r"'([^'$]*)'", value)
        if literal and name in sample and name not in _OWN_DEFAULT and literal[1] != sample[name]:
            yield f"{_FILE}: {name} is '{literal[1]}', in local.settings.sample.json '{sample[name]}'"


def _secrets(root: Path) -> Iterator[str]:
    deployed = templates.app_settings(root)
    vault = (root / "infra" / "modules" / "vault.bicep").read_text()
    names = set(re.findall(r"^  (?:name: )?'([a-z]+(?:-[a-z]+)+)'$", vault, re.MULTILINE)) - {
        "secrets-are-kept"
    }
    referenced = set(re.findall(r"\$\{secretPrefix\}([\w-]+)\)", "\n".join(deployed.values())))
    for name in sorted(referenced - names):
        yield f"{_FILE}: the secret {name} is not stored in infra/modules/vault.bicep"
    for name in sorted(names - referenced):
        yield f"infra/modules/vault.bicep: no setting refers to the secret {name}"
    for name, value in deployed.items():
        if _SECRETS.search(name) and name not in _OWN_DEFAULT and "${secretPrefix}" not in value:
            yield f"{_FILE}: {name} is a secret, but no reference to the vault"
