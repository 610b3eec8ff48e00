"""The package: built on any machine for the one it runs on, with pinned dependencies and nothing else."""

import ast
import fnmatch
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deployment import build_package
from devstack.project import ROOT

SCRIPTS = sorted((ROOT / "deployment").glob("*.py"))
BY_AZD = re.findall(r"deployment/(\w+)\.py", (ROOT / "azure.yaml").read_text())


def wheel(folder, tag, needs_python=">=3.13"):
    """Write a wheel of a package `tiny` and return its hash."""
    path = folder / f"tiny-1.0-{tag}.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("tiny.py", "WHERE = 'wheel'\n")
        packed.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\nRequires-Python: {needs_python}\n",
        )
        packed.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        packed.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    for name in build_package.APP:
        path = tmp_path / name
        if name == "functions":
            (path / "__pycache__").mkdir(parents=True)
            (path / "__pycache__" / "one.pyc").write_text("")
            (path / "one.py").write_text("x = 1\n")
        elif name == "function_app.py":
            path.write_text("import tiny\nclass app:\n    get_functions = staticmethod(list)\n")
        elif "." in name and not name.startswith("."):
            path.write_text("{}")
        elif name == "shared":
            path.mkdir()
    return tmp_path


PYTHONS = [sys.executable, *filter(None, [shutil.which("python3.11"), shutil.which("python3.12")])]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).name)
@pytest.mark.parametrize(
    "tag", ["cp313-cp313-manylinux_2_28_x86_64", "cp39-abi3-manylinux2014_x86_64", "py3-none-any"]
)
def test_any_python_builds_for_the_one_that_the_app_runs_on(project, python, tag):
    digest = wheel(project / "wheels", tag)
    (project / "requirements.txt").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this Python has no pip")
    code = "import sys; from deployment import build_package; build_package.install(sys.argv[1])"
    subprocess.run([python, "-c", code, str(project)], check=True, cwd=ROOT)
    assert (project / build_package.SITE / "tiny.py").read_text() == "WHERE = 'wheel'\n"


@pytest.mark.parametrize(
    "tag",
    ["cp312-cp312-manylinux_2_28_x86_64", "cp313-cp313-win_amd64", "cp313-cp313-manylinux_2_28_aarch64"],
)
def test_what_the_app_could_not_run_is_not_packed(project, tag, capfd):
    digest = wheel(project / "wheels", tag)
    (project / "requirements.txt").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    with pytest.raises(build_package.PackageError):
        build_package.install(project)


@pytest.mark.parametrize("line", ["tiny==1.0", "tiny==1.0 --hash=sha256:" + 64 * "0"])
def test_a_dependency_without_its_hash_is_refused(project, line, capfd):
    wheel(project / "wheels", "py3-none-any")
    (project / "requirements.txt").write_text(line + "\n")
    with pytest.raises(build_package.PackageError):
        build_package.install(project)


def test_the_same_input_makes_the_same_package_which_is_imported_with_nothing_else(project):
    digest = wheel(project / "wheels", "py3-none-any")
    (project / "requirements.txt").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    build_package.install(project)
    first, second = (build_package.pack(project, project / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        assert [name for name in packed.namelist() if "pyc" in name] == []
    assert build_package.sizes(first)["tiny.py"] == len("WHERE = 'wheel'\n")
    assert build_package.import_bare(first)["foreign"] == []


def test_an_import_of_what_is_not_packed_is_found(project):
    (project / "requirements.txt").write_text("")
    (project / build_package.SITE).mkdir(parents=True)
    (project / "function_app.py").write_text("import orjson\n")  # this machine has it, the package does not
    with pytest.raises(build_package.PackageError, match="orjson"):
        build_package.import_bare(build_package.pack(project, project / "a.zip"))


def test_everything_deployed_is_pinned_with_hashes_and_so_is_what_builds_it():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pins = re.findall(
            r"^([\w.-]+)(?:\[\w+\])?==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
            text,
            re.MULTILINE,
        )
        assert len(pins) == text.count("=="), name
        assert len(pins) > 30
    direct = re.findall(r"^([\w.-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    pinned = {
        name.lower()
        for name in re.findall(r"^([\w.-]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    }
    assert {name.lower() for name in direct} <= pinned


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_read_by_the_python_of_any_machine(script):
    tree = ast.parse(script.read_text(), feature_version=(3, 9))
    if script.stem not in BY_AZD:
        return
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported - set(sys.stdlib_module_names) <= {"deployment"}


def test_azd_packs_what_the_package_has_and_nothing_else():
    patterns = [line for line in (ROOT / ".funcignore").read_text().splitlines() if line and line[0] != "#"]
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    packed = set()
    for top in {path.partition("/")[0] for path in tracked} | {".python_packages"}:
        ignored = False
        for pattern in patterns:  # later patterns decide, as in .gitignore
            if fnmatch.fnmatch(top, pattern.lstrip("!").rstrip("/")):
                ignored = not pattern.startswith("!")
        if not ignored:
            packed.add(top)
    assert packed == set(build_package.APP)
