"""The app accepts the settings of the sample, and what the local cloud makes of them."""

import json

from devstack.cloud.settings import Addresses, Secrets, app_settings
from devstack.project import ROOT
from shared.app.settings import read_settings

ADDRESSES = Addresses(
    7071, 1, 2, 3, 10, {"control": 4, "acs": 5, "sms": 6, "issuer": 7, "vault": 8, "platform": 9}
)


def settings_of(app, clock_file):
    return app_settings(
        app,
        service_bus="Endpoint=sb://here",
        tables="TableEndpoint=here",
        addresses=ADDRESSES,
        secret=Secrets.generate(),
        clock_file=clock_file,
    )


def test_sample_explains_every_setting():
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())
    assert list(sample["Explanations"]) == list(sample["Values"])
    assert all(text.endswith(".") for text in sample["Explanations"].values())


def test_app_accepts_the_sample_and_what_the_local_cloud_makes_of_it(tmp_path):
    read_settings(json.loads((ROOT / "local.settings.sample.json").read_text())["Values"])
    settings = read_settings(settings_of(ROOT, tmp_path / "clock"))
    assert settings.base_uri == "http://127.0.0.1:7071"
    assert settings.acs_email_endpoint == "http://127.0.0.1:5"
    assert settings.profile_endpoint == "http://127.0.0.1:9/profile/api/v1/"
    assert settings.clock_file == tmp_path / "clock"
