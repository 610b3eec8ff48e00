"""`devstack/bootstrap.sh` on a machine that has another Python 3, but not 3.13."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.project import ROOT
from devstack.tests.support.python_mirror import make_archive, served, write_list

OTHERS = [f"python3.{minor}" for minor in (14, 12, 11, 10, 9)]
TOOLS = ("sh", "cat", "cmp", "dirname", "mkdir", "rm")
CLOSED = "http://127.0.0.1:9"
SECONDS = 300

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.libc_ver()[0]) != ("linux", "glibc"), reason="the mirror has an archive for Linux"
)


def other_python() -> Path:
    look = "import ensurepip, sys, venv; print(sys.executable)"
    for path in filter(None, map(shutil.which, OTHERS)):
        found = subprocess.run([path, "-c", look], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return Path(found.stdout.strip())
    pytest.skip("this machine has no Python 3 besides 3.13 that can make virtual environments")


@pytest.fixture(scope="module")
def package_index() -> None:
    ask = [sys.executable, "-m", "pip", "index", "versions", "uv"]
    if subprocess.run(ask, capture_output=True, check=False).returncode != 0:
        pytest.skip("the package index cannot be reached")


@pytest.fixture
def machine(tmp_path):
    """A project without requirements, on a PATH that has one Python, of another version."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))
    (tools / "python3").symlink_to(other_python())
    project = tmp_path / "project"
    (project / "devstack").mkdir(parents=True)
    for name in ("bootstrap.sh", "requirements-uv.txt"):
        shutil.copyfile(ROOT / "devstack" / name, project / "devstack" / name)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (project / name).write_text("# none\n")
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYENV", "UV_", "VIRTUAL"))
    }
    return project, kept | {"PATH": str(tools), "HOME": str(tmp_path), "UV_HTTP_RETRIES": "0"}


def bootstrap(project, environment):
    return subprocess.run(
        [shutil.which("sh"), "devstack/bootstrap.sh"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def without_index(environment):
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    return environment | nowhere


@pytest.mark.usefixtures("package_index")
def test_python_is_fetched_once_and_before_that_one_line_says_what_to_do(machine, tmp_path):
    project, environment = machine
    done = bootstrap(project, environment | {"UV_PYTHON_INSTALL_MIRROR": CLOSED})
    assert done.returncode == 1
    assert "connect to the network once, or install Python 3.13" in done.stderr.splitlines()[-1]
    assert CLOSED in (project / ".devstack/python.log").read_text()
    assert not (project / ".venv").exists()

    make_archive(tmp_path)
    with served(tmp_path) as (address, asked):
        environment |= {"UV_PYTHON_DOWNLOADS_JSON_URL": write_list(tmp_path, address).as_uri()}
        done = bootstrap(project, environment)
        assert done.returncode == 0, done.stderr
        assert asked == ["/python.tar.gz"]

        fetching, *_ = [line for line in done.stderr.splitlines() if "3.13" in line]
        assert fetching == "Python 3.13 was not found; fetching it into .devstack/python with uv, once"
        python = project / ".venv/bin/python"
        assert project / ".devstack/python" in python.resolve().parents
        version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout
        assert version.strip() == f"Python {platform.python_version()}"

        assert bootstrap(project, environment).stderr == ""
        shutil.rmtree(project / ".venv")
        assert bootstrap(project, environment).returncode == 0
        assert asked == ["/python.tar.gz"]


def test_without_the_package_index_one_line_says_what_to_do(machine):
    project, environment = machine
    done = bootstrap(project, without_index(environment))
    assert done.returncode == 1
    first, last = done.stderr.splitlines()
    assert first.startswith("Python 3.13 was not found")
    assert last.startswith("error: ")
    assert "connect to the network once, or install Python 3.13" in last


def test_without_any_python_one_line_says_what_to_do(machine, tmp_path):
    project, environment = machine
    (tmp_path / "bin" / "python3").unlink()
    done = bootstrap(project, environment)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: Python 3 was not found: install Python 3.13")
