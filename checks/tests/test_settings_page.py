import json

import pytest

from checks.settings_page import PAGE, text, violations

CODE = """
class Settings:
    base_uri: str = _read(_text, "BASE_URI", "the address")
    sender: str = _read(_text, "SENDER", "a name", "Altinn")
    password: str = _hidden(_optional, "PASSWORD")
    wait: int = _read(_seconds, "WAIT_SECONDS", 30, 1, 10**4)
    issuers: frozenset = _read(_some_names, "ISSUERS", "issuers")
    clock: str = _read(_file, "CLOCK_FILE")

def policy(environment):
    _choice(environment, "CONDITION_WHEN_INCONCLUSIVE", choices, default)
    _number(environment, "ATTEMPTS", 2, 1, 10)
"""
VALUES = {
    "BASE_URI": "http://localhost",
    "SENDER": "Altinn",
    "PASSWORD": "",
    "WAIT_SECONDS": "30",
    "ISSUERS": "a",
    "CONDITION_WHEN_INCONCLUSIVE": "Send",
    "ATTEMPTS": "2",
    "SCHEDULE": "0 * * * * *",
    "CLOCK_FILE": "",
}


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "shared" / "app").mkdir(parents=True)
    (tmp_path / "shared" / "app" / "settings.py").write_text(CODE)
    sample = {"Values": VALUES, "Explanations": {name: f"About {name}." for name in VALUES}}
    (tmp_path / "local.settings.sample.json").write_text(json.dumps(sample))
    return tmp_path


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("Needed", "| `BASE_URI` | text | none | About BASE_URI. |"),
        ("Needed", "| `ISSUERS` | names, separated by commas | none | About ISSUERS. |"),
        ("With a default", "| `SENDER` | text | `Altinn` | About SENDER. |"),
        ("With a default", "| `PASSWORD` | text, secret | empty | About PASSWORD. |"),
        ("With a default", "| `WAIT_SECONDS` | 1 to 10 000 seconds | 30 | About WAIT_SECONDS. |"),
        ("With a default", "| `ATTEMPTS` | 1 to 10 | 2 | About ATTEMPTS. |"),
        ("With a default", "| `CONDITION_WHEN_INCONCLUSIVE` | a choice | `Send` | About CONDITION_WHEN"),
        ("Of the Functions host", "| `SCHEDULE` | text | `0 * * * * *` | About SCHEDULE. |"),
        ("Of a local cloud only", "| `CLOCK_FILE` | text | empty | About CLOCK_FILE. |"),
    ],
)
def test_each_setting_is_in_its_section(repository, section, row):
    _, _, behind = text(repository).partition(f"\n## {section}\n")
    assert row in behind.partition("\n## ")[0]


def test_page_must_be_current(repository):
    assert violations(repository) != []
    (repository / PAGE).write_text(text(repository))
    assert violations(repository) == []
    settings = repository / "shared" / "app" / "settings.py"
    settings.write_text(settings.read_text().replace('"ATTEMPTS", 2', '"ATTEMPTS", 3'))
    (line,) = violations(repository)
    assert "is not current" in line
