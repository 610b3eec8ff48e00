import pytest

from checks.documented_names import violations

CODE = """\
class AdvanceOrder:
    def work(self):
        _log.warning("queue %s is %d s behind", 1, 2)
        _log.error("a row is unreadable")

read("CONDITION_ATTEMPTS")
BOUNCED = "Failed_Bounced"
"""
ALERTS = '{"logs": [{"name": "agenda-lag"}], "metrics": []}'


@pytest.fixture
def repository(tmp_path):
    for folder in ("shared", "functions", "docs", "infra/modules"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "shared" / "work.py").write_text(CODE)
    (tmp_path / "infra" / "alerts.json").write_text(ALERTS)
    for name in ("alerts", "budget"):
        (tmp_path / "infra" / "modules" / f"{name}.bicep").write_text("")
    for name in ("pyproject.toml", "Makefile"):
        (tmp_path / name).write_text("")
    return tmp_path


def of_page(repository, text, name="docs/operations.md"):
    (repository / name).write_text(f"# Page\n\n{text}\n")
    return violations(repository)


@pytest.mark.parametrize(
    "text",
    [
        "`queue … is … s behind` in the log",
        "`Failed_Bounced`, `Email_Failed_Bounced`, `SMS_Failed_Bounced`",
        "`a row is\nunreadable`",
        "| `a row is unreadable` | log (error) | so |",
        "| `queue … is … s behind` | log | so |",
        "the alert `agenda-lag` says so",
        "set CONDITION_ATTEMPTS or `CONDITION_ATTEMPTS`",
        "`AdvanceOrder`, `GET /health/ready`, `make check`",
        "```\nmake THINGS_WORK\n`no such line`\n```",
    ],
)
def test_what_the_code_has(repository, text):
    assert of_page(repository, text) == []


@pytest.mark.parametrize(
    ("text", "violation"),
    [
        ("the log says `queue … is late`", "nothing logs “queue … is late”"),
        (
            "| `queue … is … s behind` | log (error) | so |",
            "“queue … is … s behind” is not logged as an error",
        ),
        ("the alert `agenda-late` says so", "no alert agenda-late in infra/"),
        ("set CONDITION_TRIES", "no setting CONDITION_TRIES in the code"),
        ("`PaceProvider` does", "no PaceProvider in the code"),
        ("`second_pulse()` does", "no second_pulse in the code"),
        ("`Email_Failed_Lost` is told", "no Failed_Lost in the code"),
        ("`sms.in_doubt` is told", "no sms.in_doubt in the code"),
    ],
)
def test_what_the_code_has_not(repository, text, violation):
    assert of_page(repository, text) == [f"docs/operations.md:3: {violation}"]


def test_log_lines_of_other_pages_are_not_looked_for(repository):
    assert of_page(repository, "`some other words`", "README.md") == []


def test_names_and_settings_of_other_pages_are(repository):
    assert of_page(repository, "`PaceProvider` reads CONDITION_TRIES", "README.md") == [
        "README.md:3: no setting CONDITION_TRIES in the code",
        "README.md:3: no PaceProvider in the code",
    ]


def test_history_may_name_what_is_gone(repository):
    assert of_page(repository, "`PaceProvider` is gone", "CHANGELOG.md") == []
