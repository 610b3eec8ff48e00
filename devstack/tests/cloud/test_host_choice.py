"""Which Functions host the local cloud runs, and the error when the real one is missing."""

import pytest

from devstack.cli import main
from devstack.cloud.host_choice import HostKind, find_functions_host, host_of_environment
from devstack.errors import DevstackError


@pytest.fixture
def program(tmp_path, monkeypatch):
    """The only functions-host there is."""
    path = tmp_path / "functions-host"
    path.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FUNCTIONS_HOST", raising=False)
    return path


@pytest.mark.parametrize(
    ("value", "kind"),
    [("real", HostKind.REAL), ("own", HostKind.OWN), ("", HostKind.OWN), ("my-machine", HostKind.OWN)],
)
def test_only_the_word_real_chooses_the_real_host(monkeypatch, value, kind):
    monkeypatch.setenv("HOST", value)
    assert host_of_environment() is kind


def test_own_host_is_the_default(monkeypatch):
    monkeypatch.delenv("HOST", raising=False)
    assert host_of_environment() is HostKind.OWN


def test_program_is_found_on_the_path(program):
    assert find_functions_host() == program


def test_program_that_the_environment_names_comes_first(program, tmp_path, monkeypatch):
    other = tmp_path / "another"
    other.touch(mode=0o755)
    monkeypatch.setenv("FUNCTIONS_HOST", str(other))
    assert find_functions_host() == other


def test_missing_program_is_told(program, monkeypatch):
    monkeypatch.setenv("FUNCTIONS_HOST", "/no/such/program")
    with pytest.raises(DevstackError, match="FUNCTIONS_HOST names /no/such/program, which is no program"):
        find_functions_host()


def test_start_says_in_one_line_that_there_is_no_real_host(program, tmp_path, monkeypatch, capsys):
    program.unlink()
    monkeypatch.setenv("HOST", "real")
    monkeypatch.setenv("DEVSTACK_STATE", str(tmp_path / "run.json"))
    assert main(["start", "--port", "0"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: HOST=real runs the app on the real Azure Functions host, but there is no")
