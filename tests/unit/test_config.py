import json

import pytest

from devstack.project import ROOT
from shared.config import SettingsError, read_settings

SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]


def test_metadata_is_kept_at_least_as_long_as_content():
    with pytest.raises(SettingsError, match="METADATA_RETENTION_DAYS"):
        read_settings(SAMPLE | {"CONTENT_RETENTION_DAYS": "90", "METADATA_RETENTION_DAYS": "117"})
    kept = read_settings(SAMPLE | {"CONTENT_RETENTION_DAYS": "30", "METADATA_RETENTION_DAYS": "58"})
    assert (kept.content_retention.days, kept.metadata_retention.days) == (30, 58)


def test_environment_is_unknown_unless_named():
    assert read_settings(SAMPLE).environment_name == "Unknown"
    assert read_settings(SAMPLE | {"ENVIRONMENT_NAME": " tt02 "}).environment_name == "tt02"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLOCK_FILE", "/clock"),
        ("ALLOW_INSECURE_LOCAL_ENDPOINTS", "true"),
        ("SIMULATED_DIALOG_ACCESS", "true"),
    ],
)
def test_what_belongs_to_a_local_cloud_is_refused_in_azure(name, value):
    harmless = {"CLOCK_FILE": "", "ALLOW_INSECURE_LOCAL_ENDPOINTS": "false", "WEBSITE_INSTANCE_ID": "a1"}
    read_settings(SAMPLE | harmless)
    with pytest.raises(SettingsError, match=name):
        read_settings(SAMPLE | harmless | {name: value})
