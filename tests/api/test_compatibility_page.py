"""The page about compatibility names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)))


@pytest.mark.parametrize(("module", "test"), NAMED)
def test_named_test_exists(module, test):
    source = (ROOT / "tests" / module).read_text(encoding="utf-8")
    assert re.search(rf"^ *(async )?def {test}\(", source, re.MULTILINE)


def test_every_row_is_decided_and_shown():
    rows = re.findall(r"^\| ([A-Z]\d+) \| .* \| (kept|fixed|open)\b.* \| `.*` \|$", PAGE, re.MULTILINE)
    ids = [identifier for identifier, _ in rows]
    assert len(ids) == len(re.findall(r"^\| [A-Z]\d+ \|", PAGE, re.MULTILINE))
    assert len(ids) == len(set(ids))


def test_every_weakness_has_a_test_of_its_name_or_a_decision():
    rows = re.findall(r"^\| ([WI]\d\d) \| .*$", PAGE, re.MULTILINE)
    assert len(rows) == 40 + 7
    for line in re.findall(r"^\| [WI]\d\d \| .*$", PAGE, re.MULTILINE):
        named = f"_{line[2:5].lower()}_"
        assert named in line or "](decisions/" in line, line
