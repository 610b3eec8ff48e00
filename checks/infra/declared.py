"""Checks tables, queues, roles and functions in infra/, host.json and azure.yaml against the code."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from checks.infra import source, templates

ROLES = {  # built-in roles by their names
    "Azure Service Bus Data Owner": "090c5cfd-751d-490a-894a-3ce6f1109419",
    "Azure Service Bus Data Receiver": "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
    "Azure Service Bus Data Sender": "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Table Data Contributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "Communication and Email Service Owner": "09976791-48a7-449e-bb21-39d1a415f350",
}
BUNDLE = ("Microsoft.Azure.Functions.ExtensionBundle", "[4.*, 5.0.0)")  # the one that Flex Consumption takes
AZD = (1, 23, 13)  # older ones ignore remoteBuild or leave the dependencies out of the package
_ROLE = re.compile(
    r"^(?:// (?P<before>[^:\n]+)[:;][^\n]*\n)?var \w+ = '(?P<id>[0-9a-f-]{36})'(?: // (?P<name>[^,;\n]+))?",
    re.MULTILINE,
)
_USER_LOGS = "Function.*.User"  # of all functions, whatever the host says of its own about them


def violations(root: Path) -> list[str]:
    """Return one line for every declared thing that the code does not have, or the other way round."""
    return [*_tables(root), *_queues(root), *_roles(root), *_functions(root), *_host(root), *_azd(root)]


def _tables(root: Path) -> Iterator[str]:
    declared = json.loads((root / "infra" / "tables.json").read_text())["tables"]
    yield from _differing("infra/tables.json", "table", set(declared), set(source.tables(root)))


def _queues(root: Path) -> Iterator[str]:
    declared = json.loads((root / "infra" / "queues.json").read_text())["queues"]
    names = {queue["name"] for queue in declared}
    yield from _differing("infra/queues.json", "queue", names, set(source.queues(root)))
    text = (root / "infra" / "modules" / "messaging.bicep").read_text()
    for member in sorted(
        {name for queue in declared for name in queue} - set(re.findall(r"\bqueue\.(\w+)", text))
    ):
        yield f"infra/modules/messaging.bicep: {member} of infra/queues.json is not deployed"
    reports = source.queue(root, "DELIVERY_REPORTS")
    if f"name: '{reports}'" not in (root / "infra" / "modules" / "delivery_reports.bicep").read_text():
        yield f"infra/modules/delivery_reports.bicep: reports are not sent to the queue {reports}"


def _roles(root: Path) -> Iterator[str]:
    for file in templates.modules(root):
        text, place = file.read_text(), file.relative_to(root)
        for match in _ROLE.finditer(text):
            name = (match["name"] or match["before"] or "").strip()
            if ROLES.get(name) != match["id"]:
                yield f"{place}: {match['id']} is not the role “{name}”"


def _functions(root: Path) -> Iterator[str]:
    functions = source.functions(root)
    main = (root / "infra" / "main.bicep").read_text()
    for name in re.findall(r"'function:(\w+)'", main):
        if name not in functions:
            yield f"infra/main.bicep: there is no function {name} to keep warm"
    levels = json.loads((root / "host.json").read_text())["logging"]["logLevel"]
    named = {match[1] for category in levels if (match := re.fullmatch(r"Function\.(\w+)\.User", category))}
    for name in sorted(named - functions):
        yield f"host.json: there is no function {name} whose log level could be set"
    if levels.get(_USER_LOGS) != "Information":
        yield f"host.json: what functions log at Information would not be seen: set the level of {_USER_LOGS}"


def _host(root: Path) -> Iterator[str]:
    bundle = json.loads((root / "host.json").read_text()).get("extensionBundle", {})
    if (bundle.get("id"), bundle.get("version")) != BUNDLE:
        yield f"host.json: the extension bundle must be {BUNDLE[0]} {BUNDLE[1]}"


def _azd(root: Path) -> Iterator[str]:
    text = (root / "azure.yaml").read_text()
    service = re.search(r"^services:\n  (\w+):", text, re.MULTILINE)
    tag = "'azd-service-name': '{}'".format(service[1] if service else "")
    if tag not in (root / "infra" / "modules" / "function_app.bicep").read_text():
        yield "azure.yaml: the app has no tag azd-service-name with the name of the service"
    version = re.search(r'azd: ">= (\d+)\.(\d+)\.(\d+)"', text)
    if version is None or tuple(map(int, version.groups())) < AZD:
        yield f"azure.yaml: requiredVersions must ask for azd >= {'.'.join(map(str, AZD))}"
    scripts = re.findall(r"run: (\S+ (?:-3 )?)(\S+\.py)", text)
    for _, script in scripts:
        if not (root / script).is_file():
            yield f"azure.yaml: there is no {script}"
    if text.count("posix:") != text.count("windows:") or len(scripts) != 2 * text.count("posix:"):
        yield "azure.yaml: each hook needs one line for posix and one for windows"


def _differing(place: str, kind: str, declared: set[str], in_code: set[str]) -> Iterator[str]:
    for name in sorted(in_code - declared):
        yield f"{place}: the {kind} {name} of the code is not declared"
    for name in sorted(declared - in_code):
        yield f"{place}: the code has no {kind} {name}"
