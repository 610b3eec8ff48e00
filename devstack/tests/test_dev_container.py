"""The dev container has what `make start` needs, and forwards the port that it prints."""

import json

from devstack.project import ROOT

CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())


def test_it_has_the_python_of_the_project():
    version = (ROOT / ".python-version").read_text().strip()
    assert CONTAINER["image"].rpartition(":")[2] == version


def test_its_command_is_a_target():
    program, target = CONTAINER["postCreateCommand"].split()
    assert program == "make"
    assert f"\n{target}:" in (ROOT / "Makefile").read_text()


def test_it_forwards_the_default_port():
    (port,) = CONTAINER["forwardPorts"]
    assert f"_API_PORT = {port}\n" in (ROOT / "devstack" / "cli.py").read_text()
    assert list(CONTAINER["portsAttributes"]) == [str(port)]
