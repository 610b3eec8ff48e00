import pytest

from checks.documented_places import violations


@pytest.fixture
def repository(tmp_path):
    for folder in (".devstack", "shared/storage", "docs/decisions", "infra"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "shared" / "storage" / "keys.py").write_text("")
    (tmp_path / "docs" / "operations.md").write_text("# Operations\n\n## When it's down, or `slow`\n")
    return tmp_path


def of_page(repository, text):
    (repository / "docs" / "page.md").write_text(f"# Page\n\n{text}\n")
    return violations(repository)


@pytest.mark.parametrize(
    "text",
    [
        "`shared/storage/keys.py`, `shared/storage/`, `keys.py` and `shared/*/keys.py::test_it`",
        "`.devstack/host.log`, `GET /health`, `notifications/api/v1/orders`, `altinn:notifications.admin`",
        "[here](operations.md), [there](operations.md#when-its-down-or-slow), [up](#page), [out](https://a.no)",
    ],
)
def test_what_exists(repository, text):
    assert of_page(repository, text) == []


@pytest.mark.parametrize(
    ("text", "violation"),
    [
        ("`shared/storage/rows.py`", "there is no shared/storage/rows.py"),
        ("`infra/queues.json`", "there is no infra/queues.json"),
        ("`rows.py`", "there is no rows.py"),
        ("[here](decisions/0001.md)", "the link leads to decisions/0001.md, which is not there"),
        ("[here](operations.md#when-it-is-slow)", "operations.md has no heading #when-it-is-slow"),
    ],
)
def test_what_does_not_exist(repository, text, violation):
    assert of_page(repository, text) == [f"docs/page.md:3: {violation}"]
