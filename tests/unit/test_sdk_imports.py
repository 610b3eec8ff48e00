"""Each SDK has its place: the rest of the product must not come to depend on it.

import-linter sees the azure namespace as one package, so this reads the imports itself.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {
    "azure.functions": ("function_app.py", "functions/"),
    "azure.servicebus": ("shared/messaging/",),
    "azure.data": ("shared/storage/",),
    "azure.communication": ("shared/providers/email_acs",),
    "azure.identity": ("shared/app/adapters.py", "shared/auth/certificates.py"),
    "aiohttp": ("shared/runtime/http_transport.py",),
    "requests": ("shared/lookups/", "shared/auth/"),
    "dns": ("shared/lookups/host_names.py",),
    "jwt": ("shared/auth/", "shared/lookups/maskinporten.py", "shared/lookups/platform/platform_token.py"),
    "defusedxml": ("shared/providers/",),
    "phonenumbers": ("shared/contracts/reading/phone_numbers.py",),
    "pydantic": ("shared/contracts/",),
}


@pytest.mark.parametrize("sdk", ALLOWED)
def test_sdk_is_imported_only_where_it_belongs(sdk):
    strangers = [
        f"{path}:{line}"
        for path, line, module in product_imports()
        if within(module, sdk) and not path.startswith(ALLOWED[sdk])
    ]
    assert strangers == []


def test_reads_every_form_of_import(tmp_path):
    file = tmp_path / "sample.py"
    file.write_text(
        "import azure.functions as func\nfrom azure import data\ndef f():\n    from requests import get\n"
    )
    assert [module for _, module in imports_of(file)] == ["azure.functions", "azure.data", "requests.get"]
    assert within("azure.data.tables", "azure.data")
    assert not within("azure.database", "azure.data")


@cache
def product_imports() -> list[tuple[str, int, str]]:
    files = [ROOT / "function_app.py", *ROOT.glob("functions/**/*.py"), *ROOT.glob("shared/**/*.py")]
    return [
        (file.relative_to(ROOT).as_posix(), line, module)
        for file in files
        for line, module in imports_of(file)
    ]


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
