"""Settings of the app and of the simulators, from files, the environment and kept secrets."""

import json

import pytest

from devstack.cloud.settings import Addresses, Secrets, app_settings, simulator_configuration
from devstack.errors import DevstackError
from devstack.simulators.configuration import Configuration
from devstack.simulators.tokens.issuer import AUDIENCE

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


def test_own_file_replaces_the_sample_and_the_environment_overrides_it(tmp_path, monkeypatch):
    values = {"DEFAULT_SMS_SENDER": "File", "JWT_COOKIE_NAME": "File", "BASE_URI": "http://elsewhere"}
    (tmp_path / "local.settings.json").write_text(json.dumps({"Values": values}))
    (tmp_path / "local.settings.sample.json").write_text(json.dumps({"Values": {"ONLY_IN_SAMPLE": "x"}}))
    monkeypatch.setenv("JWT_COOKIE_NAME", "Environment")
    settings = settings_of(tmp_path, tmp_path / "clock")
    assert settings["DEFAULT_SMS_SENDER"] == "File"
    assert settings["JWT_COOKIE_NAME"] == "Environment"
    assert settings["BASE_URI"] == "http://127.0.0.1:7071"
    assert "ONLY_IN_SAMPLE" not in settings


def test_app_accepts_the_tokens_of_the_simulated_issuer(tmp_path):
    settings = settings_of(tmp_path, tmp_path / "clock")
    assert settings["TOKEN_ISSUERS"] == "http://127.0.0.1:7/"
    assert settings["TOKEN_AUDIENCES"] == AUDIENCE


def test_damaged_files_are_told(tmp_path):
    (tmp_path / "local.settings.json").write_text("{}")
    with pytest.raises(DevstackError, match="has no readable object Values"):
        settings_of(tmp_path, tmp_path / "clock")
    (tmp_path / "secrets.json").write_text("{}")
    with pytest.raises(DevstackError, match="is damaged"):
        Secrets.kept_in(tmp_path / "secrets.json")


def test_kept_secrets_stay_the_same(tmp_path):
    path = tmp_path / "secrets.json"
    assert Secrets.kept_in(path) == Secrets.kept_in(path)
    assert Secrets.generate() != Secrets.generate()


def test_simulators_accept_their_configuration(tmp_path):
    secret = Secrets.generate()
    document = simulator_configuration(
        service_bus="Endpoint=sb://here",
        addresses=ADDRESSES,
        secret=secret,
        clock_file=tmp_path / "clock",
        key_folder=tmp_path,
        logs=tmp_path,
    )
    configuration = Configuration.parse(document)
    assert configuration.sms.password == secret.sms_gateway_password
    assert configuration.ports == ADDRESSES.simulators
