"""The error when the real host cannot run an app."""

import shutil

import pytest

from devstack.cloud.host_choice import HostKind, find_functions_host
from devstack.cloud.local_cloud import LocalCloud
from devstack.errors import ChildDiedError, DevstackError
from devstack.project import ROOT

try:
    find_functions_host()
    MISSING = ""
except DevstackError as missing:
    MISSING = str(missing)

pytestmark = [
    pytest.mark.skipif(MISSING != "", reason=MISSING),
    pytest.mark.xdist_group("start"),
]


def test_app_that_cannot_be_loaded_is_told_with_its_reason(tmp_path):
    shutil.copy(ROOT / "host.json", tmp_path)
    (tmp_path / "function_app.py").write_text("raise RuntimeError('the reason')")
    cloud = LocalCloud(host=HostKind.REAL, app=tmp_path)
    with pytest.raises(ChildDiedError, match="found no function in the app"), cloud:
        pass
    assert "RuntimeError: the reason" in (cloud.logs / "host.log").read_text()
