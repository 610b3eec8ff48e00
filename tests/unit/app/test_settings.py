import base64
import importlib
import json
import pkgutil
import re
import sys
from dataclasses import fields, is_dataclass
from datetime import timedelta

import pytest

import shared
from devstack.project import ROOT
from shared.app.settings import Settings, SettingsError, read_settings
from shared.domain.orders.condition import ConditionPolicy, WhenInconclusive

SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]


def test_metadata_is_kept_at_least_as_long_as_content():
    with pytest.raises(SettingsError, match="METADATA_RETENTION_DAYS"):
        read_settings(SAMPLE | {"CONTENT_RETENTION_DAYS": "90", "METADATA_RETENTION_DAYS": "117"})
    kept = read_settings(SAMPLE | {"CONTENT_RETENTION_DAYS": "30", "METADATA_RETENTION_DAYS": "58"})
    assert (kept.content_retention.days, kept.metadata_retention.days) == (30, 58)


def test_environment_is_unknown_unless_named():
    assert read_settings(SAMPLE).environment_name == "Unknown"
    assert read_settings(SAMPLE | {"ENVIRONMENT_NAME": " tt02 "}).environment_name == "tt02"


@pytest.mark.parametrize("name", ["TOKEN_ISSUERS", "TOKEN_AUDIENCES"])
@pytest.mark.parametrize("value", [None, "", "  ", ",", " , ,"])
def test_app_does_not_start_without_knowing_whose_tokens_count(name, value):
    environment = SAMPLE | {name: value} if value is not None else {**SAMPLE}
    if value is None:
        del environment[name]
    with pytest.raises(SettingsError, match=f"the setting {name} is missing: set it to the accepted"):
        read_settings(environment)


def test_sample_and_settings_name_issuers_and_audiences():
    assert read_settings(SAMPLE).token_issuers == {"http://127.0.0.1:9203/"}
    two = read_settings(SAMPLE | {"TOKEN_AUDIENCES": " altinn.no, notifications ,"})
    assert two.token_audiences == {"altinn.no", "notifications"}


@pytest.mark.parametrize("sign", ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_POD_NAME"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLOCK_FILE", "/clock"),
        ("ALLOW_INSECURE_LOCAL_ENDPOINTS", "true"),
        ("SIMULATED_DIALOG_ACCESS", "true"),
        ("API_PAGE_TOKEN", "e30.e30.e30"),
        ("SMS_GATEWAY_ENDPOINT", "http://gateway.example"),
    ],
)
def test_what_belongs_to_a_local_cloud_is_refused_on_every_plan_of_azure(name, value, sign):
    harmless = {
        "CLOCK_FILE": "",
        "ALLOW_INSECURE_LOCAL_ENDPOINTS": "false",
        "SMS_GATEWAY_ENDPOINT": "https://gateway.example",
        sign: "a1",
    }
    read_settings(SAMPLE | harmless)
    with pytest.raises(SettingsError, match=name):
        read_settings(SAMPLE | harmless | {name: value})


def test_conditions_are_asked_twice_and_then_sent_unless_settings_say_otherwise():
    names = [name for name in SAMPLE if name.startswith("CONDITION_")]
    assert len(names) == 4
    settings = read_settings(SAMPLE | dict.fromkeys(names, ""))
    assert settings.condition_policy == ConditionPolicy() == read_settings(SAMPLE).condition_policy
    assert settings.condition_policy == ConditionPolicy(2, timedelta(seconds=60), WhenInconclusive.SEND)
    assert settings.condition_timeout == timedelta(seconds=10)


def test_conditions_may_be_asked_more_patiently_and_stop_what_stays_unclear():
    patient = {"CONDITION_ATTEMPTS": "5", "CONDITION_RETRY_SECONDS": "900"}
    settings = read_settings(SAMPLE | patient | {"CONDITION_WHEN_INCONCLUSIVE": "Stop"})
    assert settings.condition_policy == ConditionPolicy(5, timedelta(minutes=15), WhenInconclusive.STOP)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"CONDITION_ATTEMPTS": "0"}, "CONDITION_ATTEMPTS must be a whole number from 1 to 10"),
        ({"CONDITION_ATTEMPTS": "11"}, "CONDITION_ATTEMPTS must be a whole number from 1 to 10"),
        ({"CONDITION_RETRY_SECONDS": "0"}, "CONDITION_RETRY_SECONDS must be"),
        ({"CONDITION_RETRY_SECONDS": "1.5"}, "CONDITION_RETRY_SECONDS must be"),
        ({"CONDITION_TIMEOUT_SECONDS": "0"}, "CONDITION_TIMEOUT_SECONDS must be"),
        ({"CONDITION_TIMEOUT_SECONDS": "31"}, "CONDITION_TIMEOUT_SECONDS must be"),
        ({"CONDITION_WHEN_INCONCLUSIVE": "stop"}, "CONDITION_WHEN_INCONCLUSIVE must be Send or Stop"),
        ({"CONDITION_ATTEMPTS": "10", "CONDITION_RETRY_SECONDS": "4801"}, "12 hours at most"),
    ],
)
def test_impatience_and_patience_with_conditions_have_bounds(values, problem):
    with pytest.raises(SettingsError, match=problem):
        read_settings(SAMPLE | values)


def test_all_questions_together_may_take_twelve_hours():
    read_settings(SAMPLE | {"CONDITION_ATTEMPTS": "10", "CONDITION_RETRY_SECONDS": "4800"})


def test_creators_are_compared_without_regard_to_case():
    names = ("STALE_CONTACT_CREATORS", "CANCELLATION_FEED_CREATORS")
    settings = read_settings(SAMPLE | dict.fromkeys(names, " SKD, nav ,"))
    assert settings.stale_contact_creators == settings.cancellation_feed_creators == {"skd", "nav"}


SECRETS = {
    "TableStorageConnection": "AccountName=a;AccountKey=geheim-1",
    "ServiceBusConnection": "Endpoint=sb://a/;SharedAccessKey=geheim-2",
    "ID_SECRET": base64.b64encode(b"geheim-3-and-some-more").decode(),
    **{
        name: f"geheim-{name}"
        for name in (
            "ACS_EMAIL_ACCESS_KEY",
            "SMS_GATEWAY_PASSWORD",
            "SMS_REPORT_PASSWORD",
            "SMS_REPORT_FORMER_PASSWORD",
            "METRICS_API_KEY",
            "PLATFORM_SUBSCRIPTION_KEY",
            "PLATFORM_ACCESS_TOKEN_PFX",
            "MASKINPORTEN_ENCODED_JWK",
        )
    },
}


def test_no_secret_shows_when_settings_are_printed():
    settings = read_settings(SAMPLE | SECRETS)
    for shown in (repr(settings), str(settings), f"{settings}", repr(settings.tables)):
        assert "geheim" not in shown
        assert "SECRET" not in shown
    assert "base_uri=" in repr(settings)


def test_every_setting_that_sounds_secret_is_left_out():
    shown = repr(read_settings(SAMPLE | SECRETS))
    sounds_secret = re.compile(r"password|secret|(?<!_)key$|_key$|pfx|jwk|connection_string")
    assert [f.name for f in fields(Settings) if sounds_secret.search(f.name) and f.repr] == []
    assert re.findall(r"(\w*(?:password|secret|key|pfx|jwk|connection_string))=", shown) == []


def test_no_class_of_the_product_prints_a_member_that_holds_a_secret():
    for module in pkgutil.walk_packages(shared.__path__, "shared."):
        importlib.import_module(module.name)
    secret = {"encoded_jwk", "sas_url", "condition_endpoint", "connection_string", "password", "headers"}
    printed = [
        f"{kind.__qualname__}.{member.name}"
        for name, module in sys.modules.items()
        if name.startswith(("shared.lookups", "shared.domain")) or name == "shared.app.settings"
        for kind in vars(module).values()
        if isinstance(kind, type) and is_dataclass(kind)
        for member in fields(kind)
        if member.name in secret and member.repr
    ]
    assert printed == []
