"""The presets as the official Bicep compiler evaluates them: the resources that a deployment would create."""

import json
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checks.bicep import compiler
from devstack.project import ROOT

INFRA = ROOT / "infra"
PRESETS = tuple(sorted(path.stem for path in (INFRA / "presets").glob("*.bicepparam")))
type Resource = dict[str, Any]

needs_compiler = pytest.mark.skipif(
    compiler() is None, reason="no official Bicep compiler ($BICEP, or bicep on PATH)"
)
_MADE_UP = (
    *("--subscription-id", "00000000-0000-0000-0000-000000000001"),
    *("--tenant-id", "00000000-0000-0000-0000-000000000002"),
)


@cache
def evaluated(preset: str, **changes: str) -> tuple[Resource, ...]:
    """Evaluate a preset, with other values for some parameters, each as Bicep writes it; takes seconds."""
    bicep = compiler()
    assert bicep is not None
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(INFRA, Path(folder, "infra"))
        file = Path(folder, "infra", "presets", f"{preset}.bicepparam")
        lines = file.read_text().splitlines()
        for name, value in changes.items():
            [number] = [number for number, line in enumerate(lines) if line.startswith(f"param {name} = ")]
            lines[number] = f"param {name} = {value}"
        file.write_text("\n".join(lines) + "\n")
        subprocess.run(
            [bicep, "snapshot", str(file), "--mode", "overwrite", "--location", "norwayeast", *_MADE_UP],
            check=True,
            capture_output=True,
            text=True,
        )
        snapshot = json.loads(file.with_suffix(".snapshot.json").read_text())
    assert snapshot["diagnostics"] == []
    return tuple(snapshot["predictedResources"])


def of_type(resources: tuple[Resource, ...], kind: str) -> list[Resource]:
    """Return the resources of one type, without those below it."""
    return [each for each in resources if each["type"].casefold() == kind.casefold()]


def only(resources: tuple[Resource, ...], kind: str, name: str = "") -> Resource:
    """Return the one resource of a type whose name has a text in it."""
    [found] = [each for each in of_type(resources, kind) if name in each["name"]]
    return found
