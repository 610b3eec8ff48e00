"""Checks that main.bicep, the file of azd, the presets and docs/deployment.md name the same parameters.

azd passes an empty text for a parameter of type string whose variable is empty. So a default that is not
empty is repeated in its file. For numbers and truth values an empty variable means the default of main.bicep.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from checks.infra import templates
from checks.infra.templates import Parameter

_FILE = "infra/main.parameters.json"
_PAGE = "docs/deployment.md"
_AZD = {"environmentName": "AZURE_ENV_NAME", "location": "AZURE_LOCATION"}
_PREFIX = "NOTIFICATIONS_"
_SECRET = re.compile(
    r"secret$|password$|(?:gateway|report)username$|apikey$|jwk$|pfx$|subscriptionkey$", re.IGNORECASE
)


def variable(parameter: str) -> str:
    """Return the variable of azd that a parameter is read from."""
    return _AZD.get(parameter) or _PREFIX + re.sub(r"([A-Z])", r"_\1", parameter).upper()


def violations(root: Path) -> list[str]:
    """Return one line for every parameter that one of the files does not have, or has differently."""
    declared = templates.parameters(root / "infra" / "main.bicep")
    return [*_azd(root, declared), *_presets(root, declared), *_page(root, declared), *_decorators(root)]


def _azd(root: Path, declared: dict[str, Parameter]) -> Iterator[str]:
    given = json.loads((root / _FILE).read_text())["parameters"]
    for name in sorted(set(declared) ^ set(given)):
        yield f"{_FILE}: {name} is {'missing' if name in declared else 'no parameter of infra/main.bicep'}"
    for name in sorted(set(declared) & set(given)):
        expected = f"${{{variable(name)}{_default(declared[name])}}}"
        if given[name]["value"] != expected:
            yield f"{_FILE}: {name} must be {expected}"


def _default(parameter: Parameter) -> str:
    if parameter.default is None:
        return ""  # azd asks for it, and stops where it cannot ask
    literal = re.fullmatch(r"'([^']*)'", parameter.default)
    return f"={literal[1]}" if literal else "="


def _presets(root: Path, declared: dict[str, Parameter]) -> Iterator[str]:
    files = {path.stem: path for path in (root / "infra" / "presets").glob("*.bicepparam")}
    for name in sorted(set(files) ^ templates.allowed(root / "infra" / "main.bicep", "preset")):
        yield f"infra/presets: {name} is either no file or no value of the parameter preset"
    for preset, path in sorted(files.items()):
        lines = dict(re.findall(r"^param (\w+) = (.*)$", path.read_text(), re.MULTILINE))
        for name in sorted(set(declared) ^ set(lines)):
            what = "missing" if name in declared else "no parameter"
            yield f"infra/presets/{preset}.bicepparam: {name} is {what}"
        if lines.get("preset") != f"'{preset}'":
            yield f"infra/presets/{preset}.bicepparam: preset is not '{preset}'"
    if (root / "infra" / "main.bicepparam").exists():
        yield "infra/main.bicepparam: azd would prefer it to main.parameters.json, but it cannot hold secrets"


def _page(root: Path, declared: dict[str, Parameter]) -> Iterator[str]:
    page = (root / _PAGE).read_text()
    on_page = set(re.findall(rf"\b{_PREFIX}[A-Z_]+\b", page))
    variables = {variable(name) for name in declared} - set(_AZD.values())
    for name in sorted(variables - on_page):
        yield f"{_PAGE}: {name} is not explained"
    for name in sorted(on_page - variables):
        yield f"{_PAGE}: there is no parameter for {name}"
    for preset in sorted(templates.allowed(root / "infra" / "main.bicep", "preset")):
        if f"`{preset}`" not in page:
            yield f"{_PAGE}: the preset {preset} is not explained"


def _decorators(root: Path) -> Iterator[str]:
    for file in templates.modules(root):
        for name, parameter in templates.parameters(file).items():
            place = f"{file.relative_to(root)}: {name}"
            if not parameter.is_described:
                yield f"{place} has no description"
            if _SECRET.search(name) and not parameter.is_secure:
                yield f"{place} is a secret, but not @secure()"
