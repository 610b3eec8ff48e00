"""The metrics API key with its four answers, and the webhook's Basic credentials."""

import base64

import pytest

from shared.auth.keys import ApiKeyRefusedError, BasicCredentials, MetricsApiKey
from shared.runtime.errors import UnauthenticatedError


@pytest.mark.parametrize(
    ("configured", "sent", "text"),
    [
        ("k", {}, "API key required for Metrics endpoints"),
        ("k", {"X-API-Key": " "}, "API key cannot be empty"),
        ("", {"X-API-Key": "k"}, "API key validation not configured"),
        ("k", {"X-API-Key": "K"}, "Invalid API key"),
    ],
)
def test_each_refusal_of_the_api_key_has_its_text(configured, sent, text):
    with pytest.raises(ApiKeyRefusedError) as refusal:
        MetricsApiKey(configured).check(sent)
    assert refusal.value.text == text


def test_right_api_key_passes():
    MetricsApiKey("nøkkel").check({"X-API-Key": "nøkkel"})


def basic(text: str, scheme: str = "Basic") -> dict[str, str]:
    return {"Authorization": f"{scheme} {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_right_basic_credentials_pass(scheme):
    BasicCredentials("bruker", "på:ss").check(basic("bruker:på:ss", scheme))


@pytest.mark.parametrize(
    "sent",
    [
        {},
        basic("bruker:feil"),
        basic("annen:på:ss"),
        basic("bruker"),
        basic("bruker:på:ss", "Bearer"),
        {"Authorization": "Basic"},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Basic " + base64.b64encode("bruker:på:ss".encode("latin-1")).decode()},
    ],
    ids=["none", "password", "user", "no-colon", "scheme", "empty", "not-base64", "not-utf8"],
)
def test_other_basic_credentials_are_refused(sent):
    with pytest.raises(UnauthenticatedError):
        BasicCredentials("bruker", "på:ss").check(sent)


def test_unconfigured_webhook_is_closed():
    with pytest.raises(UnauthenticatedError):
        BasicCredentials("", "").check(basic(":"))


@pytest.mark.parametrize("sent", ["bruker:på:ss", "bruker:gammelt"])
def test_while_the_password_is_exchanged_both_are_accepted(sent):
    BasicCredentials("bruker", "på:ss", "gammelt").check(basic(sent))


@pytest.mark.parametrize("former", [None, "", "gammelt"])
@pytest.mark.parametrize("sent", ["bruker:", "bruker:None", "annen:gammelt", "bruker:eldre"])
def test_a_former_password_opens_to_nobody_else(former, sent):
    with pytest.raises(UnauthenticatedError):
        BasicCredentials("bruker", "på:ss", former).check(basic(sent))


def test_a_former_password_alone_opens_nothing():
    with pytest.raises(UnauthenticatedError):
        BasicCredentials("bruker", "", "gammelt").check(basic("bruker:gammelt"))
