"""The files of others are those that their table names."""

import hashlib
import re

from devstack.pages.site import STATIC

_ROW = re.compile(r"^\| `(?P<file>[^`]+)` .*\| `(?P<digest>[0-9a-f]{64})` \|$", re.MULTILINE)


def test_every_vendored_file_is_the_one_that_was_chosen():
    folder = STATIC / "vendor"
    named = {row["file"]: row["digest"] for row in _ROW.finditer((folder / "README.md").read_text())}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.suffix in {".js", ".css"}
    }
    assert found == named
