"""What the Bicep files declare, read as text: names are compared, so no compiler is needed."""

import re
from dataclasses import dataclass
from pathlib import Path

_PARAMETER = re.compile(
    r"(?P<decorators>(?:^@[^\n]*\n(?:^[ \])}][^\n]*\n)*)*)"
    r"^param (?P<name>\w+) (?P<type>[^=\n]+?)(?: = (?P<default>.*))?$",
    re.MULTILINE,
)
_SETTING = re.compile(r"^    (\w+): (.*?)(?: //.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a Bicep file; `default` is its text, or None if it must be given."""

    name: str
    type: str
    default: str | None
    is_secure: bool
    is_described: bool


def parameters(file: Path) -> dict[str, Parameter]:
    """Return the parameters of a file by their names."""
    return {
        match["name"]: Parameter(
            match["name"],
            match["type"],
            match["default"],
            "@secure()" in match["decorators"],
            "@description(" in match["decorators"],
        )
        for match in _PARAMETER.finditer(file.read_text())
    }


def allowed(file: Path, parameter: str) -> set[str]:
    """Return the values that a parameter may have."""
    found = re.search(rf"@allowed\(\[([^\]]*)\]\)\nparam {parameter} ", file.read_text())
    return set(re.findall(r"'([^']*)'", found[1])) if found else set()


def app_settings(root: Path) -> dict[str, str]:
    """Return the settings of the deployed app, each with its expression."""
    text = (root / "infra" / "modules" / "function_app.bicep").read_text()
    block = re.search(
        r"^resource appSettings .*?^  properties: \{\n(.*?)^  \}", text, re.MULTILINE | re.DOTALL
    )
    return dict(_SETTING.findall(block[1])) if block else {}


def modules(root: Path) -> list[Path]:
    """Return all Bicep files of infra/."""
    return sorted((root / "infra").rglob("*.bicep"))
