"""npm packages are fetched once; what cannot be fetched is told in one line."""

import json

import pytest

from devstack.errors import DevstackError
from devstack.npm.packages import Packages

LOCK = {"name": "one", "lockfileVersion": 3, "requires": True}
UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture
def packages(tmp_path):
    """A set with one package, which nobody can have fetched before."""
    manifest = tmp_path / "manifest"
    manifest.mkdir()
    needed = {"dependencies": {"nowhere": "1.0.0"}}
    (manifest / "package.json").write_text(json.dumps({"name": "one", "private": True, **needed}))
    one = {"version": "1.0.0", "integrity": "sha512-AAAA"}
    entries = {"": {"name": "one", **needed}, "node_modules/nowhere": one}
    (manifest / "package-lock.json").write_text(json.dumps({**LOCK, "packages": entries}))
    (manifest / ".npmrc").write_text(f"registry={UNREACHABLE}\n")
    return Packages("The one", manifest, tmp_path / "installed" / "one")


def test_what_cannot_be_fetched_is_told_in_one_line(packages):
    with pytest.raises(
        DevstackError, match=r"^The one cannot be fetched: connect to the network once \(.+\)$"
    ):
        packages.install()
    assert not packages.installed
    assert not packages.folder.exists()


def test_what_is_there_is_not_fetched_again(packages, capfd):
    packages.modules.mkdir(parents=True)
    lock = packages.folder / "package-lock.json"
    lock.write_bytes((packages.manifest / "package-lock.json").read_bytes())
    assert packages.installed
    packages.install()
    assert capfd.readouterr().err == ""
    lock.write_text("another version")
    assert not packages.installed
