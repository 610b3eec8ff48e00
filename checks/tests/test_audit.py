import json
import sys

import pytest

from checks.audit import Audit, audit, report


@pytest.fixture
def stand_in(tmp_path):
    """Return a program in the place of pip-audit that answers what it is told to."""

    def make(answer, ends=0, complaint=""):
        script = tmp_path / "stand_in.py"
        script.write_text(
            f"import sys\nprint({answer!r})\nsys.stderr.write({complaint!r})\nsys.exit({ends})\n"
        )
        return (sys.executable, str(script))

    return make


def test_what_is_known_is_found(stand_in, capsys):
    vulnerable = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2", "3"]}]}
    sound = {"name": "b", "version": "1", "vulns": []}
    result = audit("requirements.txt", stand_in(json.dumps({"dependencies": [vulnerable, sound]}), ends=1))
    assert report("requirements.txt", result) == 1
    assert "a 1: CVE-1, mended in 2 or 3" in capsys.readouterr().out


def test_what_could_not_be_asked_about_does_not_count_as_sound(stand_in, capsys):
    skipped = {"name": "a", "skip_reason": "not found"}
    result = audit("requirements.txt", stand_in(json.dumps({"dependencies": [skipped]})))
    assert report("requirements.txt", result) == 0
    assert "not looked for in 1 dependencies" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "{}", "[1", "Traceback"])
def test_without_a_network_it_says_so_in_one_line(stand_in, capsys, answer):
    program = stand_in(answer, ends=1, complaint="Traceback\nConnectionError: no network\n")
    assert report("requirements.txt", audit("requirements.txt", program)) == 0
    assert capsys.readouterr().out == (
        "Vulnerabilities: not looked for in requirements.txt: ConnectionError\n"
    )


def test_without_the_program_it_says_so():
    assert audit("requirements.txt", ("/no/such/program",)) == Audit([], [], "FileNotFoundError")
