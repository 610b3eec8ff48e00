"""The page of errors is compared with the texts of the service, and those with its codes."""

import json

import pytest

from checks.errors_page import PAGE, violations, write

FOLDER = "shared/contracts/answers"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "problems.py").write_text('GONE = ("NOT-00002", 499, "Gone")\n')
    explain(tmp_path, "400", "NOT-00002")
    write(tmp_path)
    return tmp_path


def explain(root, *names):
    errors = [{"name": name, "title": "T", "cause": "`A` happens.", "cure": "Do b."} for name in names]
    (root / FOLDER / "error_help.json").write_text(json.dumps(errors))


def test_written_page_agrees(root):
    assert violations(root) == []
    assert (root / PAGE).read_text().endswith("## NOT-00002\n\n**T**\n\nCause: `A` happens.\n\nCure: Do b.\n")


def test_page_that_was_changed_by_hand_is_found(root):
    (root / PAGE).write_text((root / PAGE).read_text().replace("## 400\n", ""))
    assert violations(root) == [
        "docs/errors.md does not explain the errors: run python -m checks.errors_page"
    ]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["400"], "nothing about NOT-00002"),
        (["400", "NOT-00002", "NOT-00009"], "no answer has the code NOT-00009"),
    ],
)
def test_codes_without_texts_and_texts_without_codes_are_found(root, names, told):
    explain(root, *names)
    write(root)
    assert violations(root) == [f"{FOLDER}/error_help.json: {told}"]
